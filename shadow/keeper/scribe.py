"""The ledger's one writer, in a thread of its own: whoever asks the keeper how it is never waits for a disk or a lock.

One thread, one call at a time, in the order in which they were asked for. The ledger is opened with the first call,
and tried again with the next where that failed: a keeper that cannot use its ledger is there all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec

from shadow.learnt.book import Learnt
from shadow.ledger.evidence import LaneRow, WatchRow
from shadow.ledger.writer import LedgerWriter
from shadow.records import Gap, Lane, Observation
from shadow.triage import Triaged

T = TypeVar("T")


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What a write has left: every lane as the ledger holds it now, `fresh` observations that it did not hold before,
    and how many exchanges were given up on."""

    lanes: tuple[LaneRow, ...]
    fresh: tuple[Observation, ...] = ()
    ended: int = 0


class Scribe:
    """Every method raises LedgerError or EnvironmentFailure; nothing of that call is stored then."""

    def __init__(self, open_writer: Callable[[], LedgerWriter]) -> None:
        """`open_writer` opens and claims the ledger; called in the thread."""
        self._open_writer = open_writer
        self._writer: LedgerWriter | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def begin_run(self, run_id: str, lanes: Sequence[Lane], *, started_at: float, lost: int) -> Gap | None:
        """See `LedgerWriter.begin_run`."""
        return await self._do(lambda writer: writer.begin_run(run_id, lanes, started_at=started_at, lost=lost))

    async def lanes(self) -> tuple[LaneRow, ...]:
        """Every lane as the ledger holds it."""
        return await self._do(lambda writer: writer.lanes())

    async def commit(
        self, observations: Sequence[Observation], lanes: Sequence[Lane], gaps: Sequence[Gap], *, now: float,
        triaged: Sequence[Triaged] = (),
    ) -> Stored:  # fmt: skip
        """Store all of it, or nothing."""

        def work(writer: LedgerWriter) -> Stored:
            fresh = _fresh(writer, observations)
            writer.commit(observations, lanes, gaps, now=now, triaged=triaged)
            return Stored(lanes=writer.lanes(), fresh=fresh)

        return await self._do(work)

    async def settle(self, lane: Lane, *, below: int | None, reason: str, now: float) -> Stored:
        """Give up on what is missing of a lane."""

        def work(writer: LedgerWriter) -> Stored:
            ended = writer.settle(lane, below=below, reason=reason, now=now)
            return Stored(lanes=writer.lanes(), ended=ended)

        return await self._do(work)

    async def record_rulebook(self, digest: str, text: str, at: float) -> None:
        """See `LedgerWriter.record_rulebook`."""
        await self._do(lambda writer: writer.record_rulebook(digest, text, at))

    async def noise(self) -> list[Learnt]:
        """See `LedgerWriter.noise`."""
        return await self._do(lambda writer: writer.noise())

    async def record_noise(self, wholes: Sequence[Learnt], builds: Sequence[str]) -> None:
        """See `LedgerWriter.record_noise`."""
        await self._do(lambda writer: writer.record_noise(wholes, builds))

    async def watch(self, rows: Sequence[WatchRow]) -> None:
        """See `LedgerWriter.watch`."""
        await self._do(lambda writer: writer.watch(rows))

    async def compact(self, now: float) -> int:
        """See `LedgerWriter.compact`."""
        return await self._do(lambda writer: writer.compact(now))

    async def close(self) -> None:
        """Wait for what is under way and close the ledger."""
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                await asyncio.get_running_loop().run_in_executor(self._thread, writer.close)
        finally:
            self._thread.shutdown()

    async def _do(self, work: Callable[[LedgerWriter], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._with_writer, work)

    def _with_writer(self, work: Callable[[LedgerWriter], T]) -> T:
        if self._writer is None:
            self._writer = self._open_writer()
        return work(self._writer)


def _fresh(writer: LedgerWriter, observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """Return those that a commit would add; asked before it."""
    seen: set[tuple[str, int]] = set()
    fresh = []
    for observation in observations:
        key = (observation.lane, observation.seq)
        if key not in seen and not writer.holds(*key):
            seen.add(key)
            fresh.append(observation)
    return tuple(fresh)
