"""The rows of several tables as those of one: what was one table and is now split by rows, by year or by tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import chain

import msgspec

from verify.classes import Dialect
from verify.derived.merging import batched, groups, side_by_side
from verify.equality.canonical import MISSING
from verify.rows.digest import is_ordered
from verify.rows.settling import Rereads
from verify.store import Key, KeyRange, Row, Selection, Snapshot, TableSchema


class United:
    """Tables put together; a column that a part lacks is missing in its rows."""

    def __init__(self, name: str, tables: Sequence[TableSchema], dialect: Dialect) -> None:
        self.name = name
        self.parts = tuple(table.name for table in tables)
        self.dialect = dialect
        self.tables = tuple(tables)

    async def describe(self, _snapshot: Snapshot) -> TableSchema:
        """Return the columns that any part has, each as the first that has it declares it."""
        columns = {column.name: column for table in reversed(self.tables) for column in table.columns}
        order = dict.fromkeys(column.name for table in self.tables for column in table.columns)
        keys = {table.primary_key for table in self.tables}
        return TableSchema(
            name=self.name,
            columns=tuple(columns[name] for name in order),
            primary_key=keys.pop() if len(keys) == 1 else (),
            knows_constraints=False,
        )

    async def count(self, snapshot: Snapshot, where: str) -> int:
        """Return how many rows all parts have."""
        return sum([await snapshot.count(part, where) for part in self.parts])

    def orders(self, key: Sequence[str]) -> bool:
        """Return whether every part has the key."""
        return all(table.column(name) for table in self.tables for name in key)

    def belongs(self, _keys: KeyRange) -> None:
        """Return nothing: of every part the range itself is read."""

    async def boundaries(self, snapshot: Snapshot, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return the boundaries of all parts."""
        found: set[Key] = set()
        for table in self.tables:
            keys = await snapshot.boundaries(self._of(table, selection), max(1, buckets // len(self.tables)))
            if keys is None:
                return None
            found.update(keys)
        return tuple(sorted(found)) if is_ordered(found) else None

    async def rows(
        self, snapshot: Snapshot, selection: Selection, keys: KeyRange, *, ordered: bool
    ) -> AsyncIterator[list[Row]]:
        """Yield the rows of the parts, merged where an order is asked for, else one part after the other."""
        if not ordered:
            for table in self.tables:
                async for batch in self._part(snapshot, table, selection, keys, ordered=False):
                    yield batch
            return
        width = selection.key_width
        streams = [
            groups(self._part(snapshot, table, selection, keys, ordered=True), width, table.name)
            for table in self.tables
        ]
        async for batch in batched(chain.from_iterable(rows) async for _, rows in side_by_side(streams, self.name)):
            yield batch

    async def now(self, snapshot: Snapshot, selection: Selection, keys: Sequence[Key]) -> list[Row]:
        """Return the rows that these keys have now in any part."""
        assert isinstance(snapshot, Rereads)
        found: list[Row] = []
        for table in self.tables:
            rows = await snapshot.now(self._of(table, selection), keys)
            found += self._widened(table, selection, rows)
        return found

    async def _part(
        self, snapshot: Snapshot, table: TableSchema, selection: Selection, keys: KeyRange, *, ordered: bool
    ) -> AsyncIterator[list[Row]]:
        async for batch in snapshot.rows(self._of(table, selection), keys, ordered=ordered):
            yield self._widened(table, selection, batch)

    def _of(self, table: TableSchema, selection: Selection) -> Selection:
        """Return the selection of a part: the columns that it has."""
        readings = tuple(one for one in selection.readings if table.column(one.column))
        return msgspec.structs.replace(selection, table=table.name, readings=readings)

    def _widened(self, table: TableSchema, selection: Selection, rows: list[Row]) -> list[Row]:
        """Return the rows with what stands for the columns that the part lacks."""
        absent = [
            (at, None if one.missing_is_null else MISSING)
            for at, one in enumerate(selection.readings)
            if not table.column(one.column)
        ]
        if not absent:
            return rows
        widened = []
        for row in rows:
            values = list(row)
            for at, value in absent:
                values.insert(at, value)
            widened.append(tuple(values))
        return widened
