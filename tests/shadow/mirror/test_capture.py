"""Bounded copies give every byte back, on every path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.mirror.capture import Budget, Capture


@pytest.mark.parametrize(
    ("pieces", "limit", "budget", "cut"),
    [
        ([], 0, 0, ""),
        ([4], 5, 99, ""),
        ([5], 5, 99, ""),
        ([6], 5, 99, "too_large"),
        ([3, 2], 5, 99, ""),
        ([3, 3, 1], 5, 99, "too_large"),
        ([5], 9, 5, ""),
        ([5, 1], 9, 5, "tee_full"),
        ([10], 9, 5, "too_large"),
    ],
)
def test_bounds(pieces: list[int], limit: int, budget: int, cut: str) -> None:
    pool = Budget(budget)
    capture = Capture(pool, limit)
    for size in pieces:
        capture.add(b"x" * size)
    total = 0 if cut else sum(pieces)
    assert (capture.cut, capture.size_bytes, pool.used_bytes) == (cut, total, total)
    assert capture.size_bytes + capture.seen_bytes == sum(pieces)
    assert capture.take() == b"x" * total
    assert pool.used_bytes == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["add", "take", "release"]), st.integers(0, 9))))
def test_the_budget_is_what_the_captures_hold(steps: list[tuple[int, str, int]]) -> None:
    pool = Budget(20)
    captures = [Capture(pool, 12) for _ in range(3)]
    for which, step, size in steps:
        capture = captures[which]
        if step == "add":
            capture.add(b"x" * size)
        else:
            getattr(capture, step)()
        assert pool.used_bytes == sum(c.size_bytes for c in captures) <= 20
    for capture in captures:
        capture.release()
        capture.release()
    assert pool.used_bytes == 0


def test_copies_leave_the_notes_their_share_and_what_waits_counts_too() -> None:
    pool = Budget(160)
    pool.waiting_bytes = 100
    assert (pool.has_room(50), pool.has_room(51)) == (True, False)
    assert (pool.has_room_for_note(60), pool.has_room_for_note(61)) == (True, False)
    capture = Capture(pool, 1000)
    capture.add(bytes(50))
    assert (capture.cut, pool.has_room(1), pool.has_room_for_note(10)) == ("", False, True)
    capture.add(b"x")
    assert capture.cut == "tee_full"
    pool.limit(32)
    assert (pool.limit_bytes, pool.reserve_bytes) == (32, 2)
