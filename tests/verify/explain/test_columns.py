from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shadow.records import DataFinding
from verify.explain.causes import cause_of
from verify.explain.columns import MOST_PAIRS, MOST_PARAMETERS, Column
from verify.telling.render import keep

AT = datetime(2026, 1, 1, tzinfo=UTC)


def groups(pairs: list[tuple[Any, Any]]) -> list[tuple[str, str, int]]:
    column = Column("c", keep)
    for n, (old, new) in enumerate(pairs):
        note = cause_of(old, new)
        column.add(old, new, DataFinding(kind="value", table="t", column="c", key=f"id={n}", note=note))
    return [(*group.family, group.n) for group in column.groups()]


def test_a_mapping_of_few_values_is_one_cause() -> None:
    codes = {"active": "A", "closed": "C", "pending": "P"}
    found = groups([(old, codes[old]) for old in [*codes] * 10])
    assert found == [("remap", '"active" to "A", "closed" to "C", "pending" to "P"', 30)]


def test_a_mapping_into_another_type_is_one_too() -> None:
    assert groups([(1, "one"), (2, "two")] * 3) == [("remap", '1 to "one", 2 to "two"', 6)]
    assert groups([(True, "Y"), (False, "N")] * 5)[0][0] == "remap"
    # True is 1 to Python, and not to the mapping.
    assert groups([(1, "one"), (True, "yes")] * 3)[0][1] == '1 to "one", true to "yes"'


def test_what_is_inconsistent_or_rare_is_no_mapping() -> None:
    assert groups([("a", "x"), ("b", "y"), ("a", "z")] * 9) == [("unexplained", "", 27)]
    assert groups([("a", "x"), ("b", "y")]) == [("unexplained", "", 2)]
    assert groups([(f"v{n}", f"w{n}") for n in range(MOST_PAIRS + 1)] * 4)[0][0] == "unexplained"
    assert groups([(f"v{n}", f"w{n}") for n in range(MOST_PAIRS)] * 4)[0][0] == "remap"


def test_everything_became_one_value() -> None:
    assert groups([("a", "?!"), ("b", "?!"), ("c", "?!")] * 5) == [
        ("constant", 'every value that differs became "?!"', 15)
    ]
    assert groups([(f"v{n}", "?!") for n in range(2 * MOST_PAIRS)])[0][0] == "constant"
    assert groups([("a", "?!")] * 9) == [("unexplained", "", 9)]
    assert groups([("a", "?!")] * 10) == [("remap", '"a" to "?!"', 10)]


def test_case_stays_case_where_it_explains_all() -> None:
    assert groups([("Active", "ACTIVE"), ("Closed", "CLOSED")] * 9) == [("case", "case", 18)]
    mixed = groups([("Active", "ACTIVE"), ("Closed", "gone")] * 9)
    assert mixed == [("remap", '"Active" to "ACTIVE", "Closed" to "gone"', 18)]


def test_a_constant_distance_is_a_cause_and_various_ones_are_none() -> None:
    assert groups([(AT + timedelta(days=n), AT + timedelta(days=n, seconds=17)) for n in range(9)]) == [
        ("time_offset", "shifted by +17 s", 9)
    ]
    assert groups([(AT, AT + timedelta(seconds=17 + n)) for n in range(9)]) == [("unexplained", "", 9)]
    assert groups([(n, n + 3) for n in range(20)]) == [("number_offset", "changed by +3", 20)]
    assert groups([(n, n * 7 + 1) for n in range(1, 20)]) == [("unexplained", "", 19)]


def test_two_offsets_are_told_apart() -> None:
    pairs = [(AT + timedelta(days=n), AT + timedelta(days=n, hours=1 + n % 2)) for n in range(20)]
    assert groups(pairs) == [("time_offset", "time offset +01:00", 10), ("time_offset", "time offset +02:00", 10)]


def test_many_lengths_are_counted_together() -> None:
    text = "x" * 500
    assert groups([(text, text[: n + 1]) for n in range(MOST_PARAMETERS + 1)]) == [
        ("truncation", "", MOST_PARAMETERS + 1)
    ]
    few = groups([(text, text[:40])] * 97 + [(text, text[:n]) for n in (5, 6, 7)])
    assert few == [("truncation", "cut at 40 characters", 97), ("truncation", "", 3)]
