"""Several tables that share their key, as one: what was one table and is now split by columns.

A part that lacks a row holds NULL in each of its columns; a row that only a later part has is a row of its own, so that
nothing is lost unseen.

Cannot see: whether a part lacks a row or has one of which every column is NULL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import product

import msgspec

from shadow.errors import ConfigError
from verify.classes import Dialect, TypeClass
from verify.derived.merging import batched, groups, side_by_side
from verify.rows.settling import Rereads
from verify.store import ColumnSchema, Key, KeyRange, Reading, Row, Selection, Snapshot, TableSchema

_ORDERED = frozenset(
    {TypeClass.integer, TypeClass.text, TypeClass.bytes, TypeClass.uuid, TypeClass.objectid, TypeClass.date,
     TypeClass.timestamp, TypeClass.decimal}
)  # fmt: skip


class Joined:
    """Tables joined by their key, the first one leading."""

    def __init__(self, name: str, tables: Sequence[TableSchema], dialect: Dialect, key: Sequence[str]) -> None:
        self.name = name
        self.parts = tuple(table.name for table in tables)
        self.dialect = dialect
        self.tables = tuple(tables)
        self.key = tuple(key) or tables[0].primary_key
        self.keys = {table.name: self._key_of(table) for table in tables}
        self.owners = self._owners()

    async def describe(self, _snapshot: Snapshot) -> TableSchema:
        """Return the columns of all parts; those of the same name in two parts are called `table.column`."""
        return TableSchema(
            name=self.name,
            columns=tuple(
                _renamed(table.column(column), shown, optional=table is not self.tables[0])
                for shown, (table, column) in self.owners.items()
            ),
            primary_key=self.key,
            knows_constraints=False,
        )

    async def count(self, snapshot: Snapshot, _where: str) -> int:
        """Return how many rows there are, by joining the keys."""
        readings = tuple(self._reading(self.tables[0], column) for column in self.key)
        selection = Selection(table=self.name, readings=readings, key_width=len(readings))
        return sum([len(batch) async for batch in self.rows(snapshot, selection, KeyRange(), ordered=True)])

    def orders(self, key: Sequence[str]) -> bool:
        """Return whether the parts are joined by this key."""
        return tuple(key) == self.key

    def belongs(self, _keys: KeyRange) -> None:
        """Return nothing: of every part the range itself is read."""

    async def boundaries(self, snapshot: Snapshot, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return the boundaries of the first part."""
        if not self.orders(selection.key):
            return None
        return await snapshot.boundaries(self._selections(selection)[0], buckets)

    def rows(
        self, snapshot: Snapshot, selection: Selection, keys: KeyRange, *, ordered: bool
    ) -> AsyncIterator[list[Row]]:
        """Yield the joined rows, in the order of the key whether or not that is asked for."""
        width = len(self.key)
        streams = [
            groups(snapshot.rows(one, keys, ordered=True), width, one.table) for one in self._selections(selection)
        ]
        places = self._places(selection)
        return batched(self._joined(places, key, rows) async for key, rows in side_by_side(streams, self.name))

    async def now(self, snapshot: Snapshot, selection: Selection, keys: Sequence[Key]) -> list[Row]:
        """Return the rows that these keys have now."""
        assert isinstance(snapshot, Rereads)
        width, held = len(self.key), dict[Key, list[list[Row]]]()
        for at, one in enumerate(self._selections(selection)):
            for row in await snapshot.now(one, keys):
                held.setdefault(row[:width], [[] for _ in self.tables])[at].append(row)
        places = self._places(selection)
        return [row for key, rows in held.items() for row in self._joined(places, key, rows)]

    def _joined(self, places: Sequence[tuple[int, int]], key: Key, rows: Sequence[Sequence[Row]]) -> list[Row]:
        """Return the rows of one key: each of a part's with each of the others'."""
        width = len(self.key)
        return [
            tuple(
                key[at] if owner < 0 else None if (part := parts[owner]) is None else part[width + at]
                for owner, at in places
            )
            for parts in product(*(part or (None,) for part in rows))
        ]

    def _places(self, selection: Selection) -> list[tuple[int, int]]:
        """Return where each column of the selection is: (-1, place in the key) or (part, place behind the key)."""
        behind = [0] * len(self.tables)
        places = []
        for reading in selection.readings:
            if reading.column in self.key:
                places.append((-1, self.key.index(reading.column)))
                continue
            owner = self.tables.index(self.owners[reading.column][0])
            places.append((owner, behind[owner]))
            behind[owner] += 1
        return places

    def _selections(self, selection: Selection) -> list[Selection]:
        """Return what is read of each part: its key, then its columns in the order of the selection."""
        found = []
        for table in self.tables:
            readings = [self._reading(table, column) for column in self.keys[table.name]]
            for one in selection.readings:
                owner, column = self.owners[one.column]
                if owner is table and one.column not in self.key:
                    readings.append(msgspec.structs.replace(one, column=column))
            found.append(Selection(table=table.name, readings=tuple(readings), key_width=len(self.key)))
        return found

    def _reading(self, table: TableSchema, column: str) -> Reading:
        found = table.column(column)
        assert found is not None
        return Reading(column=column, kind=found.kind, carried=self.dialect.hands_over(found.kind))

    def _key_of(self, table: TableSchema) -> tuple[str, ...]:
        where = f"verify.tables: {self.name}"
        if not self.key:
            raise ConfigError(f"{where}: {table.name} has no primary key to join by.", "Name the columns in `key`.")
        found = self.key if all(table.column(name) for name in self.key) else table.primary_key
        kinds = [_kind(table, name) for name in found]
        if kinds != [_kind(self.tables[0], name) for name in self.key]:
            like = f"({', '.join(self.key)}) of {self.tables[0].name}"
            raise ConfigError(f"{where}: {table.name} has no key like {like}.", "Name a `key` that all have.")
        if not _ORDERED.issuperset(kinds):
            raise ConfigError(f"{where}: the key of {table.name} has no order to join by.", "Name another `key`.")
        return found

    def _owners(self) -> dict[str, tuple[TableSchema, str]]:
        """Return the shown names with the table and the column behind each."""
        found: dict[str, tuple[TableSchema, str]] = {}
        for table in self.tables:
            for column in table.columns:
                if column.name in self.keys[table.name] and table is not self.tables[0]:
                    continue
                shown = f"{table.name}.{column.name}" if column.name in found else column.name
                found[shown] = (table, column.name)
        return found


def _kind(table: TableSchema, name: str) -> TypeClass:
    column = table.column(name)
    return TypeClass.other if column is None else column.kind


def _renamed(column: ColumnSchema | None, name: str, *, optional: bool) -> ColumnSchema:
    assert column is not None
    return msgspec.structs.replace(column, name=name, nullable=None if optional else column.nullable)
