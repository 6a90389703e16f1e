"""The lane book against a plain set of integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.ledger.lanebook import LaneBook, acknowledged, add, fill, from_text, holds, missing, to_text

SEQS = st.lists(st.integers(1, 60), max_size=40)


def _book(*batches: list[int]) -> LaneBook:
    book = LaneBook()
    for batch in batches:
        book, _ = add(book, batch)
    return book


@pytest.mark.parametrize(
    ("seqs", "text"),
    [
        ([], "0"),
        ([1], "1"),
        ([2], "0;2"),
        ([1, 2, 3], "3"),
        ([3, 1, 2], "3"),
        ([1, 3], "1;3"),
        ([1, 3, 4, 5, 9], "1;3-5,9"),
        ([1, 3, 4, 5, 9, 2], "5;9"),
        ([5, 3, 4], "0;3-5"),
    ],
)
def test_text(seqs: list[int], text: str) -> None:
    assert to_text(_book(seqs)) == text
    assert from_text(text) == _book(seqs)


@pytest.mark.parametrize("text", ["", "x", "1;", "1;2", "1;5,3", "1;3-", "1;3,4", "1;7-5", "-1", "1;3-5,4-9", " 1"])
def test_text_that_is_no_book(text: str) -> None:
    with pytest.raises(ValueError, match=r"lane book|invalid literal"):
        from_text(text)


@pytest.mark.parametrize("seq", [0, -1])
def test_numbers_start_at_one(seq: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        add(LaneBook(), [2, seq])
    assert not holds(_book([1]), seq)


@given(SEQS, SEQS)
def test_is_a_set(first: list[int], second: list[int]) -> None:
    book = _book(first)
    after, fresh = add(book, second)
    union = set(first) | set(second)
    assert fresh == set(second) - set(first)
    assert acknowledged(after) == len(union)
    assert {seq for seq in range(-1, 70) if holds(after, seq)} == union
    assert from_text(to_text(after)) == after
    assert list(missing(after, 50)) == [seq for seq in range(1, 51) if seq not in union]


@given(SEQS)
def test_equal_sets_have_equal_books(seqs: list[int]) -> None:
    assert _book(seqs) == _book(*[[seq] for seq in reversed(seqs)])


@given(SEQS, st.integers(-1, 70))
def test_fill(seqs: list[int], through: int) -> None:
    book = _book(seqs)
    filled, lost = fill(book, through)
    assert lost == len(list(missing(book, through)))
    assert filled == _book(seqs, list(range(1, through + 1)))
