"""Whether the differing rows are those of one tenant, shard or kind: one value of a column that few values share."""

from __future__ import annotations

from typing import NamedTuple

from verify.equality.canonical import encode
from verify.store import Row, Value

MOST_VALUES = 256
"""Values of a column told apart; a column with more of them among the differing rows is not looked at."""
LEAST_ROWS = 10
"""Differing rows below which nothing is concluded."""
_SHARE = 0.9
_LONGEST = 128


class Concentrated(NamedTuple):
    """`n` of `total` differing rows hold `value` in this column."""

    column: str
    value: Value
    n: int
    total: int


class Spread:
    """Counts the values of every column over the differing rows, in bounded memory."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._values: list[dict[bytes, tuple[int, Value]] | None] = [{} for _ in columns]
        self._total = 0

    def add(self, row: Row) -> None:
        """Take in a differing row."""
        self._total += 1
        for at, known in enumerate(self._values):
            if known is None:
                continue
            value = row[at]
            if isinstance(value, str | bytes | list | dict) and len(value) > _LONGEST:
                self._values[at] = None
                continue
            mark = encode(value)
            known[mark] = known.get(mark, (0, value))[0] + 1, value
            if len(known) > MOST_VALUES:
                self._values[at] = None

    def concentrated(self) -> tuple[Concentrated, ...]:
        """Return the columns in which nearly all differing rows hold one value; whether other rows hold it too is for
        the store to say."""
        found = []
        for name, known in zip(self._columns, self._values, strict=True):
            if not known or self._total < LEAST_ROWS:
                continue
            _, (n, value) = max(sorted(known.items()), key=lambda entry: entry[1][0])
            if value is not None and n >= _SHARE * self._total:
                found.append(Concentrated(name, value, n, self._total))
        return tuple(found)
