"""Instants: what is one, and how it is written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.compare.instants import parse_instant


@pytest.mark.parametrize(
    ("text", "utc", "fraction", "offset_s", "style"),
    [
        ("2026-01-31T10:00:00Z", "2026-01-31 10:00:00", "", 0, "iso T 8 0 Z"),
        ("2026-01-31t10:00:00.120z", "2026-01-31 10:00:00", "120", 0, "iso t 8 3 z"),
        ("2026-01-31 10:00+0530", "2026-01-31 04:30:00", "", 19800, "iso   5 0 offset5"),
        ("2026-01-31T10:00:00,5 -08:00", "2026-01-31 18:00:00", "5", -28800, "iso T 8 1 offset6"),
        ("2026-01-31T10:00:00", "2026-01-31 10:00:00", "", None, "iso T 8 0 none"),
        ("Sat, 31 Jan 2026 10:00:00 GMT", "2026-01-31 10:00:00", "", 0, "http"),
        ("Sat, 31 Jan 2026 10:00:00 +0100", "2026-01-31 09:00:00", "", 3600, "http"),
    ],
)
def test_read(text: str, utc: str, fraction: str, offset_s: int | None, style: str) -> None:
    """Reading, fraction, offset and style."""
    instant = parse_instant(text)
    assert instant is not None
    want = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert (instant.utc, instant.fraction, instant.offset_s, instant.style) == (want, fraction, offset_s, style)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-31",
        "10:00:00",
        "2026-02-30T10:00:00Z",
        "2026-01-31T25:00:00Z",
        "2026-01-31T10:00:00+99:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-31T10:00:00Z and more",
        "1767261603",
        "Xyz, 31 Jan 2026 10:00:00 XYZ",
        "Sat, 99 Jan 2026 10:00:00 GMT",
        "٢٠٢٦-01-31T10:00:00Z",
    ],
)
def test_not_an_instant(text: str) -> None:
    """Never a guess, never an error."""
    assert parse_instant(text) is None


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))
def test_round_trip(moment: datetime) -> None:
    """What Python writes is read as the same reading."""
    instant = parse_instant(moment.isoformat())
    assert instant is not None and instant.wall == moment.replace(microsecond=0)
    assert instant.fraction == (f"{moment.microsecond:06}" if moment.microsecond else "")


@given(st.text(alphabet="0123456789-:TZ+. ", min_size=10, max_size=40))
def test_never_fails(text: str) -> None:
    """Any text is an instant or none."""
    instant = parse_instant(text)
    assert instant is None or instant.utc.tzinfo is UTC
