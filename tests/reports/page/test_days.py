from __future__ import annotations

from reports.document import Day, DayLine
from reports.numbers import SPACE as S
from reports.page.days import MOST, days_of, marks_of, parity_line
from reports.page.trend import HEIGHT, WIDTH

AT = 1_764_028_800.0  # 2025-11-25 00:00:00 UTC
DAY = 86_400.0


def test_an_unknown_state_looks_like_a_gap() -> None:
    marks = marks_of([Day(at=AT, state="green"), Day(at=AT, state="purple")])
    assert [(mark.symbol, mark.tone) for mark in marks] == [("✓", "pass"), ("○", "waived")]


def test_the_newest_days_come_first_and_what_is_cut_is_told() -> None:
    lines = [DayLine(at=AT + i * DAY, requests=10, compared=8, agreeing=i % 9, lost=1) for i in range(MOST + 2)]
    view = days_of(lines)
    assert (len(view.rows), view.more) == (MOST, "and 2 more days, in the JSON document")
    assert view.rows[-1].day == "2025-11-27"
    assert (view.rows[-1].parity, view.rows[-1].watched) == (f"25.00{S}%", "–")


def test_a_share_is_never_rounded_up() -> None:
    (row,) = days_of([DayLine(at=AT, compared=1_000_000, agreeing=999_999, observed_ratio=0.9999)]).rows
    assert (row.parity, row.watched) == (f"99.99{S}%", f"99.9{S}%")


def test_parity_is_drawn_between_its_worst_day_and_all() -> None:
    line = parity_line([(AT + 2 * DAY, 100, 100), (AT, 100, 50), (AT + DAY, 0, 0)])
    assert line is not None
    assert line.path == f"M0.0 {HEIGHT}L{WIDTH} 0.0"
    assert line.summary == f"from 50.00{S}% to 100.00{S}%, between 50.00{S}% and 100.00{S}%"


def test_a_wobble_does_not_look_like_a_fall() -> None:
    line = parity_line([(AT, 1000, 999), (AT + DAY, 1000, 1000)])
    assert line is not None
    assert (line.low, line.points[0][1]) == (f"99.00{S}%", "6.0")


def test_one_day_is_no_line() -> None:
    assert parity_line([(AT, 10, 10), (AT + DAY, 0, 0)]) is None
