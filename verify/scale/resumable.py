"""A comparison in bulk (raw documents, columns) that a killed run need not begin anew: range by range, each kept in the
ledger once it is finished.

A finished range is not read again; of its rows only those that differed are, by their keys, as they are now. A range
with differing rows whose keys must not be written down, or of which there are too many, is not kept: it is read again.

Cannot see: what was written to a finished range after it was read, as each range of a resumed run has its own moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Protocol, runtime_checkable

import msgspec

from shadow.errors import StoreError
from verify.bounds import keep_bounds, kept_bounds, pack_key, unpack_key
from verify.checkpoint import Finished, NoCheckpoint
from verify.comparison import Comparison, Divisible, Remembers, Task
from verify.equality.canonical import encode_row
from verify.offering import offered
from verify.rows.rowdiff import RowDifference, Side, unmatched
from verify.rows.settling import BATCH_KEYS, Rereads, can_settle, is_asked_for
from verify.store import Buckets, Key, Row, Selection

PARTS = 64
"""Ranges of a table: what a kill costs at most, and few enough that opening them is nothing beside reading."""
LEAST_ROWS = 5_000
"""Rows of a range at least."""
MOST_DIFFERING = 1_000
"""Differing rows of a range that are kept by their keys."""


@runtime_checkable
class MayLieOutside(Protocol):
    """A snapshot of a store whose keys may be of several types, of which a range holds one only."""

    async def outside(self, selection: Selection, key: Key) -> bool:
        """Return whether any row lies neither before the key nor from it on. Raises StoreError."""


class _Range(msgspec.Struct, frozen=True):
    """What is kept of a finished range: the rows alike though written differently, the keys of those that differed."""

    alike: int
    keys: list[list[Any]]


async def resumable(comparison: Comparison, task: Task) -> Comparison:
    """Return the comparison in ranges that are kept where a ledger keeps them, else as it is. Raises StoreError."""
    if isinstance(task.checkpoint, NoCheckpoint) or not isinstance(comparison, Divisible):
        return comparison
    if task.old.selection.key_width != 1:
        return comparison  # of several parts each may be of another type
    sides = task.old, task.new
    compared = repr(("in bulk", [one.selection for one in sides]))
    bounds = kept_bounds(task.checkpoint, compared)
    begins = bounds is None
    if bounds is None:
        rows = max([await one.snapshot.estimate(one.selection.table) for one in sides])
        parts = min(PARTS, rows // LEAST_ROWS)
        bounds = await comparison.cuts(parts) if parts > 1 else ()
    if not bounds:
        return comparison
    for side in sides:
        if isinstance(side.snapshot, MayLieOutside) and await side.snapshot.outside(side.selection, bounds[0]):
            return comparison
    if begins and not keep_bounds(task.checkpoint, compared, bounds):
        return comparison
    return ResumableComparison(comparison, task, Buckets(bounds=bounds))


class ResumableComparison:
    """Compares range by range; `how`, `rows` and `survivors` as in `verify.comparison.Comparison`."""

    def __init__(self, whole: Comparison, task: Task, buckets: Buckets) -> None:
        self._whole, self._task, self._buckets = whole, task, buckets
        self._finished = {part.part: part for part in task.checkpoint.finished()}
        self._rows = [0, 0]
        self._alike = 0

    @property
    def how(self) -> str:
        """In words for the report: how rows were compared, and how much of that by the run that was killed."""
        alike = f"; {self._alike:,} of other bytes have the same values" if self._alike else ""
        before = f"; {len(self._finished)} of {self._buckets.total} ranges by the run that was killed"
        return f"{self._whole.how}{alike}{before if self._finished else ''}"

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows each side has; known when `differences` has ended."""
        return self._rows[0], self._rows[1]

    @property
    def survivors(self) -> tuple[str, ...]:
        """Those of the comparison that is cut into ranges."""
        return self._whole.survivors

    async def differences(self) -> AsyncIterator[RowDifference]:
        """Yield the rows that differ, range by range. Raises StoreError, NotAKeyError, KeyOrderLost."""
        # Ranges of several moments are nothing that a later run could build upon.
        whole = self._whole if isinstance(self._whole, Remembers) and not self._finished else None
        for at in range(self._buckets.total):
            before = self._finished.get(at)
            async for difference in self._compared(at) if before is None else self._again(before):
                if whole is not None:
                    whole.took(difference)
                yield difference
        if whole is not None:
            whole.keep(self.rows)

    async def _compared(self, at: int) -> AsyncIterator[RowDifference]:
        """Compare one range and keep that it is finished."""
        task, keys = self._task, self._buckets.range_of(at, at)
        # Hints from the last run are for the whole.
        settings = msgspec.structs.replace(task.settings, tables=())
        part = msgspec.structs.replace(task, keys=keys, checkpoint=NoCheckpoint(), settings=settings)
        comparison = await offered(part)
        if comparison is None:
            table = task.old.selection.table
            raise StoreError(f"A range of {table} cannot be compared as the whole can.", "Run it again.")
        differing: list[list[Any]] | None = []
        differences: AsyncIterator[RowDifference] = comparison.differences()
        async with aclosing(differences):  # type: ignore[type-var]
            async for difference in differences:
                differing = self._noted(differing, difference)
                yield difference
        alike = comparison.alike if isinstance(comparison, Divisible) else 0
        self._take(comparison.rows, alike)
        if differing is not None:
            content = msgspec.msgpack.encode(_Range(alike, differing))
            rows_old, rows_new = comparison.rows
            self._task.checkpoint.finish(Finished(part=at, rows_old=rows_old, rows_new=rows_new, content=content))

    def _noted(self, differing: list[list[Any]] | None, difference: RowDifference) -> list[list[Any]] | None:
        """Return the keys with that of one more row, None where they are not to be kept."""
        sides = self._task.old, self._task.new
        if differing is None or len(differing) >= MOST_DIFFERING:
            return None
        if not difference.detailed or not can_settle(*sides) or not is_asked_for(difference, *sides):
            return None
        row = difference.old if difference.old is not None else difference.new
        assert row is not None
        packed = [pack_key(part) for part in row[: self._task.old.selection.key_width]]
        if None in packed:
            return None
        differing.append(packed)
        return differing

    async def _again(self, before: Finished) -> AsyncIterator[RowDifference]:
        """Read the rows of a finished range that differed, as they are now."""
        kept = msgspec.msgpack.decode(before.content, type=_Range)
        self._take((before.rows_old, before.rows_new), kept.alike)
        old, new = self._task.old, self._task.new
        differed = list(dict.fromkeys(tuple(map(unpack_key, key)) for key in kept.keys))
        for start in range(0, len(differed), BATCH_KEYS):
            keys = differed[start : start + BATCH_KEYS]
            found = await asyncio.gather(_by_key(old, keys), _by_key(new, keys))
            for key in found[0] | found[1]:
                rows = found[0].get(key, []), found[1].get(key, [])
                for difference in unmatched(*rows, old.hasher, new.hasher, keyed=True):
                    yield difference

    def _take(self, rows: tuple[int, int], alike: int) -> None:
        self._rows = [self._rows[0] + rows[0], self._rows[1] + rows[1]]
        self._alike += alike


async def _by_key(side: Side, keys: Sequence[Key]) -> dict[bytes, list[Row]]:
    """Return the rows that these keys have now, by their key as both sides read it."""
    assert isinstance(side.snapshot, Rereads)
    found: dict[bytes, list[Row]] = {}
    for row in await side.snapshot.now(side.selection, keys):
        found.setdefault(encode_row(side.hasher.read(row)[: side.selection.key_width]), []).append(row)
    return found
