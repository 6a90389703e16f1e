"""Latencies in buckets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.control.durations import BOUNDS_S, Durations

SECONDS = st.lists(st.floats(0, 100, allow_nan=False))


def counted(values: list[float]) -> Durations:
    durations = Durations()
    for value in values:
        durations.add(value)
    return durations


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [(0.0, 0), (0.005, 0), (0.0051, 1), (0.01, 1), (10.0, 13), (10.01, 14), (float("inf"), 14)],
)
def test_a_bound_belongs_to_the_bucket_below(seconds: float, bucket: int) -> None:
    assert counted([seconds]).counts.index(1) == bucket


@given(SECONDS)
def test_cumulative_counts_are_what_they_say(values: list[float]) -> None:
    durations = counted(values)
    shown = dict(durations.cumulative())
    assert [shown[str(bound)] for bound in BOUNDS_S] == [sum(v <= bound for v in values) for bound in BOUNDS_S]
    assert shown["+Inf"] == durations.n == len(values)
    assert durations.total_s == pytest.approx(sum(values))


@given(SECONDS, SECONDS)
def test_merging_is_counting_both(first: list[float], second: list[float]) -> None:
    merged = counted(first)
    merged.merge(counted(second))
    assert merged.counts == counted(first + second).counts
    assert merged.total_s == pytest.approx(sum(first) + sum(second))
