from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.quantiles import lower_rank, rank_of, upper_rank, wilks_n


@pytest.mark.parametrize(("quantile", "n"), [(0.5, 5), (0.9, 29), (0.95, 59), (0.99, 299), (0.999, 2995)])
def test_wilks(quantile: float, n: int) -> None:
    assert wilks_n(quantile, 0.95) == n
    assert upper_rank(quantile, n, 0.95) == n
    assert upper_rank(quantile, n - 1, 0.95) is None


@pytest.mark.parametrize(
    ("quantile", "n", "rank"), [(0.5, 1, 1), (0.5, 2, 1), (0.5, 3, 2), (0.95, 100, 95), (0.999, 10, 10)]
)
def test_rank_of_a_sample_quantile(quantile: float, n: int, rank: int) -> None:
    assert rank_of(quantile, n) == rank


@given(quantile=st.sampled_from([0.1, 0.5, 0.9, 0.95]), n=st.integers(1, 3000))
def test_ranks_enclose_and_mirror(quantile: float, n: int) -> None:
    low, high = lower_rank(quantile, n, 0.95), upper_rank(quantile, n, 0.95)
    if low is not None:
        assert 1 <= low <= rank_of(quantile, n)
        assert upper_rank(1 - quantile, n, 0.95) == n + 1 - low
    if high is not None:
        assert rank_of(quantile, n) <= high <= n


@pytest.mark.parametrize(("quantile", "confidence"), [(0.0, 0.95), (1.0, 0.95), (0.5, 1.0), (float("nan"), 0.95)])
def test_impossible_arguments_are_refused(quantile: float, confidence: float) -> None:
    with pytest.raises(ValueError):
        upper_rank(quantile, 100, confidence)
    with pytest.raises(ValueError):
        wilks_n(quantile, confidence)


def test_the_bounds_cover() -> None:
    """Simulation: of 600 samples of 200 uniform numbers, about 95 % bound the 90 % quantile on each side."""
    draw = random.Random(3)
    low, high = lower_rank(0.9, 200, 0.95), upper_rank(0.9, 200, 0.95)
    assert low is not None and high is not None
    samples = [sorted(draw.random() for _ in range(200)) for _ in range(600)]
    assert sum(sample[high - 1] >= 0.9 for sample in samples) / 600 >= 0.95 - 0.027
    assert sum(sample[low - 1] <= 0.9 for sample in samples) / 600 >= 0.95 - 0.027
