"""The rows that only one side has: whether they are the newest ones, whole ranges of keys, or scattered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from shadow.records import DataFinding
from verify.equality.canonical import encode_row
from verify.explain.gaps import Gap, Keys
from verify.explain.samples import Sample, rank_of
from verify.store import Row, Value

EXAMPLES = 3


class Since(NamedTuple):
    """All these rows lie beyond the latest value that the other side has of a column."""

    column: str
    first: Value
    latest: Value


class RowSet:
    """Takes in rows of one side. `instants` are the places of columns that hold instants or days, by name; `key` is
    the place and name of a single integer key, None where there is none."""

    def __init__(self, instants: dict[str, int], key: tuple[int, str] | None) -> None:
        self._instants, self._key = instants, key
        # None: a column of instants and days, which have no common order.
        self._first: dict[str, tuple[int, Value] | None] = {}
        self._keys: Keys | None = Keys() if key is not None else None
        self._least_key: int | None = None
        self.sample: Sample[DataFinding] = Sample(EXAMPLES)

    @property
    def n(self) -> int:
        """How many rows there are."""
        return self.sample.seen

    def add(self, row: Row, finding: DataFinding) -> None:
        """Take in a row."""
        self.sample.add(rank_of(encode_row(row)), lambda: finding)
        for name, at in self._instants.items():
            value = comparable(row[at])
            known = self._first.get(name, (0, value))
            if value is None or known is None:
                continue
            same = value.__class__ is known[1].__class__
            self._first[name] = (known[0] + 1, value if _before(value, known[1]) else known[1]) if same else None
        if self._keys is not None and self._key is not None:
            key = row[self._key[0]]
            if key.__class__ is int:
                assert isinstance(key, int)
                self._keys.add(key)
                self._least_key = key if self._least_key is None else min(self._least_key, key)
            else:
                self._keys = None

    def since(self, latest: dict[str, Value]) -> Since | None:
        """Return since when the other side has nothing, given the latest values that it has; a column of instants
        rather than the key."""
        for name in sorted(self._instants):
            n, first = self._first.get(name) or (0, None)
            last = comparable(latest.get(name))
            if n == self.n and n and last is not None and _before(last, first):
                return Since(name, first, last)
        if self._keys is not None and self._key is not None and self._least_key is not None:
            last = latest.get(self._key[1])
            if last.__class__ is int and isinstance(last, int) and last < self._least_key:
                return Since(self._key[1], self._least_key, last)
        return None

    def gaps(self) -> tuple[tuple[Gap, ...], bool]:
        """Return the whole ranges of keys among these rows, and whether those are all there are."""
        return (self._keys.gaps(), self._keys.is_exact) if self._keys is not None else ((), True)


def comparable(value: Value) -> Value:
    """Return an instant in UTC or a day as it is, None for anything else."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value
    return value if isinstance(value, date) else None


def _before(one: Value, other: Value) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    days = [side for side in (one, other) if isinstance(side, date) and not isinstance(side, datetime)]
    return len(days) == 2 and days[0] < days[1]
