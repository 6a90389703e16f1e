from __future__ import annotations

import pytest

from reports.page.redacted import pieces_of


@pytest.mark.parametrize(
    ("line", "begin", "end", "pieces"),
    [
        ("plain", 0, 0, [("plain", "")]),
        ("", 0, 0, []),
        ("a ‹email:3f9a1c20› b", 0, 0, [("a ", ""), ("‹email:3f9a1c20›", "red"), (" b", "")]),
        ("abc", 1, 2, [("a", ""), ("b", "chg"), ("c", "")]),
        ("k ‹a:1› x", 0, 9, [("k ", "chg"), ("‹a:1›", "chg red"), (" x", "chg")]),
        ("‹not a mark› ⟦U+202E⟧", 0, 0, [("‹not a mark› ⟦U+202E⟧", "")]),
    ],
)
def test_pieces(line: str, begin: int, end: int, pieces: list[tuple[str, str]]) -> None:
    assert [(piece.text, piece.look) for piece in pieces_of(line, begin, end)] == pieces
