from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page.text import clip, left_out, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain <b>", "plain <b>"),
        ("Zoë 日本 ‹email:3f9a›", "Zoë 日本 ‹email:3f9a›"),
        ("a\x00b\x1b[2J", "a⟦U+0000⟧b⟦U+001B⟧[2J"),
        ("user\u202egnp.exe", "user⟦U+202E⟧gnp.exe"),
        ("a\u200bb\ufeff", "a⟦U+200B⟧b⟦U+FEFF⟧"),
        ("x\x00\x00\x00\x01y", "x⟦U+0000 ×3⟧⟦U+0001⟧y"),
        ("\ud800", "⟦U+D800⟧"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ],
)
def test_hidden_characters_are_named(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_shown_text_can_be_written_as_utf8(text: str) -> None:
    visible(text).encode()


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "abc… (+1)"), ("", 3, ""), ("x" * 2000, 4, "xxxx… (+1,996)")],
)
def test_clip_says_how_much_is_missing(text: str, limit: int, shown: str) -> None:
    assert clip(text, limit) == shown


@given(st.text(st.characters(exclude_categories=[]), max_size=200), st.integers(1, 50))
def test_clip_is_bounded(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= 2 * limit + 12


def test_one_line_folds_white_space() -> None:
    assert one_line("  a\n\n b\tc ", 10) == "a b c"


@pytest.mark.parametrize(
    ("held", "shown", "total", "text"),
    [
        (5, 5, 5, ""), (5, 5, 0, ""), (0, 0, 1, ""), (7, 5, 0, "and 2 more rows, in the JSON document"),
        (5, 5, 6, "and 1 more row, counted but not kept"),
        (7, 5, 9, "and 2 more rows, in the JSON document; and 2 more rows, counted but not kept"),
    ],
)  # fmt: skip
def test_left_out(held: int, shown: int, total: int, text: str) -> None:
    assert left_out(held, shown, total, "row") == text
