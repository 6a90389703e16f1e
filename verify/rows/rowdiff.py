"""Which rows differ, once digests have said which buckets do.

Two ways, both with flat memory. Where the keys have an order that both engines share, the ranges of the differing
buckets are read from both sides in that order and merged. Elsewhere (no key, mixed or carried types) a bucket is
defined by a hash: the sides are scanned again, hashes of the differing buckets are held in groups of bounded size,
and only the rows behind unmatched hashes are fetched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import groupby, pairwise

import msgspec

from verify.rows.digest import HASH_BYTES, RowHasher, bucket_of_hash, order_key
from verify.store import BucketDigest, Buckets, Key, KeyOrderLost, KeyRange, MaySort, Row, Scanned, Selection, Snapshot

HELD_ROWS = 200_000
"""Rows whose hashes are held at a time when buckets are hashed."""
DETAILED_ROWS = 2_000
"""Differing rows fetched with their values per group of hashed buckets; the rest is counted."""
SAME_DETAILED = 100
"""Differing rows of one identity fetched with their values."""
MAX_SAME_KEY = 10_000
"""Rows that may share a key; beyond that it is not a key."""


class RowDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A row that differs: on one side only where the other is None. Values are read as both sides agreed.

    `detailed` False: the row is known by its hash alone, and `old` or `new` is an empty row standing for it.
    `age_s`: for so many seconds the run has seen it different and unchanged on both sides, None where it was seen
    only once.
    """

    old: Row | None = None
    new: Row | None = None
    detailed: bool = True
    age_s: float | None = None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a pair while its rows are read."""

    snapshot: Snapshot
    selection: Selection
    hasher: RowHasher
    scanned: Scanned


class NotAKeyError(Exception):
    """Raised when so many rows share a key that they cannot be told apart by it."""


def differing(old: Sequence[BucketDigest], new: Sequence[BucketDigest]) -> tuple[int, ...]:
    """Return the buckets whose digests differ."""
    return tuple(at for at, (left, right) in enumerate(zip(old, new, strict=True)) if left != right)


def ranges_of(buckets: Buckets, which: Sequence[int], limit: int) -> tuple[KeyRange, ...]:
    """Return the key ranges that hold these ascending buckets: at most `limit`, the smallest gaps closed first."""
    gaps = sorted((right - left for left, right in pairwise(which) if right - left > 1), reverse=True)
    closed = gaps[limit - 1] if len(gaps) >= limit else 1
    spans: list[list[int]] = []
    for bucket in which:
        if spans and bucket - spans[-1][1] <= closed:
            spans[-1][1] = bucket
        else:
            spans.append([bucket, bucket])
    return tuple(buckets.range_of(first, last) for first, last in spans)


async def ordered_differences(old: Side, new: Side, keys: KeyRange) -> AsyncIterator[RowDifference]:
    """Yield the rows that differ within a key range, by merging both sides in key order.

    Raises KeyOrderLost for keys without a shared order, NotAKeyError where too many rows share one.
    """
    left, right = _groups(old, keys), _groups(new, keys)
    one, other = await anext(left, None), await anext(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None
            for row in one[1]:
                yield RowDifference(old=old.hasher.read(row))
            one = await anext(left, None)
        elif one is None or other[0] < one[0]:
            for row in other[1]:
                yield RowDifference(new=new.hasher.read(row))
            other = await anext(right, None)
        else:
            for difference in unmatched(one[1], other[1], old.hasher, new.hasher, keyed=True):
                yield difference
            one, other = await anext(left, None), await anext(right, None)


async def hashed_differences(
    old: Side, new: Side, buckets: Buckets, which: Sequence[int], sizes: Sequence[int]
) -> AsyncIterator[RowDifference]:
    """Yield the rows that differ within hashed buckets; `sizes` says how many rows each of `which` holds at most."""
    for group in grouped(which, sizes, HELD_ROWS):
        balance: Counter[bytes] = Counter()
        for side, sign in ((old, 1), (new, -1)):
            async for _, identity, row_hash in _hashed_rows(side, buckets, group):
                balance[identity + row_hash] += sign
                if not balance[identity + row_hash]:
                    del balance[identity + row_hash]
        wanted = frozenset(sorted({mark[:HASH_BYTES] for mark in balance})[:DETAILED_ROWS])
        found: tuple[dict[bytes, list[Row]], dict[bytes, list[Row]]] = ({}, {})
        for side, rows, sign in ((old, found[0], 1), (new, found[1], -1)):
            left = {mark: n * sign for mark, n in balance.items() if n * sign > 0 and mark[:HASH_BYTES] in wanted}
            if left:
                async for row, identity, row_hash in _hashed_rows(side, buckets, group):
                    if left.get(identity + row_hash, 0) <= 0:
                        continue
                    held = rows.setdefault(identity, [])
                    if len(held) < SAME_DETAILED:
                        left[identity + row_hash] -= 1
                        balance[identity + row_hash] -= sign
                        held.append(row)
        for identity in sorted(found[0].keys() | found[1].keys()):
            for difference in _paired(
                [old.hasher.read(row) for row in found[0].get(identity, ())],
                [new.hasher.read(row) for row in found[1].get(identity, ())],
                keyed=old.selection.key_width > 0,
            ):
                yield difference
        for n in balance.values():
            for _ in range(abs(n)):
                yield RowDifference(old=() if n > 0 else None, new=() if n < 0 else None, detailed=False)


async def _groups(side: Side, keys: KeyRange) -> AsyncIterator[tuple[Key, list[Row]]]:
    """Yield the rows of each key in ascending order, a key that spans two batches once."""
    width = side.selection.key_width
    pending: tuple[Key, list[Row]] | None = None
    if isinstance(side.snapshot, MaySort) and await side.snapshot.sorts(side.selection):
        raise KeyOrderLost("no index has the rows in the order of this key")
    async for batch in side.snapshot.rows(side.selection, keys, ordered=True):
        side.scanned(len(batch))
        for key, rows in groupby(batch, key=lambda row: order_key(row, width)):
            if pending is not None and pending[0] == key:
                pending[1].extend(rows)
            else:
                if pending is not None:
                    yield pending
                pending = (key, list(rows))
            if len(pending[1]) > MAX_SAME_KEY:
                raise NotAKeyError(f"more than {MAX_SAME_KEY:,} rows share one key")
    if pending is not None:
        yield pending


async def _hashed_rows(
    side: Side, buckets: Buckets, which: frozenset[int]
) -> AsyncIterator[tuple[Row, bytes, bytes]]:
    """Yield each row of these buckets with the hash of its identity and of the whole."""
    async for batch in side.snapshot.rows(side.selection, KeyRange(), ordered=False):
        side.scanned(len(batch))
        for row in batch:
            identity = side.hasher.identity(row)
            if bucket_of_hash(identity, buckets.hashed) in which:
                yield row, identity, side.hasher.hash(row) if side.selection.key_width else identity


def grouped(which: Sequence[int], sizes: Sequence[int], most: int) -> Iterator[frozenset[int]]:
    """Yield the buckets in groups that hold about `most` rows together."""
    group: set[int] = set()
    held = 0
    for bucket, size in zip(which, sizes, strict=True):
        if group and held + size > most:
            yield frozenset(group)
            group, held = set(), 0
        group.add(bucket)
        held += size
    if group:
        yield frozenset(group)


def unmatched(
    old: list[Row], new: list[Row], old_hasher: RowHasher, new_hasher: RowHasher, *, keyed: bool
) -> Iterator[RowDifference]:
    """Yield what is left of the rows of one key (`keyed`), or of any rows, after equal ones were paired off."""
    left = [(old_hasher.canonical(row), row) for row in old]
    spare = Counter(new_hasher.canonical(row) for row in new)
    rest_old = []
    for mark, row in left:
        if spare[mark] > 0:
            spare[mark] -= 1
        else:
            rest_old.append(old_hasher.read(row))
    rest_new = []
    for row in new:
        mark = new_hasher.canonical(row)
        if spare[mark] > 0:
            spare[mark] -= 1
            rest_new.append(new_hasher.read(row))
    yield from _paired(rest_old, rest_new, keyed=keyed)


def _paired(old: list[Row], new: list[Row], *, keyed: bool) -> Iterator[RowDifference]:
    """Yield rows of the same key as changed, what remains as missing or extra. Without a key nothing is paired."""
    both = min(len(old), len(new)) if keyed else 0
    for one, other in zip(old[:both], new[:both], strict=True):
        yield RowDifference(old=one, new=other)
    for row in old[both:]:
        yield RowDifference(old=row)
    for row in new[both:]:
        yield RowDifference(new=row)
