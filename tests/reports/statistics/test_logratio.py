from __future__ import annotations

from math import log, nan
from statistics import mean, stdev

import pytest

from reports.statistics.logratio import mean_log_lower

RATIOS = [1.1, 1.3, 0.9, 1.2, 1.05]


def test_is_students_bound() -> None:
    logs = [log(ratio) for ratio in RATIOS]
    expected = mean(logs) - 2.131847 * stdev(logs) / 5**0.5  # t(4) at 95 %
    assert mean_log_lower(5, sum(logs), sum(x * x for x in logs), 0.95) == pytest.approx(expected, abs=1e-6)


def test_equal_ratios_have_no_spread() -> None:
    x = log(2)
    assert mean_log_lower(10, 10 * x, 10 * x * x, 0.95) == pytest.approx(x, abs=1e-6)


@pytest.mark.parametrize("n", [0, 1])
def test_below_two_pairs_nothing_is_known(n: int) -> None:
    assert mean_log_lower(n, 1.0, 1.0, 0.95) is None


@pytest.mark.parametrize(("total", "squares"), [(nan, 1.0), (1.0, nan), (float("inf"), 1.0)])
def test_sums_that_are_no_numbers_are_refused(total: float, squares: float) -> None:
    with pytest.raises(ValueError):
        mean_log_lower(5, total, squares, 0.95)


def test_a_confidence_of_one_is_refused() -> None:
    with pytest.raises(ValueError):
        mean_log_lower(5, 1.0, 1.0, 1.0)
