"""PostgreSQL against MongoDB: both sides in the order of their keys, compared column by column in batches.

Cannot see: what the row by row way cannot either; the two say the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np

from verify.columnar.alignment import align, before
from verify.columnar.columns import Column, equal
from verify.columnar.sides import DocumentBatch, RowBatch, Stream
from verify.columnar.words import Ints, Mask
from verify.comparison import Task
from verify.load.pacing import Pacer
from verify.rows.rowdiff import MAX_SAME_KEY, NotAKeyError, RowDifference, unmatched
from verify.store import Key


class ColumnarComparison:
    """How one pair is compared. `how`, `rows`, `survivors` and `differences` as in `verify.comparison.Comparison`."""

    def __init__(
        self, task: Task, old: Stream, new: Stream, columns: Sequence[Column], survivors: tuple[str, ...] = ()
    ) -> None:
        self._task = task
        self._survivors = survivors
        self._old, self._new = old, new
        self._columns = columns
        self._singly = 0
        self._pacer = Pacer(task.settings.chunk_s, task.settings.max_rows_per_second)

    @property
    def how(self) -> str:
        """In words for the report: how rows were compared."""
        by_value = f", {self._singly:,} of them row by row" if self._singly else ""
        return f"column by column in batches{by_value}"

    @property
    def alike(self) -> int:
        """None that would be told: values are compared, however they are written."""
        return 0

    async def cuts(self, parts: int) -> tuple[Key, ...]:
        """Return keys that cut the old side into about equal parts."""
        return await self._task.old.snapshot.boundaries(self._task.old.selection, parts) or ()

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows each side has; known when `differences` has ended."""
        return self._old.passed, self._new.passed

    @property
    def survivors(self) -> tuple[str, ...]:
        """The made-up changes that it does not notice; tried before it was offered (`verify.columnar.proof`)."""
        return self._survivors

    async def differences(self) -> AsyncIterator[RowDifference]:
        """Yield the rows that differ, in the order of their keys. Raises StoreError, NotAKeyError, and KeyOrderLost
        where a key is met that has no place in the order."""
        old, new = self._old, self._new
        try:
            while await self._fill():
                ends = self._ends()
                for difference in self._between(*ends):
                    yield difference
                await self._pacer.spend(max(ends[0] - old.at, ends[1] - new.at))
                old.passing(ends[0])
                new.passing(ends[1])
        finally:
            await asyncio.gather(old.close(), new.close())

    async def _fill(self) -> bool:
        """Make sure that a step can be made; return whether there is anything left."""
        while True:
            due = [side for side in (self._old, self._new) if not side.left and not side.is_closed]
            if not due:
                if not (self._old.left or self._new.left):
                    return False
                if self._ends() != (self._old.at, self._new.at):
                    return True
                # Nothing lies before the last key of a side: more rows of that key may come.
                horizon = self._horizon()
                due = [each for each in (self._old, self._new) if not each.is_closed and each.last == horizon]
            await asyncio.gather(*(side.extend() for side in due))

    def _horizon(self) -> Any:
        """Return the key before which both sides are complete, None where nothing more comes."""
        return min((side.last for side in (self._old, self._new) if not side.is_closed), default=None)

    def _ends(self) -> tuple[int, int]:
        """Return the positions up to which both sides are complete."""
        horizon = self._horizon()

        def end(side: Stream) -> int:
            if horizon is None or not side.left:
                return side.at + side.left
            return before(side.batch.keys, side.at, horizon)

        return end(self._old), end(self._new)

    def _between(self, old_end: int, new_end: int) -> list[RowDifference]:
        """Return what differs among the rows that are complete."""
        old, new = self._old, self._new
        keys = [[] if side.batch is None else side.batch.keys[side.at : end]
                for side, end in ((old, old_end), (new, new_end))]  # fmt: skip
        if not len(keys[0]) or not len(keys[1]):
            return self._alone(keys)
        aligned = align(keys[0], keys[1])
        suspects = np.flatnonzero(~self._equal(aligned.old + old.at, aligned.new + new.at))
        groups: list[tuple[list[int], list[int]]] = [([one], [other]) for one, other in zip(
            aligned.old[suspects].tolist(), aligned.new[suspects].tolist(), strict=True)]  # fmt: skip
        groups += aligned.others
        if suspects.size and aligned.others:
            groups.sort(key=lambda group: keys[0][group[0][0]] if group[0] else keys[1][group[1][0]])
        return [each for group in groups for each in self._group(*group)]

    def _alone(self, keys: Sequence[Any]) -> list[RowDifference]:
        """Return the rows, where only one of the sides has any."""
        found: list[RowDifference] = []
        for at in range(len(keys[0])):
            found += self._group([at], [])
        for at in range(len(keys[1])):
            found += self._group([], [at])
        return found

    def _equal(self, old: Ints, new: Ints) -> Mask:
        """Return which pairs of rows are equal beyond doubt."""
        sides = (self._old.batch, old), (self._new.batch, new)
        (rows, ours), (documents, theirs) = sides if isinstance(self._old.batch, RowBatch) else sides[::-1]
        assert isinstance(rows, RowBatch)
        assert isinstance(documents, DocumentBatch)
        found = documents.fits[theirs]
        for at, column in enumerate(self._columns):
            field = documents.fields[column.field]
            found &= equal(column, rows.records, at, field, documents.buffer, ours, theirs)
        return found

    def _group(self, old: list[int], new: list[int]) -> list[RowDifference]:
        """Return what differs among all rows of one key, by value; positions count from the first that is left."""
        if len(old) > MAX_SAME_KEY or len(new) > MAX_SAME_KEY:
            raise NotAKeyError(f"more than {MAX_SAME_KEY:,} rows share one key")
        one = [self._old.batch.row(self._old.at + at) for at in old]
        other = [self._new.batch.row(self._new.at + at) for at in new]
        self._singly += len(one) if one and other else 0
        hashers = self._task.old.hasher, self._task.new.hasher
        return list(unmatched(one, other, *hashers, keyed=True))
