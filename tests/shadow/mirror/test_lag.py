"""When a listener stops mirroring by itself, over scripted ticks."""

from __future__ import annotations

import pytest

from shadow.mirror.lag import LagWatch

TICK_S = 0.05


def run(watch: LagWatch, *stretches: tuple[int, float], at: float = 0.0) -> list[bool]:
    """Give so many ticks of each lateness; return the state after each stretch."""
    states = []
    for ticks, late_s in stretches:
        for _ in range(ticks):
            at += TICK_S + late_s
            watch.tick(late_s, at)
        states.append(watch.paused)
    return states


@pytest.mark.parametrize(
    ("stretches", "states"),
    [
        pytest.param([(200, 0.0)], [False], id="idle"),
        pytest.param([(19, 0.2), (1, 0.2)], [False, True], id="a second of lag, not less"),
        pytest.param([(40, 0.1), (40, 0.101)], [False, True], id="above the limit, not at it"),
        pytest.param([(20, 0.0), (1, 30.0), (40, 0.0)], [False] * 3, id="one long stop"),
        pytest.param([(20, 0.0), (9, 0.5), (20, 0.0)], [False] * 3, id="a short burst"),
        pytest.param([(20, 0.0), (11, 0.5)], [False, True], id="more than half of the last second"),
        pytest.param([(20, 0.2), (1000, 0.06)], [True, True], id="better is not good: half of the limit"),
        pytest.param([(20, 0.2), (100, 0.0), (20, 0.0)], [True, True, False], id="five calm seconds"),
        pytest.param([(20, 0.2), (90, 0.0), (20, 0.2), (90, 0.0)], [True] * 4, id="calm, but not for long enough"),
        pytest.param([(20, 0.2), (120, 0.0), (20, 0.2)], [True, False, True], id="again"),
    ],
)
def test_pausing_and_going_on(stretches: list[tuple[int, float]], states: list[bool]) -> None:
    assert run(LagWatch(0.1), *stretches) == states


def test_zero_never_pauses_and_a_new_limit_counts_at_once() -> None:
    watch = LagWatch(0.0)
    assert run(watch, (100, 5.0)) == [False]
    watch.limit_s = 0.1
    assert run(watch, (1, 5.0)) == [True]
    watch.limit_s = 0.0
    assert run(watch, (1, 5.0)) == [False]


def test_the_lag_is_the_median_and_never_negative() -> None:
    watch = LagWatch(0.1)
    run(watch, (20, -0.001))
    assert watch.lag_s == 0.0
    run(watch, (11, 0.07))
    assert watch.lag_s == 0.07
