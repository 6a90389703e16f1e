"""Counters that only grow, and what is left when a lane is settled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shadow.ledger.lanebook import LaneBook
from shadow.ledger.lanes import LaneState, advance, in_flight, parse_ending, row_of, settle, take_in
from shadow.records import Lane, Observation, Outcome


def _lane(accepted: int, opened: int, handed: int, *, closed: bool = False, **local: int) -> Lane:
    return Lane(
        lane="a", started_at=1.0, closed=closed, accepted=accepted, open=opened, handed=handed,
        local={f"shed({key})": n for key, n in local.items()},
    )  # fmt: skip


NEW = LaneState(lane=Lane(lane="a", started_at=0.0))


def test_only_the_increase_counts() -> None:
    state, endings = advance(NEW, _lane(10, 1, 6, tee_full=3))
    assert (state.lane, state.known, endings) == (_lane(10, 1, 6, tee_full=3), True, {"shed(tee_full)": 3})
    state, endings = advance(state, _lane(14, 0, 8, tee_full=5, breaker_open=1))
    assert endings == {"shed(tee_full)": 2, "shed(breaker_open)": 1}
    assert advance(state, state.lane) == (state, {})


@pytest.mark.parametrize(
    "older",
    [
        _lane(9, 1, 6, tee_full=9, closed=True),
        _lane(10, 3, 5, tee_full=9, closed=True),
        _lane(11, 2, 6, tee_full=9),
    ],
)
def test_an_older_reading_changes_nothing(older: Lane) -> None:
    state, _ = advance(NEW, _lane(10, 1, 6, tee_full=3, closed=True))
    assert advance(state, older) == (state, {})


def test_settle_a_live_lane() -> None:
    state = LaneState(lane=_lane(10, 2, 8), book=LaneBook(upto=2, beyond=((5, 5),)), known=True)
    assert in_flight(state) == 2 + 5
    settled, endings = settle(state, below=5, reason="sender_lost")
    assert endings == {"shed(sender_lost)": 2}
    assert (settled.book, settled.final, in_flight(settled)) == (LaneBook(upto=5), False, 5)
    assert settle(settled, below=5, reason="sender_lost") == (settled, {})
    assert settle(settled, below=99, reason="x")[1] == {"shed(x)": 3}


def test_settle_a_closed_lane() -> None:
    state = LaneState(lane=_lane(10, 2, 7, closed=True, tee_full=1), book=LaneBook(upto=3), known=True)
    assert in_flight(state) == 0
    settled, endings = settle(state, below=None, reason="keeper_lost")
    assert endings == {"shed(keeper_lost)": 4, "shed(listener_lost)": 2}
    assert settled.lane == _lane(10, 0, 7, closed=True, tee_full=1, listener_lost=2)
    row = row_of(settled)
    assert (row.acked, row.settled_local) == (7, 3)
    assert settle(settled, below=None, reason="keeper_lost") == (settled, {})
    assert advance(settled, state.lane) == (settled, {})


def test_settle_with_listener_lost_as_the_reason_adds_up() -> None:
    state = LaneState(lane=_lane(3, 2, 1, closed=True), known=True)
    assert settle(state, below=None, reason="listener_lost")[1] == {"shed(listener_lost)": 3}


def test_a_lane_without_counters_owes_nothing() -> None:
    """Otherwise a negative debt would hide that nobody counted its requests."""
    assert in_flight(LaneState(lane=Lane(lane="a", started_at=0.0), book=LaneBook(upto=5))) == 0


def test_take_in_keeps_the_first(observe: Callable[..., Observation]) -> None:
    held = {"a": LaneState(lane=_lane(5, 0, 5), book=LaneBook(upto=1), known=True)}
    touched: dict[str, LaneState] = {}
    first, second = observe(2, endpoint="GET /first"), observe(2, endpoint="GET /second")
    other = observe(1, lane="b")
    assert take_in([observe(1), first, second, other], held, touched) == [first, other]
    assert (touched["a"].book.upto, touched["b"].book.upto, touched["b"].known) == (2, 1, False)
    assert held["a"].book.upto == 1


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("shed(tee_full)", Outcome.shed, "tee_full"),
        ("match", Outcome.match, ""),
        ("skipped()", Outcome.skipped, ""),
        ("not_comparable(too_large)", Outcome.not_comparable, "too_large"),
        ("shed(a(b))", Outcome.shed, "a(b)"),
        ("lost(x)", Outcome.mismatch, "lost(x)"),
        ("shed(x", Outcome.mismatch, "shed(x"),
        ("", Outcome.mismatch, ""),
    ],
)
def test_parse_ending(text: str, outcome: Outcome, reason: str) -> None:
    assert parse_ending(text) == (outcome, reason)
