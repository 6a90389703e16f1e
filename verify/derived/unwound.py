"""The items of an array as rows: each with the key of its parent, its position, and its fields as columns.

Cannot see: parents without items (none, null and an empty array are one to a table of children); items of items.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from verify.classes import Dialect, TypeClass
from verify.derived.merging import batched, groups
from verify.equality.canonical import MISSING
from verify.equality.carriers import read_json
from verify.equality.values import JSON_NULL, ObjectKey
from verify.rows.digest import is_ordered
from verify.rows.settling import Rereads
from verify.store import ColumnSchema, Key, KeyRange, Reading, Row, Selection, Snapshot, TableSchema, Value

PARENT, POSITION, VALUE = "_parent", "_position", "_value"

_TEXTS = (TypeClass.date, TypeClass.time, TypeClass.timestamp, TypeClass.uuid, TypeClass.decimal, TypeClass.bytes)
_CLASSES: tuple[tuple[type, TypeClass], ...] = (
    (bool, TypeClass.boolean), (int, TypeClass.integer), (float, TypeClass.float), (Decimal, TypeClass.decimal),
    (str, TypeClass.text), (bytes, TypeClass.bytes), (datetime, TypeClass.timestamp), (date, TypeClass.date),
    (time, TypeClass.time), (UUID, TypeClass.uuid), (ObjectKey, TypeClass.objectid), (dict, TypeClass.json),
    (list, TypeClass.json),
)  # fmt: skip
_NUMBERS = {TypeClass.integer, TypeClass.decimal}


class Unwound:
    """One array of one table. `by` are the parent's columns that its children know it by; positions count from
    `first`."""

    def __init__(
        self, name: str, parent: TableSchema, path: tuple[str, ...], by: Sequence[str], first: int, dialect: Dialect
    ) -> None:
        self.name = name
        self.parts = (parent.name,)
        self.parent, self.path, self.by, self.first = parent, path, tuple(by), first
        self.names = (PARENT,) if len(self.by) == 1 else tuple(f"{PARENT}.{column}" for column in self.by)
        self._own = dialect
        # What JSON text holds has fewer types than its engine; MongoDB's arrays have all of them.
        self.in_text = dialect.name != "mongodb"
        texts = dict.fromkeys(_TEXTS, (TypeClass.text,)) if self.in_text else {}
        self.dialect = msgspec.structs.replace(dialect, carriers={**texts, **dialect.carriers})

    async def describe(self, snapshot: Snapshot) -> TableSchema:
        """Return the columns: the parent's key, the position, and every field that any item has. One scan."""
        kinds: dict[str, set[TypeClass]] = {}
        async for batch in snapshot.rows(self._selection(""), KeyRange(), ordered=False):
            for parent in batch:
                for item in self._items(parent[-1]):
                    fields = item if isinstance(item, Mapping) else {VALUE: item}
                    for field, value in fields.items():
                        found = kinds.setdefault(field, set())
                        if value is not None:
                            found.add(_class_of(value))
        own = [
            ColumnSchema(name=name, kind=self._column(column).kind, declared=self._column(column).declared,
                         nullable=False)
            for name, column in zip(self.names, self.by, strict=True)
        ]  # fmt: skip
        own.append(ColumnSchema(name=POSITION, kind=TypeClass.integer, nullable=False))
        return TableSchema(
            name=self.name,
            columns=(
                *own,
                *(
                    ColumnSchema(name=field, kind=_agreed(found), declared=" | ".join(sorted(found)))
                    for field, found in kinds.items()
                ),
            ),
            primary_key=(*self.names, POSITION),
            knows_constraints=False,
        )  # fmt: skip

    async def count(self, snapshot: Snapshot, where: str) -> int:
        """Return how many items there are."""
        rows = snapshot.rows(self._selection(where), KeyRange(), ordered=False)
        return sum([len(self._items(parent[-1])) async for batch in rows for parent in batch])

    def orders(self, key: Sequence[str]) -> bool:
        """Return whether the key begins with the parent's: then its items can be ordered one parent at a time."""
        return tuple(key[: len(self.names)]) == self.names

    async def boundaries(self, snapshot: Snapshot, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return keys of parents, each with the least that can follow it."""
        width = len(self.by)
        if not self.orders(selection.key):
            return None
        least = [_LEAST.get(one.kind) for one in selection.readings[width : selection.key_width]]
        keys = await snapshot.boundaries(self._selection(selection.where), buckets)
        if keys is None or not is_ordered(keys) or None in least:
            return None
        return tuple((*key, *least) for key in keys)

    def rows(
        self, snapshot: Snapshot, selection: Selection, keys: KeyRange, *, ordered: bool
    ) -> AsyncIterator[list[Row]]:
        """Yield the items, in the order of their parents."""
        return batched(self._found(snapshot, selection, keys, ordered=ordered))

    async def _found(
        self, snapshot: Snapshot, selection: Selection, keys: KeyRange, *, ordered: bool
    ) -> AsyncIterator[list[Row]]:
        """Yield the items of one parent at a time, or of as many as come together where no order is asked for."""
        width, places = selection.key_width, self._places(selection)
        async for key, parents in self._parents(snapshot, keys, selection.where, ordered=ordered):
            if keys.high is not None and ordered and key > keys.high[: len(self.by)]:
                break
            unwound = [row for parent in parents for row in self._unwound(parent, places)]
            found = [row for row in unwound if _within(row[:width], keys)]
            if ordered:
                found.sort(key=lambda row: row[:width])
            yield found

    async def now(self, snapshot: Snapshot, selection: Selection, keys: Sequence[Key]) -> list[Row]:
        """Return the items that these keys have now."""
        assert isinstance(snapshot, Rereads)
        parents = list(dict.fromkeys(key[: len(self.by)] for key in keys))
        wanted, places = set(keys), self._places(selection)
        rows = [
            row
            for parent in await snapshot.now(self._selection(selection.where), parents)
            for row in self._unwound(parent, places)
        ]
        return [row for row in rows if row[: selection.key_width] in wanted]

    async def _parents(
        self, snapshot: Snapshot, keys: KeyRange, where: str, *, ordered: bool
    ) -> AsyncIterator[tuple[Key, list[Row]]]:
        """Yield the parents by key; in batches as they come where no order is asked for."""
        width, selection = len(self.by), self._selection(where)
        if not ordered:
            async for batch in snapshot.rows(selection, self._of_parents(keys), ordered=False):
                yield (), batch
            return
        # A bound within a parent: that parent's items are on both sides of it.
        low, high = keys.low and keys.low[:width], keys.high and _after(keys.high[:width])
        rows = snapshot.rows(selection, KeyRange(low=low, high=high), ordered=True)
        async for group in groups(rows, width, self.parent.name):
            yield group

    def belongs(self, keys: KeyRange) -> Callable[[Row], bool]:
        """Return whether a parent counts for a range: for the one in which its items begin, where a bound is within a
        parent."""
        width = len(self.by)
        (low, after), (high, upto) = (
            ((), False) if key is None else (key[:width], not _is_least(key[width:])) for key in (keys.low, keys.high)
        )

        def in_range(parent: Row) -> bool:
            key = parent[:width]
            begins = not low or key > low or (key == low and not after)
            return begins and (not high or key < high or (key == high and upto))

        return in_range

    def _of_parents(self, keys: KeyRange) -> KeyRange:
        """Return the range of parents that holds these items: between two of `boundaries` those parents alone."""
        width, high = len(self.by), keys.high
        if high is not None and not _is_least(high[width:]):
            high = _after(high[:width])
        return KeyRange(low=keys.low and keys.low[:width], high=high and high[:width])

    def _selection(self, where: str) -> Selection:
        readings = [self._reading(column) for column in (*self.by, self.path[0])]
        return Selection(table=self.parent.name, readings=tuple(readings), key_width=len(self.by), where=where)

    def _reading(self, column: str) -> Reading:
        kind = self._column(column).kind
        return Reading(column=column, kind=kind, carried=self._own.hands_over(kind))

    def _column(self, column: str) -> ColumnSchema:
        found = self.parent.column(column)
        assert found is not None
        return found

    def _items(self, value: Value) -> list[Any]:
        """Return the items below a column's value; what is no array is one item, so that nothing is lost unseen."""
        found: Any = read_json(value)
        for field in self.path[1:]:
            found = found.get(field) if isinstance(found, Mapping) else None
        if found is None or found is MISSING or found is JSON_NULL:
            return []
        return found if isinstance(found, list) else [found]

    def _places(self, selection: Selection) -> list[tuple[int, str, Value]]:
        """Return for each column: the place in the parent's key or -1, the field, and what stands for a missing one."""
        return [
            (
                self.names.index(one.column) if one.column in self.names else -1,
                one.column,
                None if one.missing_is_null else MISSING,
            )
            for one in selection.readings
        ]

    def _unwound(self, parent: Row, places: Sequence[tuple[int, str, Value]]) -> Iterator[Row]:
        for at, item in enumerate(self._items(parent[-1]), start=self.first):
            fields = item if isinstance(item, Mapping) else {VALUE: item}
            yield tuple(
                parent[place] if place >= 0 else at if name == POSITION else fields.get(name, absent)
                for place, name, absent in places
            )


_LEAST: dict[TypeClass, Value] = {TypeClass.integer: -(2**63), TypeClass.text: "", TypeClass.bytes: b""}


def _is_least(parts: Key) -> bool:
    return all(part in _LEAST.values() for part in parts)


def _after(key: Key) -> Key | None:
    """Return the least key beyond this one, None where a store may not be able to express it."""
    last = key[-1]
    if last.__class__ is int and last < 2**63 - 1:
        return (*key[:-1], last + 1)
    return (*key[:-1], last + b"\0") if last.__class__ is bytes else None


def _within(key: Key, keys: KeyRange) -> bool:
    return (keys.low is None or key >= keys.low) and (keys.high is None or key < keys.high)


def _class_of(value: Value) -> TypeClass:
    return next((kind for python, kind in _CLASSES if isinstance(value, python)), TypeClass.other)


def _agreed(found: set[TypeClass]) -> TypeClass:
    if len(found) == 1:
        return next(iter(found))
    return TypeClass.decimal if found == _NUMBERS else TypeClass.other
