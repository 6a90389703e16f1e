"""Made-up tables that are joined, and the ways in which their rows change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from verify.derived.joined import Joined
from verify.rehearsal.made_up import Column, numbered
from verify.rehearsal.scenes import NULL, MadeUpParts, Parts, Tables, Values
from verify.store import Value


class Joins(MadeUpParts):
    """Tables with a row for every key. A part is the place of the table, the number of the key, and the row."""

    def __init__(self, source: Joined, columns: Sequence[Column], side: int, width: int) -> None:
        super().__init__(columns, side, width)
        self._source = source
        self._owned = [
            [name for name in self.columns if name not in source.key and source.owners[name][0] is table]
            for table in source.tables
        ]

    def units(self) -> Iterator[tuple[str, Parts, Parts]]:
        """Yield rows of parts that are lost, duplicated, moved and changed."""
        number = 0

        def pair() -> Parts:
            nonlocal number
            number += 2
            return [self._part(k, n) for k in range(len(self._owned)) for n in (number, number + 1)]

        def unit(change: str, k: int, *become: Any) -> tuple[str, Parts, Parts]:
            return f"{self._source.tables[k].name}: {change}", parts, [*parts[: 2 * k], *become, *parts[2 * k + 2 :]]

        parts = pair()
        yield "equal rows", parts, parts
        parts = pair()
        yield "a row was lost in all tables", parts, parts[1::2]
        for k, names in enumerate(self._owned):
            parts = pair()
            yield unit("a row was lost", k, parts[2 * k + 1])
            parts = pair()
            yield unit("a row was duplicated", k, parts[2 * k], *parts[2 * k : 2 * k + 2])
            parts = pair()
            one, other = parts[2 * k : 2 * k + 2]
            yield unit("a row moved to another key", k, (k, other[1], one[2]), other)
            for name in names:
                parts = pair()
                one, other = parts[2 * k : 2 * k + 2]
                swapped = ({**one[2], name: other[2][name]}, {**other[2], name: one[2][name]})
                yield unit(f"{name}: the values of two rows exchanged", k, (k, one[1], swapped[0]),
                           (k, other[1], swapped[1]))  # fmt: skip
                parts = pair()
                for change, value in self.changed(name, parts[2 * k][2][name]):
                    one, other = parts[2 * k : 2 * k + 2]
                    yield unit(change, k, (k, one[1], {**one[2], name: value}), other)
                    parts = pair()

    def _part(self, k: int, n: int) -> tuple[int, int, Values]:
        found = {}
        for name in self._owned[k]:
            samples = self.columns[name].samples
            found[name] = self.number(name, n) if name in self.key else samples[n % len(samples)]
        return k, n, found

    def rows(self, parts: Parts) -> list[Values]:
        """Return each row of a part with each of the others' of its key; NULL where a part has none."""
        groups: dict[int, list[list[Values]]] = defaultdict(lambda: [[] for _ in self._owned])
        for k, n, values in parts:
            groups[n][k].append(values)
        found = []
        for n, rows in groups.items():
            key = {name: self.number(name, n) for name in self._source.key if name in self.columns}
            absent = [[dict.fromkeys(names, NULL)] for names in self._owned]
            found += [
                key | {name: value for values in each for name, value in values.items()}
                for each in product(*(some or nothing for some, nothing in zip(rows, absent, strict=True)))
            ]
        return found

    def tables(self, parts: Parts) -> Tables:
        """Return the tables."""
        found: Tables = {table.name: [] for table in self._source.tables}
        for k, n, values in parts:
            table = self._source.tables[k]
            row: dict[str, Value] = {self._source.owners[name][1]: self.raw(each) for name, each in values.items()}
            for name, column in zip(self._source.key, self._source.keys[table.name], strict=True):
                kind = table.column(column)
                assert kind is not None
                row[column] = self.raw(self.number(name, n)) if name in self.columns else numbered(kind.kind, n)
            found[table.name].append(row)
        return found
