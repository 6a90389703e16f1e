"""One side of a comparison inside PostgreSQL: runs its statements on one connection, gives digests and hashes."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from verify.store import BucketDigest, Key, KeyRange, Row, Value
from verify.stores.postgres.connection import translated
from verify.stores.postgres.hashes import Hashes
from verify.stores.postgres.native import Native
from verify.stores.postgres.plans import sorts_table
from verify.stores.postgres.sql import rows_by_key

_ROW = {1: struct.Struct(">iQ"), 2: struct.Struct(">iQQ")}
_SMALL_BYTES = 2**20
"""A table of this size may be read whole as often as the planner likes."""


class NativeSide:
    """The statements of one side with a connection to run them on."""

    def __init__(self, connection: Any, label: str, native: Native) -> None:
        self._connection = connection
        self._label = label
        self.native = native
        self._digests = native.range_digests() if native.selection.key_width else ""
        self._unpack = _ROW[native.strength.lanes]

    def on(self, connection: Any) -> NativeSide:
        """Return the same side on another connection."""
        return NativeSide(connection, self._label, self.native)

    async def digests(self, bounds: Sequence[Key]) -> list[BucketDigest]:
        """Return the digests of the ranges between neighbouring bounds."""
        if len(bounds) < 2:
            return []
        async with translated(self._label, self._connection):
            packed = await self._connection.fetchval(self._digests, *_columns(bounds))
        return self._unpacked(packed)

    async def end_digest(self, keys: KeyRange) -> BucketDigest:
        """Return the digest of one range."""
        statement, values = self.native.end_digest(keys)
        async with translated(self._label, self._connection):
            packed = await self._connection.fetchval(statement, *values)
        return self._unpacked(packed)[0]

    async def hashes(self, ranges: Sequence[KeyRange]) -> list[Hashes]:
        """Return key and lanes of each row, range by range."""
        found: list[Sequence[Any]] = [()] * len(ranges)
        closed = [at for at, one in enumerate(ranges) if one.low is not None and one.high is not None]
        async with translated(self._label, self._connection):
            for at in sorted({*range(len(ranges))} - {*closed}):
                statement, values = self.native.range_hashes(ranges[at])
                found[at] = await self._connection.fetchrow(statement, *values)
            if closed:
                lows = _columns([_known(ranges[at].low) for at in closed])
                highs = _columns([_known(ranges[at].high) for at in closed])
                for place, *packed in await self._connection.fetch(self.native.ranges_hashes(), *lows, *highs):
                    found[closed[place - 1]] = packed
        # The aggregates of no rows are NULL.
        return [Hashes(tuple(keys or [] for keys in one[:-1]), one[-1] or b"") for one in found]

    async def hashed_digests(self, buckets: int) -> list[BucketDigest]:
        """Return the digests of buckets of hashed keys, from one scan."""
        found = [BucketDigest()] * buckets
        async with translated(self._label, self._connection):
            for bucket, packed in await self._connection.fetch(self.native.hashed_digests(buckets)):
                found[bucket] = self._unpacked(packed)[0]
        return found

    async def hashed_hashes(self, buckets: int, which: Sequence[int]) -> list[Row]:
        """Return key and lanes of each row in some of these buckets, from one scan."""
        async with translated(self._label, self._connection):
            rows = await self._connection.fetch(self.native.hashed_hashes(buckets), list(which))
        return [tuple(row) for row in rows]

    async def rows(self, keys: Sequence[Key]) -> list[Row]:
        """Return the rows of these keys."""
        async with translated(self._label, self._connection):
            statement = rows_by_key(self.native.table, self.native.selection)
            rows = await self._connection.fetch(statement, *_columns(keys))
        return [tuple(row) for row in rows]

    async def rows_by_hash(self, lanes: Sequence[Value]) -> list[Row]:
        """Return the first lane and the rows that have it, from one scan."""
        async with translated(self._label, self._connection):
            rows = await self._connection.fetch(self.native.rows_by_hash(), list(lanes))
        return [tuple(row) for row in rows]

    async def made_up(self, source: str) -> dict[int, tuple[int, ...]]:
        """Return the digests of made-up rows by their case."""
        async with translated(self._label, self._connection):
            rows = await self._connection.fetch(self.native.of_rows(source))
        return {case: self._unpack.unpack(packed) for case, packed in rows}

    async def sorts(self, buckets: int) -> bool:
        """Return whether the server would sort the table to digest it in one scan, or to read some of its buckets."""
        statements = [(self.native.hashed_digests(buckets), ()), (self.native.hashed_hashes(buckets), ([0],))]
        async with translated(self._label, self._connection):
            return any([await sorts_table(self._connection, text, *values) for text, values in statements])

    async def reads_by_index(self, bounds: Sequence[Key]) -> bool:
        """Return whether the planner reads ranges through an index and sorts nothing of the table."""
        async with translated(self._label, self._connection):
            plan = await self._connection.fetchval(f"EXPLAIN (FORMAT JSON) {self._digests}", *_columns(bounds))
        # A partitioned table has no bytes of its own, and is not small for that.
        small = self.native.table.kind == "r" and self.native.table.bytes < _SMALL_BYTES
        return small or not _scans_or_sorts(json.loads(plan)[0]["Plan"])

    def _unpacked(self, packed: bytes) -> list[BucketDigest]:
        # The sums were shifted by 2**63 to fit a bigint; both sides alike, so nobody has to shift them back.
        return [BucketDigest(rows=row[0], lane1=row[1], lane2=row[-1]) for row in self._unpack.iter_unpack(packed)]


def _columns(keys: Iterable[Key]) -> list[list[Any]]:
    """Return the keys as one list per column."""
    return [list(column) for column in zip(*keys, strict=True)]


def _known(key: Key | None) -> Key:
    assert key is not None
    return key


def _scans_or_sorts(node: dict[str, Any], sorted_above: bool = False) -> bool:
    kind = node["Node Type"]
    if kind == "Seq Scan" or (sorted_above and "Relation Name" in node):
        return True
    above = sorted_above or kind in ("Sort", "Incremental Sort")
    return any(_scans_or_sorts(child, above) for child in node.get("Plans", ()))
