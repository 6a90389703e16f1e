from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from verify.equality.canonical import MISSING
from verify.explain.causes import cause_of
from verify.explain.families import KINDS, Family, family_of

AT = datetime(2026, 1, 31, 10, 20, 30, 123_456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("abcdef", "abc", "truncation"),
        (b"abc", b"ab", "truncation"),
        ("abc  ", "abc", "trailing_blanks"),
        ("a b", "a  b", "whitespace"),
        ("A", "a", "case"),
        ("é", "e\u0301", "normal_form"),
        ("Zoë", "ZoÃ«", "mojibake"),
        (None, "", "null_and_empty"),
        ("a", "", "null_and_empty"),
        ("a", None, "value_lost"),
        (None, "a", "null_filled"),
        (None, MISSING, "missing_field"),
        ("a", MISSING, "missing_field"),
        (MISSING, None, "missing_field"),
        (AT, AT.replace(microsecond=123_000), "time_precision"),
        (AT, AT + timedelta(hours=2), "time_offset"),
        (AT, AT + timedelta(seconds=17.5), "time_offset"),
        (date(2026, 1, 1), date(2026, 1, 2), "time_offset"),
        (Decimal("1.255"), Decimal("1.26"), "number_precision"),
        (12, 1200, "scale"),
        (5, -5, "sign"),
        (5, 6, "number_offset"),
        (5, "5", "type"),
        (True, 1, "type"),
        (AT, AT.date(), "type"),
        ("12.50", "12.5", "spelling"),
        ("x", "y", "unexplained"),
        (float("nan"), 1.5, "unexplained"),
        (True, False, "unexplained"),
    ],
)
def test_every_cause_has_a_family(old: object, new: object, kind: str) -> None:
    family = family_of(cause_of(old, new), old, new)
    assert family.kind == kind
    assert kind in KINDS


def test_distances_are_exact() -> None:
    assert family_of("", AT, AT - timedelta(seconds=17, microseconds=5)).parameter == "shifted by -17.000005 s"
    assert family_of("", date(2026, 1, 1), date(2025, 12, 31)).parameter == "shifted by -1 days"
    assert family_of("", Decimal("0.1"), Decimal("10000000000000000000000.3")).parameter == (
        "changed by +10000000000000000000000.2"
    )
    assert family_of("", Decimal("1e-5000"), Decimal(1)) == Family("unexplained")
