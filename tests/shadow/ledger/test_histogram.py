"""Buckets at their bounds, and quantiles against sorted samples."""

from __future__ import annotations

from collections import Counter
from math import ceil, inf, nan, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.ledger.histogram import SCALE, SMALLEST_S, bucket_of, quantile, upper_bound

DURATIONS = st.floats(1e-6, 1e5)


@pytest.mark.parametrize(
    ("duration_s", "scale", "bucket"),
    [
        (1.0, 0, -1), (2.0, 0, 0), (2.0000001, 0, 1), (4.0, 0, 1), (0.5, 0, -2), (0.25, 0, -3),
        (1.0, 4, -1), (2.0, 4, 15), (0.5, 4, -17), (1024.0, 4, 159),
        (1.0, 1, -1), (1.2, 1, 0), (2**0.5, 1, 0), (1.5, 1, 1),
    ],
)  # fmt: skip
def test_bucket_of(duration_s: float, scale: int, bucket: int) -> None:
    assert bucket_of(duration_s, scale) == bucket


@given(st.integers(-19 * 16, 300), st.integers(0, 6))
def test_a_bound_belongs_to_the_bucket_below_it(bucket: int, scale: int) -> None:
    bound = upper_bound(bucket, scale)
    if SMALLEST_S < bound < 1e300:
        assert bucket_of(bound, scale) == bucket
        assert bucket_of(nextafter(bound, inf), scale) == bucket + 1


@given(DURATIONS, st.integers(0, 6))
def test_a_duration_lies_in_its_bucket(duration_s: float, scale: int) -> None:
    bucket = bucket_of(duration_s, scale)
    assert upper_bound(bucket - 1, scale) < duration_s <= upper_bound(bucket, scale)


@pytest.mark.parametrize("duration_s", [0.0, -0.0, -5.0, 1e-9, 1e-6])
def test_the_smallest_bucket_takes_what_is_too_small(duration_s: float) -> None:
    assert bucket_of(duration_s) == bucket_of(SMALLEST_S) == -319


@pytest.mark.parametrize("duration_s", [inf, -inf, nan])
def test_a_duration_is_finite(duration_s: float) -> None:
    with pytest.raises(ValueError, match="duration_s must be finite"):
        bucket_of(duration_s)


@given(st.lists(DURATIONS, min_size=1, max_size=50), st.floats(0, 1))
def test_quantile_is_at_most_a_bucket_above_the_true_one(durations: list[float], q: float) -> None:
    true = sorted(durations)[max(1, ceil(q * len(durations))) - 1]
    told = quantile(Counter(map(bucket_of, durations)), q)
    assert true <= told <= true * 2 ** (1 / 2**SCALE) * (1 + 1e-12)


def test_quantile_ranks() -> None:
    buckets = {0: 1, 16: 2, 32: 1}
    assert [quantile(buckets, q) for q in (0, 0.25, 0.26, 0.75, 0.76, 1)] == [
        upper_bound(0), upper_bound(0), upper_bound(16), upper_bound(16), upper_bound(32), upper_bound(32)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("buckets", "q", "message"),
    [
        ({}, 0.5, "at least one"),
        ({3: 0}, 0.5, "at least one"),
        ({3: 1}, -0.01, "between 0 and 1"),
        ({3: 1}, 1.01, "between 0 and 1"),
        ({3: 1}, nan, "between 0 and 1"),
        ({3: 2, 4: -1}, 0.5, "negative"),
    ],
)
def test_quantile_refuses(buckets: dict[int, int], q: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        quantile(buckets, q)
