"""A comparison in bulk (raw documents, columns), its ranges spread over whoever does the work."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from verify.comparison import Comparison, Divisible, Remembers, Task
from verify.load.brake import Brake
from verify.rows.rowdiff import RowDifference
from verify.scale.executor import Executor
from verify.scale.resumable import Ranges
from verify.scale.task import Outcome, PairTask, ranged
from verify.store import KeyOrderLost
from verify.telling.findings import plural

_AHEAD = 2
"""Ranges that are held per worker: those being read, and those done before their turn."""


class SpreadComparison:
    """Compares ranges of a pair elsewhere. `how`, `rows` and `survivors` as in `verify.comparison.Comparison`."""

    def __init__(
        self,
        whole: Comparison,
        task: Task,
        tasks: Sequence[PairTask],
        executor: Executor,
        workers: int,
        brake: Brake,
        counted: tuple[int, int],
        words: str,
        ranges: Ranges | None = None,
    ) -> None:
        self._whole, self._task, self._tasks = whole, task, tasks
        self._ranges = ranges
        self._executor, self._workers, self._brake = executor, workers, brake
        self._counted, self._words = counted, words
        self._rows, self._alike = ranges.counted() if ranges else ((0, 0), 0)

    @property
    def how(self) -> str:
        """In words for the report: how rows were compared, and by whom."""
        alike = f"; {plural(self._alike, 'row')} alike though written differently" if self._alike else ""
        return f"{self._whole.how}{alike}; {self._words}{self._ranges.words if self._ranges else ''}"

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows each side has."""
        return self._rows

    @property
    def survivors(self) -> tuple[str, ...]:
        """Those of the comparison that is spread."""
        return self._whole.survivors

    async def differences(self) -> AsyncIterator[RowDifference]:
        """Yield the rows that differ, range by range. Raises StoreError, NotAKeyError, and KeyOrderLost where a key is
        in no range."""
        # Ranges of several moments are nothing that a later run could build upon.
        resumes = self._ranges is not None and bool(self._ranges.finished)
        whole = self._whole if isinstance(self._whole, Remembers) and not resumes else None
        async with aclosing(self._differences()) as found:
            async for difference in found:
                if whole is not None:
                    whole.took(difference)
                yield difference
        if whole is not None:
            whole.keep(self.rows)

    async def _differences(self) -> AsyncGenerator[RowDifference, None]:
        ranges = self._ranges
        left = deque(enumerate(self._tasks))
        if ranges is not None:
            async for difference in ranges.again():
                yield difference
            left = deque((at, self._tasks[at]) for at in ranges.left)
        free = asyncio.Semaphore(self._workers)
        # Ranges are answered in their order. One that takes long keeps nobody idle, and so few are held that their
        # differing rows take no memory worth the name.
        pending: deque[tuple[int, PairTask, asyncio.Future[Outcome]]] = deque()
        try:
            while left or pending:
                while left and len(pending) < _AHEAD * self._workers:
                    at, task = left.popleft()
                    pending.append((at, task, asyncio.ensure_future(self._one(task, free))))
                at, task, running = pending.popleft()
                try:
                    outcome = (await running).checked()
                finally:
                    await ended([running])
                if outcome.too_many:
                    # So many rows are not named in the ledger: the range is not kept.
                    async for difference in self._here(task):
                        yield difference
                    continue
                self._take(outcome.rows, outcome.alike)
                self._task.old.scanned(outcome.rows[0])
                self._task.new.scanned(outcome.rows[1])
                for difference in outcome.differences:
                    yield difference
                if ranges is not None:
                    noted = ranges.noted()
                    for difference in outcome.differences:
                        noted.add(difference)
                    ranges.finish(at, outcome.rows, outcome.alike, noted)
        finally:
            await ended([running for _, _, running in pending])
        if self.rows != self._counted and not (ranges and ranges.finished):
            # MongoDB's ranges hold keys of one type only.
            raise KeyOrderLost("rows lie outside of all ranges")

    async def _one(self, task: PairTask, free: asyncio.Semaphore) -> Outcome:
        async with free:
            await self._brake.passes()
            return await self._executor.run(task)

    async def _here(self, task: PairTask) -> AsyncIterator[RowDifference]:
        """Compare a range that differs too much to be sent."""
        comparison = await ranged(self._task.old, self._task.new, task.keys, task.salt)
        async for difference in comparison.differences():
            yield difference
        self._take(comparison.rows, comparison.alike if isinstance(comparison, Divisible) else 0)

    def _take(self, rows: tuple[int, int], alike: int) -> None:
        self._rows = self._rows[0] + rows[0], self._rows[1] + rows[1]
        self._alike += alike


async def ended(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Give up what still runs, and wait until it has let go."""
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
