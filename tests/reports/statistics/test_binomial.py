from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.binomial import lower_bound, needed_trials, upper_bound

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("limit", "failures", "trials"),
    [
        (0.005, 0, 598), (0.005, 1, 947), (0.005, 2, 1258), (0.005, 3, 1549), (0.005, 5, 2100), (0.005, 10, 3389),
        (0.005, 20, 5808), (0.001, 0, 2995), (0.001, 1, 4742), (0.001, 5, 10511), (0.001, 20, 29058),
    ],
)  # fmt: skip
def test_needed_trials_of_the_published_table(limit: float, failures: int, trials: int) -> None:
    assert needed_trials(failures, limit, 0.95) == trials
    assert upper_bound(failures, trials, 0.95) <= limit < upper_bound(failures, trials - 1, 0.95)


@pytest.mark.parametrize(("limit", "trials"), [(0.005, 919), (0.001, 4603)])
def test_needed_trials_at_99_percent(limit: float, trials: int) -> None:
    assert needed_trials(0, limit, 0.99) == trials


def test_no_number_of_trials_shows_that_nothing_ever_fails() -> None:
    assert needed_trials(0, 0.0, 0.95) is None


@given(counts=COUNTS, confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_bounds_are_where_the_tail_of_the_binomial_is_alpha(counts: tuple[int, int], confidence: float) -> None:
    failures, trials = counts
    upper, lower = upper_bound(failures, trials, confidence), lower_bound(failures, trials, confidence)
    alpha = 1 - confidence
    if failures < trials:
        at_most = sum(comb(trials, k) * upper**k * (1 - upper) ** (trials - k) for k in range(failures + 1))
        assert at_most == pytest.approx(alpha, rel=1e-6)
    else:
        assert upper == 1.0
    if failures > 0:
        at_least = sum(comb(trials, k) * lower**k * (1 - lower) ** (trials - k) for k in range(failures, trials + 1))
        assert at_least == pytest.approx(alpha, rel=1e-6)
    else:
        assert lower == 0.0
    assert lower <= failures / trials <= upper


@given(counts=COUNTS)
def test_a_further_failure_raises_both_bounds(counts: tuple[int, int]) -> None:
    failures, trials = counts
    assert upper_bound(failures + 1, trials + 1, 0.95) >= upper_bound(failures, trials, 0.95)
    assert lower_bound(failures + 1, trials + 1, 0.95) >= lower_bound(failures, trials, 0.95)


@pytest.mark.parametrize(
    ("failures", "trials", "confidence"),
    [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0), (1, 5, float("nan"))],
)
def test_impossible_arguments_are_refused(failures: int, trials: int, confidence: float) -> None:
    with pytest.raises(ValueError):
        upper_bound(failures, trials, confidence)
    with pytest.raises(ValueError):
        lower_bound(failures, trials, confidence)


def test_without_trials_nothing_is_known() -> None:
    assert (lower_bound(0, 0, 0.95), upper_bound(0, 0, 0.95)) == (0.0, 1.0)


@pytest.mark.parametrize(("trials", "rate"), [(300, 0.01), (3000, 0.001)])
def test_after_no_failure_it_is_about_three_by_the_trials(trials: int, rate: float) -> None:
    assert upper_bound(0, trials, 0.95) == pytest.approx(rate, rel=0.01)
