"""Pauses become gaps, each cause for itself."""

from __future__ import annotations

from shadow.mirror.pauses import Pauses
from shadow.records import Gap, GapKind, Lane


def gap(detail: str, started_at: float, ended_at: float) -> Gap:
    return Gap(kind=GapKind.paused, started_at=started_at, ended_at=ended_at, detail=detail)


def lane(name: str, paused_at: float = 0.0, *, closed: bool = False) -> Lane:
    return Lane(lane=name, started_at=1.0, paused_at=paused_at, closed=closed)


LAG = "a listener fell behind, lane "


def test_a_pause_by_request() -> None:
    pauses = Pauses()
    assert pauses.end("asked", 5.0) == ()
    pauses.begin("asked", 10.0)
    pauses.begin("asked", 11.0)
    assert pauses.open == {"asked": 10.0}
    assert pauses.end("asked", 20.0) == (gap("asked", 10.0, 20.0),)
    assert pauses.end("asked", 21.0) == ()
    assert pauses.end_all(30.0) == ()


def test_a_clock_that_goes_back_makes_no_negative_gap() -> None:
    pauses = Pauses()
    pauses.begin("asked", 10.0)
    assert pauses.end("asked", 9.0) == (gap("asked", 10.0, 10.0),)


def test_listeners_that_pause_by_themselves() -> None:
    pauses = Pauses()
    assert pauses.watch([lane("r-0"), lane("r-1", 5.0)], 6.0) == ()
    assert pauses.open == {LAG + "r-1": 5.0}
    assert pauses.watch([lane("r-0", 6.5), lane("r-1", 5.0)], 7.0) == ()
    assert pauses.watch([lane("r-0", 6.5), lane("r-1")], 8.0) == (gap(LAG + "r-1", 5.0, 8.0),)
    # One that dies paused has paused until then.
    assert pauses.watch([lane("r-0", 6.5, closed=True), lane("r-1")], 9.0) == (gap(LAG + "r-0", 6.5, 9.0),)
    assert pauses.open == {}


def test_what_was_asked_for_is_not_ended_by_lanes_and_the_end_ends_all() -> None:
    pauses = Pauses()
    pauses.begin("asked", 1.0)
    pauses.watch([lane("r-0", 2.0)], 3.0)
    assert pauses.watch([lane("r-0", 2.0)], 4.0) == ()
    assert pauses.end_all(9.0) == (gap("asked", 1.0, 9.0), gap(LAG + "r-0", 2.0, 9.0))
