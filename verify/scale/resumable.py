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

MOST_PARTS = 64
"""Ranges of a large table: of a kill that is the share which is lost."""
_FEW_PARTS = 8
_USUAL_ROWS, _LEAST_ROWS = 50_000, 5_000
"""Rows of a range, and of one of a small table. Opening a range and keeping it takes as long as reading 1,500 rows to
3,000 (measured, MongoDB), so a hundred of the smallest would cost half as much as the reading."""
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


class Noted:
    """The differing rows of one range by their keys, as far as these may be written down; `keys` is None where not."""

    def __init__(self, task: Task) -> None:
        self._sides = task.old, task.new
        self._can = can_settle(*self._sides)
        self.keys: list[list[Any]] | None = []

    def add(self, difference: RowDifference) -> None:
        """Take in a row that differs."""
        if self.keys is None:
            return
        row = difference.old if difference.old is not None else difference.new
        if len(self.keys) >= MOST_DIFFERING or not self._can or not difference.detailed or row is None:
            self.keys = None
            return
        packed = [pack_key(part) for part in row[: self._sides[0].selection.key_width]]
        if None in packed or not is_asked_for(difference, *self._sides):
            self.keys = None
        else:
            self.keys.append(packed)


class Ranges:
    """The ranges of a pair, of which those that are finished are kept."""

    def __init__(self, task: Task, buckets: Buckets) -> None:
        self._task = task
        self.buckets = buckets
        self.finished = {part.part: part for part in task.checkpoint.finished()}

    @property
    def words(self) -> str:
        """How much was compared by the run that was killed; "" for nothing."""
        n = len(self.finished)
        return f"; {n} of {self.buckets.total} ranges by the run that was killed" if n else ""

    @property
    def left(self) -> list[int]:
        """The ranges that are still to be compared."""
        return [at for at in range(self.buckets.total) if at not in self.finished]

    def noted(self) -> Noted:
        """Return what takes in the differing rows of a range."""
        return Noted(self._task)

    def finish(self, at: int, rows: tuple[int, int], alike: int, noted: Noted) -> None:
        """Keep that a range is finished, unless rows differ in it that must not be named."""
        if noted.keys is not None:
            content = msgspec.msgpack.encode(_Range(alike, noted.keys))
            self._task.checkpoint.finish(Finished(part=at, rows_old=rows[0], rows_new=rows[1], content=content))

    def counted(self) -> tuple[tuple[int, int], int]:
        """Return how many rows of each side are finished, and how many are alike though written differently."""
        parts = self.finished.values()
        alike = sum(_kept(part).alike for part in parts)
        return (sum(part.rows_old for part in parts), sum(part.rows_new for part in parts)), alike

    async def again(self) -> AsyncIterator[RowDifference]:
        """Read the rows of finished ranges that differed, as they are now. Raises StoreError."""
        old, new = self._task.old, self._task.new
        for part in self.finished.values():
            differed = list(dict.fromkeys(tuple(map(unpack_key, key)) for key in _kept(part).keys))
            for start in range(0, len(differed), BATCH_KEYS):
                keys = differed[start : start + BATCH_KEYS]
                found = await asyncio.gather(_by_key(old, keys), _by_key(new, keys))
                for key in found[0] | found[1]:
                    rows = found[0].get(key, []), found[1].get(key, [])
                    for difference in unmatched(*rows, old.hasher, new.hasher, keyed=True):
                        yield difference


async def ranges_of(comparison: Divisible, task: Task, parts: int) -> Ranges | None:
    """Return the ranges of a comparison, those of the run that was killed or so many; None where nothing is kept of
    them. Raises StoreError."""
    if isinstance(task.checkpoint, NoCheckpoint) or task.old.selection.key_width != 1:
        return None  # of a key of several parts each may be of another type
    sides = task.old, task.new
    compared = repr(("in bulk", [one.selection for one in sides]))
    bounds = kept_bounds(task.checkpoint, compared)
    begins = bounds is None
    if bounds is None:
        bounds = await comparison.cuts(parts) if parts > 1 else ()
    if not bounds:
        return None
    for side in sides:
        if isinstance(side.snapshot, MayLieOutside) and await side.snapshot.outside(side.selection, bounds[0]):
            return None
    if begins and not keep_bounds(task.checkpoint, compared, bounds):
        return None
    return Ranges(task, Buckets(bounds=bounds))


