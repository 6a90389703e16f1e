from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

import pytest

from verify.equality.canonical import MISSING
from verify.telling.render import keep, render, render_key, render_pair, render_row


def hide_mails(_column: str, text: str) -> str:
    return re.sub(r"\w+@\w+\.\w+", "<mail>", text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "NULL"),
        ("NULL", '"NULL"'),
        ("", '""'),
        ('say "hi"\n', '"say \\"hi\\"\\n"'),
        ("\ud800", '"?"'),
        (True, "true"),
        (1, "1"),
        (Decimal("1.50"), "1.50"),
        (Decimal("2.000010E+10"), "20000100000"),
        (Decimal("1E+100"), "1E+100"),
        (b"\x00\xff", "0x00ff (2 bytes)"),
        (datetime(2026, 1, 31, 10), "2026-01-31T10:00:00"),
        (MISSING, "missing"),
        (float("nan"), "nan"),
        ([1], "[1]"),
    ],
)
def test_values_look_different_when_they_are(value: object, expected: str) -> None:
    assert render("c", value) == expected


def test_long_text_is_cut_and_says_how_long_it_is() -> None:
    shown = render("c", "x" * 1_000_000)
    assert len(shown) < 220
    assert shown.endswith("(1,000,000 characters)")


def test_long_texts_are_shown_where_they_differ() -> None:
    text = "word " * 1000
    old, new = render_pair("c", f"{text}left tail", f"{text}right tail")
    assert "left tail" in old and "right tail" in new


def test_redaction_comes_before_the_cut() -> None:
    text = "x" * 150 + " someone@example.org"
    assert "someone" not in render("c", text, hide_mails)
    assert "someone" not in render("c", b"to someone@example.org", hide_mails)
    assert render("c", b"to a@b.org", hide_mails) == "to <mail> (10 bytes)"
    long = "word " * 500 + "someone@example.org"
    for shown in render_pair("c", long, f"{long} x", hide_mails):
        assert "someone" not in shown


def test_redaction_is_told_the_column() -> None:
    seen: list[tuple[str, str]] = []

    def note(column: str, text: str) -> str:
        seen.append((column, text))
        return "*"

    assert render_key(("id", "name"), (7, "x"), note) == 'id=*, name="*"'
    assert seen == [("id", "7"), ("name", "x")]


def test_a_row_is_bounded_however_wide_it_is() -> None:
    assert len(render_row(tuple(f"c{n}" for n in range(500)), tuple(range(500)), keep)) < 200
