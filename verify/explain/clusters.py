"""Clusters the differing rows of a pair into causes, while they pass.

Counters and a few examples are held, never the rows: memory depends on the number of columns. Every difference is
counted under exactly one cause (except those that overlap, and say so), and neither counts nor examples depend on
the order in which the differences come.

Cannot see: the rows that are equal. So a mapping, a length or an offset is one of the rows that differ.
"""

from __future__ import annotations

from shadow.records import DataCause, DataFinding
from verify.classes import TypeClass
from verify.explain import words
from verify.explain.columns import Column
from verify.explain.rowsets import RowSet
from verify.explain.spread import Concentrated, Spread
from verify.planning.plan import Pair
from verify.rows.rowdiff import RowDifference
from verify.store import Row, Value
from verify.telling.render import Redact

MOST_CAUSES = 20
"""Causes named; the others are summed up in one."""



class Clusters:
    """Takes in all differences of one pair. `ordered` are the places of the columns that rows may end at."""

    def __init__(self, pair: Pair, redact: Redact) -> None:
        self._pair, self._redact = pair, redact
        readings, width = pair.old_selection.readings, pair.old_selection.key_width
        self._names = tuple(reading.column for reading in readings)
        timed = {
            reading.column: at
            for at, reading in enumerate(readings)
            if reading.kind in (TypeClass.timestamp, TypeClass.date)
        }
        key = (0, self._names[0]) if width == 1 and readings[0].kind is TypeClass.integer else None
        self.missing, self.extra = RowSet(timed, key), RowSet(timed, key)
        self.ordered = tuple(sorted({*timed.values(), *((0,) if key is not None else ())}))
        self._columns: dict[str, Column] = {}
        self._spread = Spread(self._names)
        self._not_shown = 0
        self._values = 0

    @property
    def total(self) -> int:
        """How many differences were taken in: a row of one side is one, each differing value is one."""
        return self.missing.n + self.extra.n + self._values + self._not_shown

    def not_shown(self) -> None:
        """Take in a difference that is known by its hash alone."""
        self._not_shown += 1

    def row(self, difference: RowDifference, finding: DataFinding) -> None:
        """Take in a row that one side has."""
        row, rows = (difference.old, self.missing) if difference.new is None else (difference.new, self.extra)
        assert row is not None
        rows.add(row, finding)
        self._spread.add(row)

    def changed(self, old: Row, values: list[tuple[Value, Value, DataFinding]]) -> None:
        """Take in a row that both sides have, with the values that differ."""
        self._spread.add(old)
        for one, other, finding in values:
            column = self._columns.get(finding.column)
            if column is None:
                column = self._columns[finding.column] = Column(finding.column, self._redact)
            column.add(one, other, finding)
            self._values += 1

    def concentrated(self) -> tuple[Concentrated, ...]:
        """Return where nearly all differing rows hold one value."""
        return self._spread.concentrated()

    def causes(self, known: words.Known) -> tuple[DataCause, ...]:
        """Return the causes, the most frequent first: those whose counts add up to all, then those that overlap."""
        found: list[DataCause] = []
        for name in sorted(self._columns):
            found += [words.of_values(self._pair, name, group, self._redact) for group in self._columns[name].groups()]
        for rows, latest, is_missing in (
            (self.missing, known.latest_new, True), (self.extra, known.latest_old, False),
        ):  # fmt: skip
            if rows.n:
                found += words.of_rows(rows, latest, self._redact, is_missing=is_missing)
        if self._not_shown:
            found.append(DataCause(kind="not_shown", what="rows known by their hashes alone", n=self._not_shown))
        found = _bounded(sorted(found, key=_rank))
        total = self.total
        found += words.of_concentration(self.concentrated(), known, self._redact)
        return tuple(words.shared(cause, total) for cause in found)


def _bounded(found: list[DataCause]) -> list[DataCause]:
    if len(found) <= MOST_CAUSES:
        return found
    rest = found[MOST_CAUSES - 1 :]
    return [*found[: MOST_CAUSES - 1], DataCause(kind="other", what=f"{len(rest)} more causes",
                                                 n=sum(one.n for one in rest))]  # fmt: skip


def _rank(cause: DataCause) -> tuple[int, str, str, str]:
    return -cause.n, cause.kind, cause.column, cause.what


