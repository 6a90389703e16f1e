"""The least and the greatest of some values, of which old ones are forgotten."""

from __future__ import annotations

from shadow.learnt.spread import Spread


def filled(*values: float) -> Spread:
    spread = Spread()
    for value in values:
        spread.take(value)
    return spread


def test_it_holds_what_it_took() -> None:
    spread = filled(3, -1, 2)
    assert (spread.least, spread.greatest, spread.width, spread.count) == (-1, 3, 4, 3)
    assert spread.holds(3, margin=0) and not spread.holds(3.5, margin=0) and spread.holds(-1.5, margin=0.5)
    assert Spread().width == 0 and not Spread().holds(0, margin=1e9)


def test_what_is_two_periods_old_is_forgotten() -> None:
    spread = filled(100)
    spread.turn(1)
    spread.take(5)
    assert (spread.least, spread.greatest, spread.count) == (5, 100, 2)
    spread.turn(1)
    assert (spread.least, spread.greatest, spread.count) == (5, 5, 1)
    spread.turn(7)
    assert spread.count == 0


def test_merging_adds_the_current_period() -> None:
    spread = filled(1)
    spread.turn(1)
    spread.merge(filled(9, 4))
    assert (spread.least, spread.greatest, spread.count) == (1, 9, 3)
