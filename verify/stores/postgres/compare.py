"""Comparing two PostgreSQL tables inside their servers: digests of ranges, then hashes of rows, then rows.

Each piece is a run of buckets sized to take about `verify.chunk_s`. Both sides digest it at once, several buckets as
one while little differs; of the buckets that differ the hashes of the rows are fetched, and of the rows that differ the
rows themselves, which are then compared by value. So equal tables cost one scan a side and a few bytes per bucket.
Where no index serves the key, a bucket is a hash of the key, and a table is one piece.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from time import monotonic

from verify.comparison import Task
from verify.equality.canonical import encode_row
from verify.load.brake import Brake, Braked
from verify.rows.rowdiff import RowDifference, unmatched
from verify.store import BucketDigest, Buckets, Key, KeyRange, Row, Value
from verify.stores.postgres.grain import Grain, Span
from verify.stores.postgres.hashes import balanced, unmatched_hashes
from verify.stores.postgres.hints import Memory
from verify.stores.postgres.pieces import Pieces
from verify.stores.postgres.side import NativeSide

HELD_ROWS = 50_000
"""Rows whose hashes are held at a time."""
BATCH_KEYS = 1_000
"""Keys whose rows are fetched at a time."""
_RESUMED = 64
"""Differing buckets of a finished piece that are read at a time."""
DETAILED_ROWS = 20_000
"""Differing rows fetched with their values where a hash says as much as the value; the rest is counted."""


class PostgresComparison:
    """How one pair is compared. `how` and `rows` as in `verify.comparison.Comparison`."""

    def __init__(
        self,
        task: Task,
        old: Sequence[NativeSide],
        new: Sequence[NativeSide],
        pieces: Pieces | None,
        memory: Memory,
        buckets: int,
        survivors: tuple[str, ...],
    ) -> None:
        self._brake = task.old.snapshot.brake if isinstance(task.old.snapshot, Braked) else Brake()
        self._survivors = survivors
        self._task = task
        self._old, self._new = old, new
        self._pieces = pieces
        self._memory = memory
        self._buckets = buckets
        self._rows = [0, 0]
        self._detailed = 0

    @property
    def how(self) -> str:
        """How rows are compared, in words."""
        strength = self._old[0].native.strength
        lanes = f"{strength} digest in the database, {strength.lanes} x 64 bits"
        cut = "one scan" if self._pieces is None else f"{self._pieces.total} ranges"
        return f"{lanes}, {cut}{self._memory.words}"

    @property
    def unread(self) -> int:
        """How many rows of the old side were not read, because a hint says that they did not change."""
        return self._memory.unread

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows each side has."""
        return self._rows[0], self._rows[1]

    @property
    def survivors(self) -> tuple[str, ...]:
        """The made-up changes that either server's digest does not notice."""
        return self._survivors

    async def differences(self) -> AsyncIterator[RowDifference]:
        """Yield the rows that differ."""
        found = self._in_one_scan() if self._pieces is None else self._in_pieces(self._pieces)
        async for difference in found:
            yield difference

    async def _in_pieces(self, pieces: Pieces) -> AsyncIterator[RowDifference]:
        for finished in pieces.finished:
            self._count(0, finished.rows_old)
            self._count(1, finished.rows_new)
            for start in range(0, len(finished.differing), _RESUMED):
                async for difference in self._within(0, pieces.ranges(finished.differing[start : start + _RESUMED])):
                    yield difference
        grain = Grain(fixed=self._memory.is_kept)
        while wave := pieces.next(len(self._old)):
            await self._brake.passes()
            runs = [grain.spans(*piece, pieces.total) for piece in wave]
            answers = await asyncio.gather(*(self._digest(at, pieces, spans) for at, spans in enumerate(runs)))
            for at, (piece, spans, (old, new)) in enumerate(zip(wave, runs, answers, strict=True)):
                which = [n for n, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
                for group in _grouped(which, [max(old[n].rows, new[n].rows) for n in which]):
                    async for difference in self._within(at, pieces.ranges(_buckets(spans, group))):
                        yield difference
                rows = sum(one.rows for one in old), sum(other.rows for other in new)
                pieces.finish(piece, rows, _buckets(spans, which))
                if self._memory.is_kept:
                    self._memory.took(piece[0], old, new)
                grain.took(piece[1] - piece[0] + 1, max(rows), len(which))
                self._count(0, rows[0])
                self._count(1, rows[1])
                await pieces.pacer.spend(max(rows))
        self._memory.keep()

    async def _digest(
        self, worker: int, pieces: Pieces, spans: Sequence[Span]
    ) -> tuple[list[BucketDigest], list[BucketDigest]]:
        """Return the digests of runs of buckets on both sides."""
        began = monotonic()
        old, new = await asyncio.gather(
            *(_digests(side[worker], pieces.buckets, spans) for side in (self._old, self._new))
        )
        pieces.pacer.took(spans[-1][1] - spans[0][0] + 1, monotonic() - began)
        return old, new

    async def _within(self, worker: int, ranges: Sequence[KeyRange]) -> AsyncIterator[RowDifference]:
        """Yield what differs within ranges of keys."""
        if not ranges:
            return
        old, new = await asyncio.gather(self._old[worker].hashes(ranges), self._new[worker].hashes(ranges))
        async for difference in self._of_hashes(*unmatched_hashes(old, new)):
            yield difference

    async def _in_one_scan(self) -> AsyncIterator[RowDifference]:
        old_side, new_side = self._old[0], self._new[0]
        old, new = await asyncio.gather(
            old_side.hashed_digests(self._buckets), new_side.hashed_digests(self._buckets)
        )
        self._count(0, sum(one.rows for one in old))
        self._count(1, sum(one.rows for one in new))
        which = [at for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
        for group in _grouped(which, [max(old[at].rows, new[at].rows) for at in which]):
            hashes = await asyncio.gather(
                *(side.hashed_hashes(self._buckets, group) for side in (old_side, new_side))
            )
            async for difference in self._of_hashes(*balanced(*hashes)):
                yield difference

    async def _of_hashes(self, only_old: Counter[Row], only_new: Counter[Row]) -> AsyncIterator[RowDifference]:
        """Yield the rows that differ, given key and lanes of those that one side has more of."""
        width = self._task.old.selection.key_width
        if self._detailed >= DETAILED_ROWS and self._exact:
            for difference in _counted(only_old, only_new, width):
                yield difference
            return
        if not width:
            async for difference in self._of_lanes(only_old, only_new):
                yield difference
            return
        keys = list({row[:width] for row in (*only_old, *only_new)})
        for start in range(0, len(keys), BATCH_KEYS):
            batch = keys[start : start + BATCH_KEYS]
            rows = await asyncio.gather(self._old[0].rows(batch), self._new[0].rows(batch))
            for difference in self._by_key(*rows, width):
                self._detailed += 1
                yield difference

    def _by_key(self, old: list[Row], new: list[Row], width: int) -> list[RowDifference]:
        """Return what differs between the rows of some keys, by value."""
        hashers = self._task.old.hasher, self._task.new.hasher
        groups: dict[bytes, tuple[list[Row], list[Row]]] = {}
        for at, rows in enumerate((old, new)):
            for row in rows:
                key = encode_row(hashers[at].read(row)[:width])
                groups.setdefault(key, ([], []))[at].append(row)
        return [found for rows in groups.values() for found in unmatched(*rows, *hashers, keyed=True)]

    async def _of_lanes(self, only_old: Counter[Row], only_new: Counter[Row]) -> AsyncIterator[RowDifference]:
        """Yield what differs between rows without a key: each is fetched by its hash."""
        old, new = await self._fetched(self._old[0], only_old), await self._fetched(self._new[0], only_new)
        for difference in unmatched(old, new, self._task.old.hasher, self._task.new.hasher, keyed=False):
            self._detailed += 1
            yield difference

    async def _fetched(self, side: NativeSide, counted: Counter[Row]) -> list[Row]:
        """Return the rows behind lanes, as often as they are counted."""
        left: Counter[Value] = Counter({lanes[0]: n for lanes, n in counted.items()})
        kept: list[Row] = []
        for row in await side.rows_by_hash(list(left)) if left else ():
            if left[row[0]] > 0:
                left[row[0]] -= 1
                kept.append(row[1:])
        return kept

    @property
    def _exact(self) -> bool:
        return self._old[0].native.exact

    def _count(self, side: int, rows: int) -> None:
        self._rows[side] += rows
        (self._task.old if side == 0 else self._task.new).scanned(rows)


async def _digests(side: NativeSide, buckets: Buckets, spans: Sequence[Span]) -> list[BucketDigest]:
    """Return the digests of neighbouring runs of buckets; those at the ends of the table are asked for singly."""
    last = buckets.total - 1
    closed = [span for span in spans if span[0] > 0 and span[1] < last]
    edges = [span[0] - 1 for span in closed] + [span[1] for span in closed[-1:]]
    found = await side.digests([buckets.bounds[edge] for edge in edges])
    if spans[0][0] == 0:
        found.insert(0, await side.end_digest(buckets.range_of(*spans[0])))
    if spans[-1][1] == last > 0:
        found.append(await side.end_digest(buckets.range_of(*spans[-1])))
    return found


def _buckets(spans: Sequence[Span], which: Sequence[int]) -> list[int]:
    """Return the buckets of some runs."""
    return [bucket for n in which for bucket in range(spans[n][0], spans[n][1] + 1)]


def _grouped(which: Sequence[int], sizes: Sequence[int]) -> list[list[int]]:
    """Return the buckets in groups that hold about HELD_ROWS rows together."""
    groups: list[list[int]] = []
    held = HELD_ROWS
    for bucket, size in zip(which, sizes, strict=True):
        if held + size > HELD_ROWS:
            groups.append([])
            held = 0
        groups[-1].append(bucket)
        held += size
    return groups


def _counted(only_old: Counter[Row], only_new: Counter[Row], width: int) -> list[RowDifference]:
    """Return differences that are known by their hashes alone."""
    if not width:
        gone, come = only_old.total(), only_new.total()
        both = 0
    else:
        old: Counter[Key] = Counter()
        new: Counter[Key] = Counter()
        for counted, keys in ((only_old, old), (only_new, new)):
            for row, n in counted.items():
                keys[row[:width]] += n
        both = (old & new).total()
        gone, come = old.total() - both, new.total() - both
    return [
        *[RowDifference(old=(), new=(), detailed=False)] * both,
        *[RowDifference(old=(), detailed=False)] * gone,
        *[RowDifference(new=(), detailed=False)] * come,
    ]
