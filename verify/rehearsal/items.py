"""Made-up parents with arrays, and the ways in which their items change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from verify.derived.unwound import POSITION, VALUE, Unwound
from verify.rehearsal.made_up import Column, numbered
from verify.rehearsal.scenes import MadeUpParts, Parts, Tables, Values, json_of
from verify.store import Value

ITEMS = 3


class Items(MadeUpParts):
    """Parents with arrays of three items. A part is the number of the parent and its items."""

    def __init__(self, source: Unwound, columns: Sequence[Column], side: int, width: int) -> None:
        super().__init__(columns, side, width)
        self._source = source
        self._fields = [name for name in self.columns if name not in (*source.names, POSITION)]

    def units(self) -> Iterator[tuple[str, Parts, Parts]]:
        """Yield items that are lost, added, exchanged, moved and changed."""
        number = 0

        def pair() -> tuple[Any, Any]:
            nonlocal number
            number += 2
            return self._parent(number), self._parent(number + 1)

        for at in range(ITEMS):
            one, other = pair()
            yield f"item {at + 1} of {ITEMS} was lost", [one, other], [_without(one, at), other]
            one, other = pair()
            yield f"item {at + 1} of {ITEMS} was duplicated", [one, other], [_with(one, one[1][at], at), other]
            one, other = pair()
            moved = [_without(one, at), _with(other, one[1][at], ITEMS)]
            yield f"item {at + 1} of {ITEMS} moved to another parent", [one, other], moved
        one, other = pair()
        yield "equal items", [one, other], [one, other]
        one, other = pair()
        yield "two items exchanged places", [one, other], [(one[0], [one[1][1], one[1][0], *one[1][2:]]), other]
        one, other = pair()
        yield "two parents exchanged items", [one, other], [(one[0], other[1]), (other[0], one[1])]
        one, other = pair()
        yield "an item was added", [one, other], [_with(one, self._item(one[0], ITEMS), ITEMS), other]
        one, other = pair()
        yield "all items were lost", [one, other], [(one[0], []), other]
        one, other = pair()
        yield "a parent was lost", [one, other], [other]
        for name in self._fields:
            one, other = pair()
            for change, value in self.changed(name, one[1][1][name]):
                yield change, [one, other], [_replaced(one, 1, {**one[1][1], name: value}), other]
                one, other = pair()
            if name != VALUE:
                left = {each: value for each, value in one[1][1].items() if each != name}
                yield f"{name}: a field was lost", [one, other], [_replaced(one, 1, left), other]

    def _parent(self, n: int) -> tuple[int, list[Values]]:
        return n, [self._item(n, at) for at in range(ITEMS)]

    def _item(self, n: int, at: int) -> Values:
        samples = {name: self.columns[name].samples for name in self._fields}
        return {
            name: self.number(name, 10 * n + at) if name in self.key else found[(n + at) % len(found)]
            for name, found in samples.items()
        }

    def rows(self, parts: Parts) -> list[Values]:
        """Return a row for each item."""
        found = []
        for n, items in parts:
            parent = {name: self.number(name, n) for name in self._source.names if name in self.columns}
            for at, item in enumerate(items):
                place = self.columns[POSITION].alike(self._source.first + at) if POSITION in self.columns else None
                found.append({**parent, **({} if place is None else {POSITION: place}), **item})
        return found

    def tables(self, parts: Parts) -> Tables:
        """Return the table of the parents."""
        first, *path = self._source.path
        rows = []
        for n, items in parts:
            row: dict[str, Value] = {}
            for name, column in zip(self._source.names, self._source.by, strict=True):
                selected = name in self.columns
                row[column] = self.raw(self.number(name, n)) if selected else numbered(self._kind(column), n)
            held: Any = [self._held(item) for item in items]
            for field in reversed(path):
                held = {field: held}
            row[first] = json_of(held) if self._source.in_text else held
            rows.append(row)
        return {self._source.parent.name: rows}

    def _kind(self, column: str) -> Any:
        found = self._source.parent.column(column)
        assert found is not None
        return found.kind

    def _held(self, item: Values) -> Value:
        fields = {name: self.raw(value) for name, value in item.items()}
        return fields[VALUE] if [*self._fields] == [VALUE] else fields


def _with(parent: Any, item: Values, at: int) -> Any:
    return parent[0], [*parent[1][:at], item, *parent[1][at:]]


def _without(parent: Any, at: int) -> Any:
    return parent[0], [*parent[1][:at], *parent[1][at + 1 :]]


def _replaced(parent: Any, at: int, item: Values) -> Any:
    return parent[0], [*parent[1][:at], item, *parent[1][at + 1 :]]
