from __future__ import annotations

import math
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.equality.canonical import encode
from verify.equality.carriers import read_decimal, read_float, read_json, read_timestamp
from verify.equality.values import JSON_NULL, Endless, Foreign, Interval, ObjectKey
from verify.repair.change import CannotWriteError, Change
from verify.repair.spelling import DuckdbSpelling, SqliteSpelling
from verify.repair.texts import json_of, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"), (7, "7"), (Decimal("1.50"), "1.50"), (0.1, "0.1"), (math.inf, "Infinity"), (math.nan, "NaN"),
        (date(1, 1, 1), "0001-01-01"), (time(1, 2, 3, 4), "01:02:03.000004"),
        (datetime(2026, 1, 31, 10, tzinfo=timezone(timedelta(hours=2))), "2026-01-31 08:00:00+00:00"),
        (datetime(1, 1, 1, microsecond=7), "0001-01-01 00:00:00.000007"),
        (timedelta(days=-1), "-86400000000 microseconds"), (Interval(1, -2, 3), "1 months -2 days 3 microseconds"),
        (Endless.before, "-infinity"), (ObjectKey(b"\1" * 12), "01" * 12), (uuid.UUID(int=1), str(uuid.UUID(int=1))),
        ({"a": [1, None, JSON_NULL, Decimal("2.50")]}, '{"a": [1, null, null, 2.50]}'), (JSON_NULL, "null"),
    ],
)  # fmt: skip
def test_values_as_text(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [Foreign("regex", b"a"), "\udc80", {"a": math.nan}, object()])
def test_what_has_no_text_is_refused(value: object) -> None:
    with pytest.raises(CannotWriteError):
        text_of(value)


@given(st.one_of(st.floats(allow_nan=False), st.decimals(allow_nan=False, allow_infinity=False), st.integers()))
def test_numbers_read_back_as_the_same(value: float | Decimal | int) -> None:
    read = read_float if isinstance(value, float) else read_decimal
    assert encode(read(text_of(value))) == encode(value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_read_back_as_the_same(value: datetime) -> None:
    assert encode(read_timestamp(text_of(value))) == encode(value)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(st.characters(exclude_categories=["Cs"]))),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=8,
)


@given(st.lists(JSON))
def test_documents_read_back_as_the_same(value: list[object]) -> None:
    assert encode(read_json(json_of(value))) == encode(value)


@given(st.text())
def test_no_literal_has_a_control_character(text: str) -> None:
    for spelling in (SqliteSpelling(), DuckdbSpelling({"c": "VARCHAR"})):
        try:
            literal = spelling.literal("c", text)
        except CannotWriteError:
            continue
        assert not any(ord(letter) < 32 for letter in literal)


def test_undoing_twice_is_the_change_itself() -> None:
    changes = [
        Change(kind="update", table="t", key=("id",), before={"id": 1, "a": "x", "b": 2}, after={"a": "y"}),
        Change(kind="insert", table="t", key=("id",), after={"id": 1, "a": "x"}),
        Change(kind="delete", table="t", key=("id",), before={"id": 1, "a": "x"}),
    ]
    assert [change.undone().undone() for change in changes] == changes
    assert changes[0].undone().before == {"id": 1, "a": "y", "b": 2}
