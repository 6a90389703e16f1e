"""The digests of one table, its ranges spread over whoever does the work.

Each side's buckets are cut into runs; a run is a task. A finished task's digests are kept here, so that a worker that
dies costs what it was doing and nothing else. A server is asked for `verify.parallel` ranges at a time; unless that is
given, for one per worker, and for no more than PER_SERVER.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import NamedTuple

from shadow.errors import StoreError
from verify.comparison import Comparison, Divisible, Task
from verify.derived.snapshot import underived
from verify.load.brake import Brake
from verify.rows.rowdiff import Side
from verify.scale.bulk import SpreadComparison, ended
from verify.scale.credentials import without_secrets
from verify.scale.executor import Executor
from verify.scale.resumable import ranges_of
from verify.scale.task import Outcome, PairTask, RangeTask, SideName, Source
from verify.sharing import Shared, SharesState, StateChanged
from verify.store import BucketDigest, Buckets, KeyOrderLost, KeyRange
from verify.stores import absolute
from verify.telling.findings import plural

TASK_ROWS = 100_000
"""Rows of a range: about a second of work, beside which opening a store is nothing, and no more than that is lost."""
_LEAST_ROWS = 20_000
"""Ranges are made smaller, down to this, so that all workers have some."""

MOST_RANGES = 10_000
PER_SERVER = 8
"""Ranges that a server is asked for at a time unless the configuration names a number: it may have other work."""
_BULK = 4
"""Comparisons in bulk are so many times as quick, and pay from so many times the rows."""
_LEAST_WORKERS = 2

Digests = tuple[BucketDigest, ...]


class Spreading(NamedTuple):
    """The digests of both sides, and in words who computed them; "" where this process did."""

    old: Digests
    new: Digests
    words: str = ""


class Spread:
    """How the tables of a run are digested. Without an executor this process does it, in one scan a side."""

    def __init__(
        self,
        executor: Executor | None = None,
        urls: tuple[str, str] = ("", ""),
        parallel: int = 0,
        brake: Brake | None = None,
    ) -> None:
        self._executor = executor
        self._urls = urls
        self._told = parallel > 0
        self._parallel = parallel or min(executor.workers if executor else 1, PER_SERVER)
        self._brake = brake or Brake()

    async def digests(self, old: Side, new: Side, buckets: Buckets, salt: bytes, max_ranges: int) -> Spreading:
        """Return the digests of both sides. Raises StoreError, KeyOrderLost, CanonicalError."""
        executor, sides = self._executor, (old, new)
        if executor is None:
            return await _here(old, new, buckets, salt)
        shared = [await _shared(side) for side in sides]
        states = [one for one in shared if one is not None]
        if len(states) < len(shared):
            return await _here(old, new, buckets, salt)
        rows = [await _counted(side) for side in sides]
        if sum(rows) < executor.pays_from:
            return await _here(old, new, buckets, salt)
        try:
            one, other, tasks = await self._spread(executor, sides, states, buckets, salt, rows, max_ranges)
        except StateChanged as error:
            if not all(one.holds for one in states):
                raise
            # The snapshots that are held here still show one state.
            done = await _here(old, new, buckets, salt)
            return done._replace(words=f"{error.message.rstrip('.')}: read again in one transaction")
        how = "; ".join(dict.fromkeys(state.words for state in states))
        return Spreading(one, other, f"{plural(tasks, 'range')} by {executor.words}, {how}")

    async def natively(self, comparison: Comparison, task: Task) -> Comparison:
        """Return the comparison, spread where this process would do it and others can do its ranges. Raises
        StoreError."""
        executor, sides = self._executor, (task.old, task.new)
        if executor is None or not isinstance(comparison, Divisible):
            return comparison
        # One process compares half a million pairs a second: others of this machine have to be asked for.
        if not executor.is_remote and not self._told:
            return comparison
        states = [one for side in sides if (one := await _shared(side)) is not None]
        workers = min(executor.workers, *(self._parallel for one in states if one.is_server), executor.workers)
        if len(states) < len(sides) or workers < _LEAST_WORKERS:
            return comparison
        rows = [await side.snapshot.count(side.selection.table, side.selection.where) for side in sides]
        if sum(rows) < executor.pays_from * _BULK:
            return comparison
        parts = max(workers, _wanted(max(rows), workers, MOST_RANGES))
        ranges = await ranges_of(comparison, task, parts)
        cuts = ranges.buckets.bounds if ranges is not None else await comparison.cuts(parts)
        old, new = self._sources(executor, states)
        tasks = [
            PairTask(old=old, new=new, selections=(task.old.selection, task.new.selection), keys=keys, salt=task.salt)
            for keys in (Buckets(bounds=cuts).range_of(at, at) for at in range(len(cuts) + 1))
        ]
        how = "; ".join(dict.fromkeys(state.words for state in states))
        words = f"{plural(len(tasks), 'range')} by {executor.words}, {how}"
        counted = rows[0], rows[1]
        return SpreadComparison(comparison, task, tasks, executor, workers, self._brake, counted, words, ranges)

    async def _spread(
        self,
        executor: Executor,
        sides: Sequence[Side],
        states: Sequence[Shared],
        buckets: Buckets,
        salt: bytes,
        rows: Sequence[int],
        max_ranges: int,
    ) -> tuple[Digests, Digests, int]:
        free = asyncio.Semaphore(executor.workers)
        caps = [asyncio.Semaphore(self._parallel if one.is_server else executor.workers) for one in states]
        tasks = [
            [
                RangeTask(
                    source=source, selection=side.selection, keys=keys, buckets=part, salt=salt,
                    derived=underived(side.snapshot)[1],
                )
                for keys, part in _runs(buckets, _wanted(n, executor.workers, max_ranges))
            ]
            for side, source, n in zip(sides, self._sources(executor, states), rows, strict=True)
        ]
        running: tuple[list[asyncio.Future[Outcome]], list[asyncio.Future[Outcome]]] = ([], [])
        # Both sides take turns, so that both are busy.
        for turn in zip_longest(*tasks):
            for at, task in enumerate(turn):
                if task is not None:
                    one = self._one(executor, task, sides[at], caps[at], free)
                    running[at].append(asyncio.ensure_future(one))
        everything = [*running[0], *running[1]]
        try:
            await asyncio.gather(*everything)
        finally:
            await ended(everything)
        found = [tuple(digest for part in side for digest in part.result().digests) for side in running]
        for done, n, side in zip(running, rows, sides, strict=True):
            _check_complete(sum(part.result().rows[0] for part in done), n, side, buckets)
        return found[0], found[1], len(everything)

    def _sources(self, executor: Executor, states: Sequence[Shared]) -> Iterator[Source]:
        names: tuple[SideName, SideName] = ("old", "new")
        for name, given, state in zip(names, self._urls, states, strict=True):
            url, is_stripped = absolute(given), False
            if executor.is_remote:
                url, is_stripped = without_secrets(url)
            yield Source(side=name, url=url, token=state.token, is_stripped=is_stripped)

    async def _one(
        self, executor: Executor, task: RangeTask, side: Side, cap: asyncio.Semaphore, free: asyncio.Semaphore
    ) -> Outcome:
        async with cap, free:
            await self._brake.passes()
            outcome = (await executor.run(task)).checked()
        side.scanned(sum(one.rows for one in outcome.digests))
        return outcome


async def _here(old: Side, new: Side, buckets: Buckets, salt: bytes) -> Spreading:
    """Scan both sides in this process, at once; when one fails the other is cancelled and its error raised as it is."""
    scans = [
        asyncio.ensure_future(side.snapshot.digest(side.selection, buckets, salt, side.scanned)) for side in (old, new)
    ]
    try:
        one, other = await asyncio.gather(*scans)
    finally:
        await ended(scans)
    return Spreading(one, other)


async def _shared(side: Side) -> Shared | None:
    base, _ = underived(side.snapshot)
    return await base.share() if isinstance(base, SharesState) else None


async def _counted(side: Side) -> int:
    """Return how many rows there are to read: of a derived table those of its parts, which the store counts itself."""
    base, source = underived(side.snapshot)
    parts = (side.selection.table,) if source is None else source.parts
    return sum([await base.count(part, side.selection.where) for part in parts])


def _wanted(rows: int, workers: int, max_ranges: int) -> int:
    """Return into how many tasks a side is cut."""
    return max(1, min(max_ranges, max(rows // TASK_ROWS, min(4 * workers, rows // _LEAST_ROWS))))


def _runs(buckets: Buckets, wanted: int) -> Iterator[tuple[KeyRange, Buckets]]:
    """Yield runs of neighbouring buckets: their keys, and the bounds between them. Hashed buckets are one run."""
    if buckets.hashed or wanted == 1:
        yield KeyRange(), buckets
        return
    total = buckets.total
    cuts = sorted({run * total // wanted for run in range(wanted + 1)})
    for first, after in pairwise(cuts):
        yield buckets.range_of(first, after - 1), Buckets(bounds=buckets.bounds[first : after - 1])


def _check_complete(read: int, rows: int, side: Side, buckets: Buckets) -> None:
    """Raise where a row was in none of the ranges, or in two."""
    if read == rows:
        return
    if not buckets.hashed:
        # A key that is NULL, or of another type in MongoDB, lies in no range at all.
        raise KeyOrderLost("rows lie outside of all ranges")
    raise StoreError(
        f"{side.selection.table} has another number of rows than it had at first: it changed while it was read.",
        "Verify a store that nobody writes to, or a copy of it.",
    )
