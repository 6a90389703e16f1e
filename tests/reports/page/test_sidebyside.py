from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page.redacted import Piece
from reports.page.sidebyside import MAX_LINES, MAX_SHOWN, LinePair, Mark, compare, plain


def told(pairs: tuple[LinePair, ...]) -> list[tuple[str, str, str]]:
    """Mark and both sides, changed stretches in brackets."""

    def side(pieces: tuple[Piece, ...]) -> str:
        return "".join(f"[{piece.text}]" if "chg" in piece.look else piece.text for piece in pieces)

    return [(str(pair.mark), pair.note or side(pair.old), side(pair.new)) for pair in pairs]


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        (["total: 19.90"], ["total: 19.9"], [("changed", "total: [19.90]", "total: [19.9]")]),
        (["status: paid"], ["status: PAID"], [("changed", "status: [paid]", "status: [PAID]")]),
        (["at: 08:14:55Z"], ["at: 08:14:55+00:00"], [("changed", "at: 08:14:[55Z]", "at: 08:14:[55+00:00]")]),
        (["id: 812"], ['id: "812"'], [("changed", "id: [812]", 'id: ["812"]')]),
        (["same"], ["same"], [("equal", "same", "same")]),
        (["a", "gone"], ["a"], [("equal", "a", "a"), ("removed", "gone", "")]),
        (["a"], ["a", "new"], [("equal", "a", "a"), ("added", "", "new")]),
        (["alpha"], ["42"], [("changed", "alpha", "42")]),
        ([], [], []),
    ],
)
def test_lines_beside_each_other(old: list[str], new: list[str], rows: list[tuple[str, str, str]]) -> None:
    assert told(compare(old, new)) == rows


def test_equal_stretches_are_folded() -> None:
    old = [f"line {i}" for i in range(20)]
    new = [*old[:10], "other", *old[11:]]
    assert [row[:2] for row in told(compare(old, new))] == [
        ("skipped", "7 equal lines"), ("equal", "line 7"), ("equal", "line 8"), ("equal", "line 9"),
        ("changed", "line 10"), ("equal", "line 11"), ("equal", "line 12"), ("equal", "line 13"),
        ("skipped", "6 equal lines"),
    ]  # fmt: skip
    same = told(compare(old, old))
    assert [row[1] for row in same] == [
        "line 0",
        "line 1",
        "line 2",
        "14 equal lines",
        "line 17",
        "line 18",
        "line 19",
    ]


@pytest.mark.parametrize(("laid_out", "mark"), [(True, "equal"), (False, "changed")])
def test_a_comma_counts_only_in_text(laid_out: bool, mark: str) -> None:
    assert told(compare(['"a": 1,'], ['"a": 1'], laid_out=laid_out))[0][0] == mark


def test_long_texts_are_bounded_and_say_so() -> None:
    pairs = compare([str(i) for i in range(3000)], [f"x{i}" for i in range(3000)])
    assert len(pairs) == MAX_SHOWN + 1
    assert pairs[-1].note == f"and {3000 - MAX_SHOWN:,} more lines"
    alone = plain([str(i) for i in range(MAX_SHOWN + 7)])
    assert (len(alone), alone[-1].note) == (MAX_SHOWN + 1, "and 7 more lines")
    assert len(plain(["a"] * MAX_SHOWN)) == MAX_SHOWN < MAX_LINES


LINES = st.lists(st.text("ab .,1‹:›", max_size=6), max_size=12)


@given(LINES, LINES)
def test_nothing_is_lost_beside_folds(old: list[str], new: list[str]) -> None:
    pairs = compare(old, new)
    if not any(pair.mark is Mark.skipped for pair in pairs):
        for side, lines, absent in (("old", old, Mark.added), ("new", new, Mark.removed)):
            shown = ["".join(p.text for p in getattr(pair, side)) for pair in pairs if pair.mark is not absent]
            assert shown == lines
    changed = [pair for pair in pairs if pair.mark is not Mark.equal]
    assert bool(changed) == (old != new) or any(pair.mark is Mark.skipped for pair in pairs)
