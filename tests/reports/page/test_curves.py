from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_sample_parts import latency

from reports.document import LatencyLine
from reports.page.curves import HEIGHT, WIDTH, chart_of


def numbers_in(path: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", path)]


@pytest.mark.parametrize(
    "buckets", [(), ((0.01, 0),), ((float("nan"), 3),), ((float("inf"), 3),), ((-1.0, 3),), ((0.0, 3),)]
)
def test_nothing_usable_draws_nothing(buckets: tuple[tuple[float, int], ...]) -> None:
    assert chart_of((LatencyLine(leg="primary", n=0, buckets=buckets),)) is None


def test_one_bucket_is_one_full_step() -> None:
    chart = chart_of((LatencyLine(leg="candidate", n=7, p50_s=0.01, buckets=((0.01, 7),)),))
    assert chart is not None
    (curve,) = chart.curves
    assert curve.path == "M0 120.0H213.3V0.0H426.7V120.0H640.0"
    assert chart.summary == "candidate: half within 10\u202fms"


def test_legs_share_one_axis_and_their_own_shares() -> None:
    chart = chart_of((latency("primary", 1000, 10), latency("candidate", 50, 40), latency("odd", 9, 10)))
    assert chart is not None
    assert [curve.tone for curve in chart.curves] == ["primary", "candidate", "other"]
    primary, candidate, _ = (float(curve.median_x) for curve in chart.curves)
    assert candidate - primary > 150
    assert [tick.label for tick in chart.ticks][:3] == ["5 ms", "10 ms", "20 ms"]
    tops = [min(numbers_in(curve.path)[3::2]) for curve in chart.curves]
    assert min(tops) == 0.0


BUCKETS = st.lists(st.tuples(st.floats(1e-6, 1e4), st.integers(1, 10**9)), min_size=1, max_size=200)


@given(BUCKETS)
def test_every_outline_stays_in_the_chart(buckets: list[tuple[float, int]]) -> None:
    chart = chart_of((LatencyLine(leg="primary", n=1, p50_s=buckets[0][0], buckets=tuple(buckets)),))
    assert chart is not None
    (curve,) = chart.curves
    assert all(0 <= number <= WIDTH for number in numbers_in(curve.path))
    assert min(numbers_in(curve.path.replace("H", " ").split("V", 1)[1])) == 0.0
    assert curve.path.endswith(f"V{HEIGHT:.1f}") or curve.path.endswith(f"H{WIDTH:.1f}")
    assert len(curve.path) < 1600
    assert 0 <= float(curve.median_x) <= WIDTH
    assert len(chart.ticks) <= 8
