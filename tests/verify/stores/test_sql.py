from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from verify.classes import TypeClass
from verify.store import KeyRange, Reading, Selection
from verify.stores.sql import quote, select_boundaries, select_count, select_rows


class Plain:
    def __init__(self, has_row_values: bool) -> None:
        self.has_row_values = has_row_values

    def value(self, _table: str, column: str) -> str:
        return quote(column)

    def key(self, _table: str, column: str) -> str:
        return quote(column)


SELECTION = Selection(
    table="t",
    readings=tuple(Reading(column=name, kind=TypeClass.integer) for name in ("a", "b", "c", "v")),
    key_width=3,
)


def test_quote_doubles_quotes() -> None:
    assert quote('a"b') == '"a""b"'
    assert select_count('a"b') == 'SELECT count(*) FROM "a""b"'


@pytest.mark.parametrize("has_row_values", [False, True])
@pytest.mark.parametrize("low", [None, (1, 1, 1), (0, 2, 0), (1, 0, 2)])
@pytest.mark.parametrize("high", [None, (1, 1, 1), (2, 0, 1), (0, 0, 0)])
def test_both_spellings_of_a_range_mean_what_tuples_mean(has_row_values: bool, low: Any, high: Any) -> None:
    keys = [(a, b, c) for a in range(3) for b in range(3) for c in range(3)]
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE t (a, b, c, v)")
    db.executemany("INSERT INTO t VALUES (?, ?, ?, 0)", reversed(keys))
    statement = select_rows(SELECTION, KeyRange(low=low, high=high), Plain(has_row_values), ordered=True)
    found = [row[:3] for row in db.execute(*statement)]
    db.close()
    assert found == [key for key in keys if (low is None or key >= low) and (high is None or key < high)]


@pytest.mark.parametrize(("step", "expected"), [(1, [1, 2, 3, 4]), (2, [2, 4]), (3, [3]), (5, []), (9, [])])
def test_boundaries_are_every_nth_key_but_the_first(step: int, expected: list[int]) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE t (a)")
    db.executemany("INSERT INTO t VALUES (?)", [(n,) for n in (3, 0, 4, 1, 2)])
    one = Selection(table="t", readings=(Reading(column="a"),), key_width=1)
    found = [row[0] for row in db.execute(*select_boundaries(one, step, Plain(True)))]
    db.close()
    assert found == expected