def parts_of(rows: int) -> int:
    """Return into how many ranges a table of so many rows is cut."""
    return min(rows // _LEAST_ROWS, max(_FEW_PARTS, min(MOST_PARTS, rows // _USUAL_ROWS)))


async def resumable(comparison: Comparison, task: Task) -> Comparison:
    """Return the comparison in ranges that are kept where a ledger keeps them, else as it is. Raises StoreError."""
    if not isinstance(comparison, Divisible):
        return comparison
    rows = max([await one.snapshot.estimate(one.selection.table) for one in (task.old, task.new)])
    ranges = await ranges_of(comparison, task, parts_of(rows))
    return comparison if ranges is None else ResumableComparison(comparison, task, ranges)


class ResumableComparison:
    """Compares range by range; `how`, `rows` and `survivors` as in `verify.comparison.Comparison`."""

    def __init__(self, whole: Comparison, task: Task, ranges: Ranges) -> None:
        self._whole, self._task, self._ranges = whole, task, ranges
        self._rows, self._alike = ranges.counted()

    @property
    def how(self) -> str:
        """In words for the report: how rows were compared, and how much of that by the run that was killed."""
        alike = f"; {self._alike:,} of other bytes have the same values" if self._alike else ""
        return f"{self._whole.how}{alike}{self._ranges.words}"

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows each side has; known when `differences` has ended."""
        return self._rows

    @property
    def survivors(self) -> tuple[str, ...]:
        """Those of the comparison that is cut into ranges."""
        return self._whole.survivors

    async def differences(self) -> AsyncIterator[RowDifference]:
        """Yield the rows that differ, range by range. Raises StoreError, NotAKeyError, KeyOrderLost."""
        # Ranges of several moments are nothing that a later run could build upon.
        whole = self._whole if isinstance(self._whole, Remembers) and not self._ranges.finished else None
        async for difference in self._ranges.again():
            yield difference
        for at in self._ranges.left:
            async for difference in self._compared(at):
                if whole is not None:
                    whole.took(difference)
                yield difference
        if whole is not None:
            whole.keep(self.rows)

    async def _compared(self, at: int) -> AsyncIterator[RowDifference]:
        """Compare one range and keep that it is finished."""
        task, keys = self._task, self._ranges.buckets.range_of(at, at)
        # Hints from the last run are for the whole.
        settings = msgspec.structs.replace(task.settings, tables=())
        part = msgspec.structs.replace(task, keys=keys, checkpoint=NoCheckpoint(), settings=settings)
        comparison = await offered(part)
        if comparison is None:
            table = task.old.selection.table
            raise StoreError(f"A range of {table} cannot be compared as the whole can.", "Run it again.")
        noted = self._ranges.noted()
        differences: AsyncIterator[RowDifference] = comparison.differences()
        async with aclosing(differences):  # type: ignore[type-var]
            async for difference in differences:
                noted.add(difference)
                yield difference
        alike = comparison.alike if isinstance(comparison, Divisible) else 0
        self._rows = self._rows[0] + comparison.rows[0], self._rows[1] + comparison.rows[1]
        self._alike += alike
        self._ranges.finish(at, comparison.rows, alike, noted)


def _kept(part: Finished) -> _Range:
    return msgspec.msgpack.decode(part.content, type=_Range)


async def _by_key(side: Side, keys: Sequence[Key]) -> dict[bytes, list[Row]]:
    """Return the rows that these keys have now, by their key as both sides read it."""
    assert isinstance(side.snapshot, Rereads)
    found: dict[bytes, list[Row]] = {}
    for row in await side.snapshot.now(side.selection, keys):
        found.setdefault(encode_row(side.hasher.read(row)[: side.selection.key_width]), []).append(row)
    return found
