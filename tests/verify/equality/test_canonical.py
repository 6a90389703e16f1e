from __future__ import annotations

import math
import struct
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verify.equality.canonical import MISSING, CanonicalError, encode, encode_row, microseconds


class Colour(IntEnum):
    red = 1


class Name(str):
    pass


EQUAL = [
    (1, 1.0),
    (1, Decimal("1.000")),
    (1, Colour.red),
    (0, -0.0),
    (0, Decimal("-0.00")),
    (0, Decimal("0E+5")),
    (10, Decimal("1E+1")),
    (2**64 - 1, Decimal(2**64 - 1)),
    (2**64, Decimal(2**64)),
    (-(2**63) - 1, Decimal(-(2**63) - 1)),
    (10**30, Decimal("1E+30")),
    (2**70, float(2**70)),
    (0.1, Decimal("0.10")),
    (1e-7, Decimal("0.0000001")),
    (5e-324, Decimal("5e-324")),
    (-2.5, Decimal("-2.50")),
    (float("nan"), struct.unpack("<d", b"\x01\0\0\0\0\0\xf8\xff")[0]),
    (float("nan"), Decimal("NaN")),
    (float("inf"), Decimal("Infinity")),
    ("a", Name("a")),
    (b"a", bytearray(b"a")),
    (b"a", memoryview(b"a")),
    ((1, 2.0), [1.0, 2]),
    ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}),
    (datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 12, tzinfo=UTC)),
    (datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))),
]

DISTINCT: list[object] = [
    None, MISSING, "", b"", " ", "\0", b"\0", 0, False, 1, True, "1", b"1", "0", -1, 2**53, 2**53 + 1, 2**63, 2**64,
    -(2**63) - 1, 10**30, 0.1, 0.10000000000000002, Decimal("0.1000000000000000000001"), Decimal("1E+30000"),
    Decimal("1E-30000"), Decimal("2E-30000"), 5e-324, 1e300, float("nan"), float("inf"), float("-inf"),
    "a", "A", "é", "e\u0301", "🙂", "\ud800", "\udc80", "NULL", "nan", "null",
    date(2026, 1, 1), datetime(2026, 1, 1), datetime(2026, 1, 1, microsecond=1), time(0), time(0, tzinfo=UTC),
    time(0, 0, 0, 1), timedelta(0), timedelta(microseconds=1), uuid.UUID(int=0), uuid.UUID(int=1), "2026-01-01",
    [], [None], [[]], {}, {"a": None}, {"a": MISSING}, {"": ""}, [1, 2], [2, 1], [[1], 2],
    {"a": 1}, ["a", 1], {1: "a"},
]  # fmt: skip


def _name(value: object) -> str:
    """Name a case the same in every process: the repr of a memoryview is an address."""
    return f"memoryview({bytes(value)!r})" if isinstance(value, memoryview) else repr(value)


@pytest.mark.parametrize(("one", "other"), EQUAL, ids=_name)
def test_declared_equivalences_have_the_same_bytes(one: object, other: object) -> None:
    assert encode(one) == encode(other)
    assert encode_row(("x", one, None)) == encode_row(("x", other, None))


def test_distinct_values_have_distinct_bytes() -> None:
    seen: dict[bytes, object] = {}
    for value in DISTINCT:
        mark = encode(value)
        assert mark not in seen, (value, seen.get(mark))
        seen[mark] = value


@pytest.mark.parametrize(
    ("one", "other"),
    [(("ab", "c"), ("a", "bc")), (("a", None), ("a", "")), ((1, 2), (12,)), (("",), ()), ((None, None), (None,))],
)
def test_columns_do_not_run_into_each_other(one: tuple[object, ...], other: tuple[object, ...]) -> None:
    assert encode_row(one) != encode_row(other)


def test_a_type_without_a_canonical_form_is_refused_by_name_not_by_value() -> None:
    with pytest.raises(CanonicalError, match="Fraction") as caught:
        encode(Fraction(17, 3))
    assert "17" not in str(caught.value)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(1970, 1, 1), 0),
        (datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=1))), -3_600_000_000),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999), -1),
        (datetime.max, 253402300799999999),
        (datetime.min, -62135596800000000),
    ],
)
def test_timestamps_are_microseconds_in_utc(at: datetime, expected: int) -> None:
    assert microseconds(at) == expected


NUMBERS = st.one_of(
    st.integers(), st.floats(), st.decimals(allow_nan=False), st.integers(-(2**70), 2**70), st.just(Decimal("NaN"))
)


def meaning(number: int | float | Decimal) -> object:
    """Return what a number means, by other arithmetic than the encoding's."""
    if isinstance(number, float):
        if math.isnan(number):
            return "nan"
        if math.isinf(number):
            return number
        return Fraction(number) if number.is_integer() else Fraction(repr(number))
    if isinstance(number, Decimal):
        if number.is_nan():
            return "nan"
        return float(number) if number.is_infinite() else Fraction(number)
    return Fraction(number)


@given(NUMBERS, NUMBERS)
@example(0.1, Decimal("0.1"))
@example(2**53 + 1, float(2**53))
@example(1e23, 10**23)
def test_numbers_have_the_same_bytes_exactly_when_they_mean_the_same(
    one: int | float | Decimal, other: int | float | Decimal
) -> None:
    assert (encode(one) == encode(other)) == (meaning(one) == meaning(other))


TEXTS = st.text(st.characters(), max_size=5)
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 3), TEXTS, st.binary(max_size=4), st.just(MISSING),
        st.dates(), st.datetimes(), st.uuids(), st.timedeltas(timedelta(days=-9), timedelta(days=9)),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=4,
)  # fmt: skip


def shape(value: object) -> object:
    """Return a value whose == is type-strict."""
    if isinstance(value, list):
        return ("list", tuple(shape(item) for item in value))
    if isinstance(value, dict):
        return ("dict", frozenset((shape(key), shape(item)) for key, item in value.items()))
    return (type(value), value)


@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_rows_have_the_same_bytes_exactly_when_they_are_the_same(one: list[object], other: list[object]) -> None:
    assert (encode_row(one) == encode_row(other)) == (shape(one) == shape(other))
    assert encode_row(one) == encode_row(list(one))
