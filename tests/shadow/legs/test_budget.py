"""What asking again may cost, and when it stops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config.again import Reask
from shadow.legs.budget import BURST, MOST_STOP_S, Budget, Slowing


def budget(*, senders: int = 1, **settings: float) -> Budget:
    return Budget(Reask(**{"most_ratio": 0.1, "rate_per_s": 1000.0, **settings}), senders=senders)  # type: ignore[arg-type]


def taken(of: Budget, n: int, now: float = 1.0) -> list[str]:
    return [of.take("triage", now) for _ in range(n)]


def test_a_share_of_what_was_mirrored_and_a_few_before() -> None:
    of = budget()
    assert taken(of, 21) == [""] * int(BURST) + ["share"]
    for _ in range(10):
        of.earn()
    assert taken(of, 2) == ["", "share"]
    for _ in range(10_000):
        of.earn()
    assert taken(of, 30).count("") == BURST  # what was not used is not saved up for ever
    assert of.asked == {"triage": 41} and of.refused == {"share": 12}


def test_a_rate_of_which_each_sender_has_its_part() -> None:
    of = budget(rate_per_s=4.0, senders=2)
    assert taken(of, 3, 1.0) == ["", "", "rate"]
    assert taken(of, 2, 1.5) == ["", "rate"]
    assert taken(of, 5, 100.0).count("") == 2


def test_a_share_of_nothing_is_nothing() -> None:
    assert taken(budget(most_ratio=0.0), 1) == ["share"]


def test_a_stop_holds_and_counts_once_for_its_time() -> None:
    of = budget(stop_s=60.0)
    of.stop("limited", 10.0)
    of.stop("failing", 20.0)
    assert taken(of, 1, 79.9) == ["stopped"]
    assert taken(of, 1, 80.0) == [""]
    of.stop("limited", 100.0, for_s=300.0)  # Retry-After
    assert of.is_stopped(399.0) and not of.is_stopped(400.0)
    of.stop("limited", 1000.0, for_s=1e9)
    assert not of.is_stopped(1000.0 + MOST_STOP_S)
    assert of.stops == {"limited": 3}


def test_it_stops_where_clients_are_limited() -> None:
    of = budget()
    of.saw(0.01, 429, 5.0)
    assert taken(of, 1, 6.0) == ["stopped"]


def test_it_stops_where_the_old_build_becomes_slower_and_begins_anew() -> None:
    of = budget(latency_factor=2.0)
    for _ in range(1000):
        of.saw(0.010, 200, 1.0)
    assert not of.is_stopped(1.0)
    for _ in range(100):
        of.saw(0.030, 200, 2.0)
        if of.is_stopped(2.0):
            break
    assert of.stops == {"slow": 1} and taken(of, 1, 3.0) == ["stopped"]
    for _ in range(1000):  # that slow it stays: once it was told, this is how fast it is
        of.saw(0.030, 200, 100.0)
    assert taken(of, 1, 200.0) == [""] and of.stops == {"slow": 1}


@given(st.lists(st.floats(0.005, 0.02), min_size=300, max_size=600))
def test_ordinary_variation_is_no_slowing(durations: list[float]) -> None:
    slowing = Slowing()
    for each in durations:
        slowing.saw(each)
        assert slowing.factor < 3.9


@pytest.mark.parametrize("duration_s", [0.0, -1.0])
def test_a_clock_that_stands_still_is_passed_over(duration_s: float) -> None:
    slowing = Slowing()
    slowing.saw(duration_s)
    assert slowing.factor == 1.0
