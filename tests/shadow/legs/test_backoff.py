"""Back-off with a clock that moves when told, and chance as an argument."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config.model import ShadowLeg
from shadow.legs.backoff import Backoff

MIDDLE = 0.5


def leg(first_s: float = 1.0, factor: float = 1.5, most_s: float = 30.0, jitter_ratio: float = 0.2) -> ShadowLeg:
    return ShadowLeg(url="http://b:1", backoff_first_s=first_s, backoff_factor=factor, backoff_most_s=most_s,
                     backoff_jitter_ratio=jitter_ratio)


def pauses(backoff: Backoff, count: int, draw: float = MIDDLE) -> list[float]:
    now, found = 100.0, []
    for _ in range(count):
        backoff.failed(now, draw)
        found.append(round(backoff.until - now, 6))
        now = backoff.until
    return found


def test_from_one_second_by_half_more_up_to_thirty() -> None:
    assert pauses(Backoff(leg()), 11) == [
        1.0, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625, 17.085938, 25.628906, 30.0, 30.0]


@pytest.mark.parametrize(("draw", "factor"), [(0.0, 0.8), (0.25, 0.9), (0.5, 1.0), (0.75, 1.1)])
def test_jitter_shortens_or_lengthens_by_up_to_a_fifth(draw: float, factor: float) -> None:
    assert pauses(Backoff(leg()), 3, draw) == [round(pause * factor, 6) for pause in (1.0, 1.5, 2.25)]


@given(draws=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=40))
def test_no_pause_leaves_its_bounds(draws: list[float]) -> None:
    backoff, now = Backoff(leg()), 0.0
    for draw in draws:
        backoff.failed(now, draw)
        assert 0.8 - 1e-6 <= backoff.until - now <= 36.0 + 1e-6
        assert not backoff.allows(backoff.until - 1e-6)
        now = backoff.until
        assert backoff.allows(now)


def test_attempts_that_fail_together_are_one() -> None:
    backoff = Backoff(leg())
    for _ in range(32):
        backoff.failed(10.0, MIDDLE)
    assert backoff.until == 11.0
    backoff.failed(10.9, MIDDLE)
    assert backoff.until == 11.0
    backoff.failed(11.0, MIDDLE)
    assert backoff.until == 12.5


def test_a_connection_begins_it_anew() -> None:
    backoff = Backoff(leg())
    pauses(backoff, 5)
    backoff.succeeded()
    assert backoff.allows(0.0)
    assert pauses(backoff, 2) == [1.0, 1.5]


def test_zero_never_waits() -> None:
    backoff = Backoff(leg(first_s=0.0))
    assert pauses(backoff, 3) == [0.0, 0.0, 0.0]
