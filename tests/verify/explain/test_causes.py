from __future__ import annotations

import struct
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.explain.causes import cause_of

AT = datetime(2026, 1, 31, 10, 20, 30, 123_456, tzinfo=UTC)
FLOAT32 = struct.unpack("<f", struct.pack("<f", 19.99))[0]


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("abcdef", "abc", "cut at 3 characters"),
        ("abc   ", "abc", "trailing blanks lost"),
        ("abc", "abc  ", "trailing blanks added"),
        (" abc", "abc", "leading or trailing whitespace"),
        ("a b", "a  b", "whitespace"),
        ("a\r\nb", "a\nb", "whitespace"),
        ("Abc", "aBC", "case"),
        ("é", "e\u0301", "another Unicode normal form"),
        ("Zoë", "ZoÃ«", "UTF-8 read as another character set"),
        ("Zoë", "Zo?", "UTF-8 read as another character set"),
        ("abc", "", "text became empty"),
        ("abc", "xyz", ""),
        ("12.50", "12.5", "same number, written differently"),
        ("2026-01-31T10:20:30Z", "2026-01-31 10:20:30", "same instant, written differently"),
        ("2026-01-31 10:20:30.123456", "2026-01-31 10:20:30.123", "cut to milliseconds"),
        ("2026-01-31 10:20:30", "2026-01-31 11:20:30", "time offset +01:00"),
        (None, "", "NULL became empty text"),
        ("", None, "empty text became NULL"),
        ("a", None, "value became NULL"),
        (None, 0, "NULL became a value"),
        (AT, AT.replace(microsecond=123_000), "cut to milliseconds"),
        (AT, AT.replace(microsecond=0), "cut to seconds"),
        (AT.replace(microsecond=600_000), AT.replace(second=31, microsecond=0), "rounded to seconds"),
        (AT, AT.replace(second=0, microsecond=0), "cut to minutes"),
        (AT, AT - timedelta(hours=5, minutes=30), "time offset -05:30"),
        (AT, AT.replace(tzinfo=None) + timedelta(hours=2), "time offset +02:00"),
        (AT, AT + timedelta(days=3), "shifted by +3 days"),
        (AT, AT + timedelta(seconds=17), ""),
        (AT, AT.date(), "time of day dropped"),
        (date(2026, 1, 1), AT, "day became a timestamp"),
        (Decimal("1.255"), Decimal("1.26"), "rounded to 2 decimals"),
        (Decimal("1.245"), Decimal("1.24"), "rounded to 2 decimals"),
        (Decimal("1.259"), Decimal("1.25"), "cut to 2 decimals"),
        (Decimal("1.5"), 2, "rounded to 0 decimals"),
        (Decimal("0.30"), 0.1 + 0.2, "floating-point precision"),
        (19.99, FLOAT32, "precision of a 32-bit float"),
        (2**53 + 1, float(2**53), "precision of a float beyond 2**53"),
        (5, -5, "sign"),
        (12, 1200, "scaled by 10**2"),
        (1200, 12, "scaled by 10**-2"),
        (1, 7, ""),
        (1.5, float("nan"), ""),
        (1, "1", "became text, was a number"),
        ("1", 1, "text became a number"),
        ("a", b"a", "text became bytes"),
        (b"abc", b"ab", "cut at 2 bytes"),
        (True, 1, "boolean became another type"),
        (1, b"1", "another type"),
    ],
)
def test_causes_are_recognised(old: object, new: object, cause: str) -> None:
    assert cause_of(old, new) == cause


ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(), st.binary(), st.dates(),
    st.datetimes(), st.datetimes(timezones=st.just(UTC)), st.timedeltas(), st.lists(st.integers()),
)  # fmt: skip


@given(ANY, ANY)
def test_any_two_values_have_a_short_cause_or_none(old: object, new: object) -> None:
    assert len(cause_of(old, new)) <= 60
