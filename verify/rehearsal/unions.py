"""Made-up tables that are put together, and the ways in which their rows change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verify.derived.united import United
from verify.rehearsal.made_up import Column
from verify.rehearsal.scenes import MadeUpParts, Parts, Tables, Values


class Unions(MadeUpParts):
    """Tables whose rows are put together. A part is the place of the table and the row."""

    def __init__(self, source: United, columns: Sequence[Column], side: int, width: int) -> None:
        super().__init__(columns, side, width)
        self._source = source
        self._has = [{name for name in self.columns if table.column(name)} for table in source.tables]
        everywhere = [name for name in self.columns if all(name in has for has in self._has)]
        self.key = self.key or [name for name in everywhere if self.columns[name].numbered(0)][:1]

    def units(self) -> Iterator[tuple[str, Parts, Parts]]:
        """Yield rows that are lost, duplicated and changed; one that only moves to another table is equal."""
        number = 0

        def pair(k: int) -> Parts:
            nonlocal number
            number += 2
            return [self._part(k, number), self._part(k, number + 1)]

        for k, table in enumerate(self._source.tables):
            one, other = pair(k)
            yield "equal rows", [one, other], [one, other]
            one, other = pair(k)
            yield f"{table.name}: a row was lost", [one, other], [other]
            one, other = pair(k)
            yield f"{table.name}: a row was duplicated", [one, other], [one, one, other]
            elsewhere = (k + 1) % len(self._has)
            if self._has[k] == self._has[elsewhere]:
                one, other = pair(k)
                yield f"{table.name}: a row moved to another table", [one, other], [(elsewhere, one[1]), other]
            for name in self.columns:
                if name not in self._has[k] or name in self.key:
                    continue
                one, other = pair(k)
                swapped = [(k, {**one[1], name: other[1][name]}), (k, {**other[1], name: one[1][name]})]
                yield f"{table.name}: {name}: the values of two rows exchanged", [one, other], swapped
                one, other = pair(k)
                for change, value in self.changed(name, one[1][name]):
                    yield f"{table.name}: {change}", [one, other], [(k, {**one[1], name: value}), other]
                    one, other = pair(k)

    def _part(self, k: int, n: int) -> tuple[int, Values]:
        found = {}
        for name, column in self.columns.items():
            if name in self._has[k]:
                samples = column.samples
                found[name] = self.number(name, n) if name in self.key else samples[n % len(samples)]
        return k, found

    def rows(self, parts: Parts) -> list[Values]:
        """Return the rows of all parts."""
        return [values for _, values in parts]

    def tables(self, parts: Parts) -> Tables:
        """Return the tables."""
        found: Tables = {table.name: [] for table in self._source.tables}
        for k, values in parts:
            found[self._source.tables[k].name].append({name: self.raw(each) for name, each in values.items()})
        return found
