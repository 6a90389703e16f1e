"""The reference store: tables held in memory. What the protocol means is what this store does."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from shadow.errors import StoreError
from verify.classes import MEMORY, Dialect
from verify.profiling import Profile, measure
from verify.rows.digest import Accumulator, is_ordered
from verify.store import BucketDigest, Buckets, Key, KeyRange, Row, Scanned, Selection, Snapshot, TableSchema, Value

BATCH_ROWS = 2000


class MemoryStore:
    """Tables given as schema and rows; rows are in the order of the schema's columns."""

    def __init__(
        self,
        tables: Mapping[str, tuple[TableSchema, Sequence[Row]]],
        dialect: Dialect = MEMORY,
        label: str = "memory:",
    ) -> None:
        self.label = label
        self.dialect = dialect
        self._tables = tables

    async def describe(self) -> tuple[TableSchema, ...]:
        """Return the tables, ascending by name."""
        return tuple(self._tables[name][0] for name in sorted(self._tables))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Hold the rows as they are now."""
        yield MemorySnapshot({name: (schema, tuple(rows)) for name, (schema, rows) in self._tables.items()})

    async def close(self) -> None:
        """Do nothing; there is nothing to let go of."""


class MemorySnapshot:
    """The rows of a memory store at one moment."""

    def __init__(self, tables: Mapping[str, tuple[TableSchema, tuple[Row, ...]]]) -> None:
        self._tables = tables

    async def estimate(self, table: str) -> int:
        """Return how many rows the table has."""
        return await self.count(table)

    async def count(self, table: str, where: str = "") -> int:
        """Return how many rows the table has."""
        _refuse(where)
        return len(self._table(table)[1])

    async def boundaries(self, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return ascending keys that cut the table into equal parts, None where the keys have no shared order."""
        keys = [row[: selection.key_width] for row in self._selected(selection)]
        if not selection.key_width or not is_ordered(keys):
            return None
        keys.sort()
        step = max(1, -(-len(keys) // buckets))
        return tuple(dict.fromkeys(keys[step::step]))

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        """Return one digest per bucket. Raises KeyOrderLost for keys outside the order."""
        accumulator = Accumulator(selection, buckets, salt)
        rows = self._selected(selection)
        accumulator.add(rows)
        scanned(len(rows))
        return accumulator.digests()

    async def rows(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> AsyncIterator[list[Row]]:
        """Yield the rows of the range in batches."""
        width = selection.key_width
        found = [row for row in self._selected(selection) if _within(row[:width], keys)]
        if ordered:
            found.sort(key=lambda row: row[:width])
        for at in range(0, len(found), BATCH_ROWS):
            yield found[at : at + BATCH_ROWS]

    async def latest(self, selection: Selection) -> Row:
        """Return the greatest value of each column, None of an empty one."""
        rows = self._selected(selection)
        places = range(len(selection.readings))
        columns: list[list[Any]] = [[row[at] for row in rows if row[at] is not None] for at in places]
        return tuple(max(column, default=None) for column in columns)

    async def tally(self, selection: Selection, most: int) -> list[tuple[Value, int]]:
        """Return the values of a column with how many rows hold each: all of them, or `most` + 1 of more."""
        return Counter(value for (value,) in self._selected(selection)).most_common(most + 1)

    async def profile(self, selection: Selection) -> Profile:
        """Return the profile of every column."""
        rows = self._selected(selection)
        columns = [
            measure(reading, (row[at] for row in rows)) for at, reading in enumerate(selection.readings)
        ]  # fmt: skip
        return Profile(rows=len(rows), columns=tuple(columns))

    def _table(self, table: str) -> tuple[TableSchema, tuple[Row, ...]]:
        try:
            return self._tables[table]
        except KeyError:
            raise StoreError(f"memory: has no table {table!r}.", "Name one of its tables.") from None

    def _selected(self, selection: Selection) -> list[Row]:
        _refuse(selection.where)
        schema, rows = self._table(selection.table)
        places = [[column.name for column in schema.columns].index(reading.column) for reading in selection.readings]
        return [tuple(row[place] for place in places) for row in rows]


def _refuse(where: str) -> None:
    if where:
        raise StoreError("memory: knows no conditions.", "Leave `where` out.")


def _within(key: Key, keys: KeyRange) -> bool:
    return (keys.low is None or key >= keys.low) and (keys.high is None or key < keys.high)
