from __future__ import annotations

from reports.numbers import SPACE
from reports.page.timeline import LEAST, WIDTH, timeline_of
from shadow.records import Gap, GapKind

DAY = 86_400.0
AT = 1_764_000_000.0


def gap(begin: float, end: float) -> Gap:
    return Gap(kind=GapKind.mirror_down, started_at=AT + begin, ended_at=AT + end)


def test_gaps_lie_where_they_were() -> None:
    timeline = timeline_of(AT, AT + 10 * DAY, (gap(DAY, 2 * DAY), gap(9 * DAY, 9 * DAY + 1)))
    assert timeline is not None
    assert [(mark.x, mark.width) for mark in timeline.marks] == [("100.0", "100.0"), ("900.0", f"{LEAST:.1f}")]
    assert timeline.label == "The window with 2 gaps in its evidence"
    assert timeline.marks[0].title == f"mirror down, 1{SPACE}d: 2025-11-25 16:00 – 2025-11-26 16:00 UTC"


def test_what_lies_outside_is_cut_and_slivers_stay_inside() -> None:
    gaps = (gap(-DAY, DAY / 2), gap(DAY, 2 * DAY), gap(-9.0, -5.0), gap(DAY * 2, DAY * 3))
    timeline = timeline_of(AT, AT + DAY, gaps)
    assert timeline is not None
    last = (f"{WIDTH - LEAST:.1f}", f"{LEAST:.1f}")
    assert [(mark.x, mark.width) for mark in timeline.marks] == [("0.0", "500.0"), last]


def test_a_window_without_length_has_no_line() -> None:
    assert timeline_of(AT, AT, (gap(0, 1),)) is None
    assert timeline_of(AT, AT - 1, ()) is None
