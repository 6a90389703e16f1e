from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.classes import TypeClass
from verify.equality.carriers import (
    read_boolean,
    read_date,
    read_decimal,
    read_float,
    read_integer,
    read_interval,
    read_json,
    read_time,
    read_timestamp,
    read_uuid,
)
from verify.equality.reading import reader_of
from verify.equality.values import Interval
from verify.store import Reading, Selection

AT = datetime(2026, 1, 31, 10, 20, 30, tzinfo=UTC)
HALF = AT.replace(microsecond=500_000)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (read_boolean, 1, True),
        (read_boolean, 0, False),
        (read_boolean, "TRUE", True),
        (read_boolean, "f", False),
        (read_integer, "-12", -12),
        (read_integer, "9007199254740993", 2**53 + 1),
        (read_decimal, "12.50", Decimal("12.50")),
        (read_decimal, ".5", Decimal("0.5")),
        (read_decimal, "1e3", Decimal(1000)),
        (read_float, "0.1", 0.1),
        (read_float, "-inf", float("-inf")),
        (read_timestamp, "2026-01-31T10:20:30Z", AT),
        (read_timestamp, "2026-01-31 10:20:30.5", HALF),
        (read_timestamp, "2026-01-31T12:20:30+02:00", AT),
        (read_timestamp, "2026-01-31T12:20:30+02", AT),
        (read_timestamp, "2026-01-31T12:20:30+0200", AT),
        (read_timestamp, "2026-01-31T10:20:30.500000000Z", HALF),
        (read_timestamp, "2026-01-31 10:20", AT.replace(second=0)),
        (read_date, "2026-01-31", date(2026, 1, 31)),
        (read_time, "10:20:30", time(10, 20, 30)),
        (read_interval, "P1Y2M3W4DT5H6M7.5S", Interval(14, 25, ((5 * 60 + 6) * 60 + 7) * 1_000_000 + 500_000)),
        (read_interval, "P-1MT-0.5S", Interval(-1, 0, -500_000)),
        (read_interval, "PT0S", Interval(0, 0, 0)),
        (read_interval, "1 year 2 months 3 days -00:00:01.000001", Interval(14, 3, -1_000_001)),
        (read_interval, "1 day", Interval(0, 1, 0)),
        (read_interval, "24:00:00", Interval(0, 0, 86_400_000_000)),
        (read_uuid, "00000000-0000-0000-0000-000000000001", uuid.UUID(int=1)),
        (read_uuid, "00000000000000000000000000000001", uuid.UUID(int=1)),
        (read_uuid, b"\0" * 15 + b"\1", uuid.UUID(int=1)),
        (read_json, '{"b": 1.10, "a": [null]}', {"a": [None], "b": Decimal("1.10")}),
        (read_json, "12345678901234567890.1", Decimal("12345678901234567890.1")),
    ],
)
def test_a_carrier_is_read_as_what_it_means(
    read: Callable[[object], object], value: object, expected: object
) -> None:
    found = read(value)
    assert type(found) is type(expected)
    assert found == expected


@pytest.mark.parametrize("text", ["2026-01-31 10:20:30", "2026-01-31T10:20:30.500000", "2026-01-31 10:20:30.000001"])
def test_the_quick_way_reads_timestamps_like_the_general_one(text: str) -> None:
    quick, general = read_timestamp(text), read_timestamp(f"{text}Z")
    assert isinstance(quick, datetime) and isinstance(general, datetime)
    assert quick.replace(tzinfo=UTC) == general


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (read_boolean, 2),
        (read_boolean, "yes"),
        (read_boolean, 1.0),
        (read_boolean, None),
        (read_integer, "1.0"),
        (read_integer, " 1"),
        (read_integer, "1_000"),
        (read_integer, "١"),
        (read_decimal, "12,50"),
        (read_decimal, "NaN"),
        (read_decimal, "1e99999"),
        (read_decimal, ""),
        (read_float, "abc"),
        (read_timestamp, "2026-01-31 10:20:30.0000001"),
        (read_timestamp, "2026-02-30 10:20:30"),
        (read_timestamp, "2026-02-30T10:20:30Z"),
        (read_timestamp, "20260131T102030"),
        (read_timestamp, "2026-01-31"),
        (read_timestamp, 1769854830),
        (read_timestamp, "0001-01-01 00:00:00+14:00"),
        (read_timestamp, "2026-W05-6 10:20:30"),
        (read_date, "2026-02-30"),
        (read_date, "20260131"),
        (read_interval, "P"),
        (read_interval, "P1DT"),
        (read_interval, " "),
        (read_interval, "soon"),
        (read_interval, "1"),
        (read_interval, 86400),
        (read_time, "25:00:00"),
        (read_uuid, "zz000000-0000-0000-0000-000000000001"),
        (read_uuid, b"short"),
        (read_json, '{"a": 1, "a": 2}'),
        (read_json, "[NaN]"),
        (read_json, "[1e999999999]"),
        (read_json, "[" * 100_000),
        (read_json, "{"),
    ],
)
def test_what_cannot_be_read_stays_as_it_is(read: Callable[[object], object], value: object) -> None:
    assert read(value) is value


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_iso_timestamp_is_read_back(at: datetime) -> None:
    for text in (at.isoformat(), at.isoformat(sep=" "), at.isoformat().replace("+00:00", "Z")):
        assert read_timestamp(text) == at


def test_only_carried_columns_are_read() -> None:
    selection = Selection(
        table="t",
        readings=(
            Reading(column="a", kind=TypeClass.integer),
            Reading(column="b", kind=TypeClass.integer, carried=True),
            Reading(column="c", kind=TypeClass.text, carried=True),
        ),
    )
    assert reader_of(selection)(("1", "1", "1")) == ("1", 1, "1")
