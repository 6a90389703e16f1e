"""MongoDB against MongoDB where a run before this one has read everything: only what may have changed is compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from verify.comparison import Task
from verify.rows.rowdiff import RowDifference
from verify.stores.mongo.compare import RawComparison, told
from verify.stores.mongo.hints import Memory

if TYPE_CHECKING:
    from verify.stores.mongo.store import MongoSnapshot

BATCH_IDS = 1_000


class ChangedComparison:
    """Compares the documents that a memory names, a thousand at a time. `how`, `rows` and `survivors` as in
    `verify.comparison.Comparison`."""

    def __init__(self, task: Task, old: MongoSnapshot, new: MongoSnapshot, memory: Memory) -> None:
        self._task, self._old, self._new, self._memory = task, old, new, memory
        self._alike = self._read = 0

    @property
    def how(self) -> str:
        """In words for the report: how rows were compared."""
        return f"raw documents byte for byte{told(self._alike)}{self._memory.words(self.unread)}"

    @property
    def unread(self) -> int:
        """How many documents of the old side were not read; known when `differences` has ended."""
        return self._memory.rows[0] - self._read

    @property
    def rows(self) -> tuple[int, int]:
        """How many documents each side has."""
        return self._memory.rows

    @property
    def survivors(self) -> tuple[str, ...]:
        """None: bytes are compared, not digests."""
        return ()

    async def differences(self) -> AsyncIterator[RowDifference]:
        """Yield the documents that differ. Raises StoreError."""
        ids = self._memory.ids
        for start in range(0, len(ids), BATCH_IDS):
            some = RawComparison(self._task, self._old, self._new, only=ids[start : start + BATCH_IDS])
            async with aclosing(some.differences()) as found:  # type: ignore[type-var]
                async for difference in found:
                    self._memory.took(difference)
                    yield difference
            self._alike += some.alike
            self._read += some.rows[0]
        self._memory.keep(self.rows)
