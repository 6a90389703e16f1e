from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from verify.equality.canonical import encode
from verify.equality.carriers import read_json
from verify.equality.values import JSON_NULL, Endless, FarDay, FarInstant, Interval, day, instant

ALL = [
    None, "", JSON_NULL, Endless.before, Endless.after, FarInstant(2**62), FarInstant(2**63 + 1), FarDay(2**30),
    Interval(1, 0, 0), Interval(0, 30, 0), Interval(0, 0, 1), Interval(0, 1, 1), datetime.max, datetime.min,
]  # fmt: skip


def test_all_of_them_are_different() -> None:
    assert len({encode(value) for value in ALL}) == len(ALL)


def test_each_says_what_it_is() -> None:
    assert [str(value) for value in (Endless.after, FarDay(-735160), Interval(1, 2, 3))] == [
        "infinity",
        "-42.8 years, -735160 days since 1970",
        "1 months 2 days 3 microseconds",
    ]
    assert str(FarInstant(9224318015999999999)).startswith("294277.")


def test_json_null_is_not_null() -> None:
    assert read_json("null") is JSON_NULL
    assert encode(read_json("null")) != encode(None)
    assert read_json("[null]") == [None]


@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_years_that_python_knows_stay_its_own(year: int) -> None:
    at = datetime(year, 1, 1, tzinfo=UTC)
    assert instant((at - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400_000_000) == at
    assert day((at - datetime(1970, 1, 1, tzinfo=UTC)).days) == date(year, 1, 1)


def test_the_microsecond_after_the_last_one_is_far() -> None:
    last = 253402300799999999
    assert instant(last) == datetime.max.replace(tzinfo=UTC)
    assert instant(last + 1) == FarInstant(last + 1)
    assert day(-719163) == FarDay(-719163)


def test_endless_ones_are_at_the_ends() -> None:
    assert Endless.before < Endless.after
    assert not Endless.after < Endless.before
    assert Endless.after > Endless.before
