"""The grouped digest: one scan of a side gives, per bucket, a count and two 64-bit sums.

Each row becomes canonical bytes (all selected columns, the key included, so that contents cannot trade places
unseen), then a 128-bit BLAKE2b hash keyed with a salt of the run (so that an unlucky or a made-up collision does not
repeat), whose two halves are summed modulo 2**64. Sums do not care for order, see multiplicity (unlike XOR), and
can be added up over parts of a table. Two different buckets of random hashes agree with a chance of about 2**-128.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

from verify.classes import TypeClass
from verify.equality.canonical import encode_row
from verify.equality.reading import reader_of
from verify.store import BucketDigest, Buckets, Key, KeyOrderLost, KeyRange, Row, Scanned, Selection, Snapshot

HASH_BYTES = 16
_LANES = struct.Struct("<QQ")
_MODULUS_MASK = 2**64 - 1

ORDERED_TYPES: dict[TypeClass, type] = {TypeClass.integer: int, TypeClass.text: str, TypeClass.bytes: bytes}
"""The classes of keys whose order all engines share (text in byte order), with the one Python type of each."""


class RowHasher:
    """Turns the rows of one selection into canonical bytes and hashes, the same way on both sides."""

    def __init__(self, selection: Selection, salt: bytes) -> None:
        self._read = reader_of(selection)
        self._key_width = selection.key_width
        self._salt = salt

    def read(self, row: Row) -> Row:
        """Return the values as both sides agreed to read them."""
        return self._read(row)

    def canonical(self, row: Row) -> bytes:
        """Return the canonical bytes of the whole row."""
        return encode_row(self._read(row))

    def hash(self, row: Row) -> bytes:
        """Return the salted 16-byte hash of the whole row."""
        return self._salted(encode_row(self._read(row)))

    def hash_read(self, row: Row) -> bytes:
        """Return the salted 16-byte hash of a whole row that has been read already."""
        return self._salted(encode_row(row))

    def identity(self, row: Row) -> bytes:
        """Return the salted 16-byte hash of the key, or of the whole row where there is no key."""
        read = self._read(row)
        return self._salted(encode_row(read[: self._key_width] if self._key_width else read))

    def _salted(self, canonical: bytes) -> bytes:
        return blake2b(canonical, digest_size=HASH_BYTES, key=self._salt).digest()


class Accumulator:
    """Adds rows up into the digests of their buckets; memory depends on the number of buckets only."""

    def __init__(self, selection: Selection, buckets: Buckets, salt: bytes) -> None:
        self._hasher = RowHasher(selection, salt)
        self._place = _placer(selection, buckets, self._hasher)
        self._rows = [0] * buckets.total
        self._lane1 = [0] * buckets.total
        self._lane2 = [0] * buckets.total

    def add(self, batch: Iterable[Row]) -> None:
        """Add rows. Raises KeyOrderLost for a key that has no place among the bounds."""
        place, hash_of, lanes = self._place, self._hasher.hash, _LANES.unpack
        for row in batch:
            bucket = place(row)
            first, second = lanes(hash_of(row))
            self._rows[bucket] += 1
            self._lane1[bucket] += first
            self._lane2[bucket] += second

    def digests(self) -> tuple[BucketDigest, ...]:
        """Return one digest per bucket."""
        return tuple(
            BucketDigest(rows=rows, lane1=lane1 & _MODULUS_MASK, lane2=lane2 & _MODULUS_MASK)
            for rows, lane1, lane2 in zip(self._rows, self._lane1, self._lane2, strict=True)
        )


async def streamed_digest(
    snapshot: Snapshot, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
) -> tuple[BucketDigest, ...]:
    """Return one digest per bucket from a single streaming scan, computed here: the one that all engines share.

    Raises StoreError, and KeyOrderLost for a key that has no place among the bounds."""
    accumulator = Accumulator(selection, buckets, salt)
    async for batch in snapshot.rows(selection, KeyRange(), ordered=False):
        accumulator.add(batch)
        scanned(len(batch))
    return accumulator.digests()


def bucket_of_hash(identity: bytes, hashed: int) -> int:
    """Return the bucket of a hashed identity."""
    return int.from_bytes(identity[:8], "little") % hashed


def order_key(row: Row, width: int) -> Key:
    """Return the key of a row. Raises KeyOrderLost where a part has no order that both engines share."""
    key = row[:width]
    for part in key:
        if part.__class__ not in _ORDERED:
            raise KeyOrderLost(f"a key part of type {type(part).__name__}")
    return key


def is_ordered(keys: Iterable[Key]) -> bool:
    """Return whether all keys are of shared order and of the same types, position by position."""
    shapes = {tuple(part.__class__ for part in key) for key in keys}
    return len(shapes) <= 1 and all(part in _ORDERED for shape in shapes for part in shape)


_ORDERED = frozenset(ORDERED_TYPES.values())


def _placer(selection: Selection, buckets: Buckets, hasher: RowHasher) -> Callable[[Row], int]:
    """Return the function that says which bucket a row belongs to."""
    if buckets.hashed:
        return lambda row: bucket_of_hash(hasher.identity(row), buckets.hashed)
    width = selection.key_width
    types = tuple(ORDERED_TYPES.get(reading.kind) for reading in selection.readings[:width])
    if width == 1:
        wanted, bounds = types[0], [bound[0] for bound in buckets.bounds]

        def place_single(row: Row) -> int:
            key: Any = row[0]
            if key.__class__ is not wanted:
                raise KeyOrderLost(f"a key of type {type(key).__name__}")
            return bisect_right(bounds, key)

        return place_single

    def place(row: Row) -> int:
        key = row[:width]
        for part, expected in zip(key, types, strict=True):
            if part.__class__ is not expected:
                raise KeyOrderLost(f"a key part of type {type(part).__name__}")
        return bisect_right(buckets.bounds, key)

    return place
