"""The breaker with a clock that moves when told."""

from __future__ import annotations

import pytest

from shadow.legs.breaker import Breaker, BreakerState
from tests.manual_clock import ManualClock

OPEN, HALF, CLOSED = BreakerState.open, BreakerState.half_open, BreakerState.closed


@pytest.mark.parametrize(
    ("steps", "state", "trips"),
    [
        ("", CLOSED, 0),
        ("ff", CLOSED, 0),
        ("ffs ff", CLOSED, 0),
        ("fff", OPEN, 1),
        ("ffff", OPEN, 1),
        ("fff + a", HALF, 1),
        ("fff + as", CLOSED, 1),
        ("fff + as ff", CLOSED, 1),
        ("fff + as fff", OPEN, 2),
        ("fff + af", OPEN, 2),
        ("fff + af + as", CLOSED, 2),
        ("fff s", CLOSED, 1),
    ],
)
def test_states(steps: str, state: BreakerState, trips: int) -> None:
    """f a failure, s a success, + the time passes, a a call is let through."""
    clock = ManualClock(100.0)
    breaker = Breaker(failures=3, open_s=10.0)
    for step in steps.replace(" ", ""):
        if step == "f":
            breaker.failed(clock.monotonic())
        elif step == "s":
            breaker.succeeded()
        elif step == "a":
            assert breaker.allows(clock.monotonic())
        else:
            clock.advance(10.0)
    assert (breaker.state, breaker.trips_total) == (state, trips)


def test_closed_lets_everything_through_and_open_nothing_until_its_time() -> None:
    clock = ManualClock()
    breaker = Breaker(failures=1, open_s=10.0)
    assert [breaker.allows(clock.monotonic()) for _ in range(3)] == [True] * 3
    breaker.failed(clock.monotonic())
    clock.advance(9.999)
    assert not breaker.allows(clock.monotonic())
    clock.advance(0.001)
    assert [breaker.allows(clock.monotonic()) for _ in range(3)] == [True, False, False]
    breaker.failed(clock.monotonic())
    assert not breaker.allows(clock.monotonic())
    clock.advance(10.0)
    assert breaker.allows(clock.monotonic())
    breaker.succeeded()
    assert [breaker.allows(clock.monotonic()) for _ in range(2)] == [True, True]


def test_a_late_failure_does_not_prolong_the_pause() -> None:
    clock = ManualClock()
    breaker = Breaker(failures=1, open_s=10.0)
    breaker.failed(clock.monotonic())
    clock.advance(9.0)
    breaker.failed(clock.monotonic())
    clock.advance(1.0)
    assert breaker.allows(clock.monotonic())


def test_every_change_is_told_once_with_what_was_before() -> None:
    told: list[tuple[BreakerState, BreakerState]] = []
    breaker = Breaker(failures=2, open_s=10.0, on_change=lambda before: told.append((before, breaker.state)))
    breaker.succeeded()
    for _ in range(3):
        breaker.failed(0.0)
    assert not breaker.allows(9.0)
    assert breaker.allows(10.0)
    assert not breaker.allows(10.0)
    breaker.failed(11.0)
    assert breaker.allows(21.0)
    breaker.succeeded()
    breaker.succeeded()
    assert told == [(CLOSED, OPEN), (OPEN, HALF), (HALF, OPEN), (OPEN, HALF), (HALF, CLOSED)]


def test_whether_it_is_shut_can_be_asked_without_taking_the_probe() -> None:
    breaker = Breaker(failures=1, open_s=10.0)
    assert not breaker.is_shut(0.0)
    breaker.failed(0.0)
    assert [breaker.is_shut(now) for now in (9.9, 10.0, 10.0)] == [True, False, False]
    assert breaker.state is BreakerState.open
    assert breaker.allows(10.0)
    assert breaker.is_shut(10.0), "the one call that may try it is under way"
    breaker.succeeded()
    assert not breaker.is_shut(10.0)
