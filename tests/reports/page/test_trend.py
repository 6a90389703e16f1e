from __future__ import annotations

from reports.page.trend import HEIGHT, WIDTH, trend_of

DAY = 86_400.0
AT = 1_764_028_800.0


def test_a_count_is_drawn_between_its_least_and_its_most() -> None:
    trend = trend_of([(AT, 20.0), (AT + DAY, 0.0)], str, top=None, least_span=5.0)
    assert trend is not None
    assert trend.path == f"M0.0 0.0L{WIDTH} {HEIGHT}"
    assert trend.summary == "from 20.0 to 0.0, between 0.0 and 20.0"
    assert (trend.first, trend.last) == ("2025-11-25", "2025-11-26")


def test_nothing_at_all_lies_on_the_ground() -> None:
    trend = trend_of([(AT, 0.0), (AT + DAY, 0.0)], str, top=None, least_span=5.0)
    assert trend is not None
    assert [y for _, y, _ in trend.points] == [f"{HEIGHT}", f"{HEIGHT}"]
    assert trend_of([(AT, 1.0)], str, top=None, least_span=5.0) is None
