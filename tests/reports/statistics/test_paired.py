from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.binomial import lower_bound, upper_bound
from reports.statistics.paired import (
    difference_lower,
    difference_upper,
    needed_pairs,
    score,
    tango_lower,
    tango_upper,
)

TABLES = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 2000))


@pytest.mark.parametrize(
    ("new_bad", "old_bad", "pairs", "percent"),
    [(0, 0, 3000, 0.090), (0, 0, 10000, 0.027), (12, 10, 10000, 0.103), (30, 25, 10000, 0.176)],
)
def test_worked_examples(new_bad: int, old_bad: int, pairs: int, percent: float) -> None:
    assert tango_upper(new_bad, old_bad, pairs, 0.95) * 100 == pytest.approx(percent, abs=0.0005)


def test_a_published_interval() -> None:
    # Airway hyper-responsiveness before and after transplantation (Bentur et al. 2009), as in Fagerland, Lydersen
    # and Laake, Statistics in Medicine 33 (2014) 2850-2875: 1 and 7 of 21 discordant, two-sided 95 %.
    assert tango_lower(1, 7, 21, 0.975) == pytest.approx(-0.517, abs=0.0005)
    assert tango_upper(1, 7, 21, 0.975) == pytest.approx(-0.026, abs=0.0005)


@given(table=TABLES)
def test_the_bound_solves_the_score_equation(table: tuple[int, int, int]) -> None:
    new_bad, old_bad, rest = table
    pairs = new_bad + old_bad + rest
    upper = tango_upper(new_bad, old_bad, pairs, 0.95)
    if 1e-6 < upper < 1 - 1e-6 and pairs:
        assert score(new_bad, old_bad, pairs, upper) == pytest.approx(-1.6448536, abs=1e-4)


@given(table=TABLES)
def test_bounds_enclose_the_estimate_and_mirror_each_other(table: tuple[int, int, int]) -> None:
    new_bad, old_bad, rest = table
    pairs = new_bad + old_bad + rest + 1
    estimate = (new_bad - old_bad) / pairs
    assert tango_lower(new_bad, old_bad, pairs, 0.95) <= estimate <= tango_upper(new_bad, old_bad, pairs, 0.95)
    assert tango_lower(new_bad, old_bad, pairs, 0.95) == -tango_upper(old_bad, new_bad, pairs, 0.95)


@given(table=TABLES)
def test_a_further_failing_pair_never_lowers_a_bound(table: tuple[int, int, int]) -> None:
    new_bad, old_bad, rest = table
    pairs = new_bad + old_bad + rest
    dust = 1e-12
    assert (
        difference_upper(new_bad + 1, old_bad, pairs + 1, 0.95)
        >= difference_upper(new_bad, old_bad, pairs, 0.95) - dust
    )
    assert (
        difference_lower(new_bad + 1, old_bad, pairs + 1, 0.95)
        >= difference_lower(new_bad, old_bad, pairs, 0.95) - dust
    )


@given(table=TABLES)
def test_a_further_agreeing_pair_never_raises_a_bound_that_allows_more_failures(table: tuple[int, int, int]) -> None:
    new_bad, old_bad, rest = table
    pairs = new_bad + old_bad + rest
    before = difference_upper(new_bad, old_bad, pairs, 0.95)
    if before >= 0:
        assert difference_upper(new_bad, old_bad, pairs + 1, 0.95) <= before + 1e-12


def test_few_old_failures_are_backed_by_the_exact_bound() -> None:
    assert difference_upper(0, 0, 3000, 0.95) == upper_bound(0, 3000, 0.95) > tango_upper(0, 0, 3000, 0.95)
    assert difference_upper(0, 9, 3000, 0.95) == upper_bound(0, 3000, 0.95)
    assert difference_lower(6, 0, 50, 0.95) == lower_bound(6, 50, 0.95) < tango_lower(6, 0, 50, 0.95)
    assert difference_upper(0, 10, 3000, 0.95) == tango_upper(0, 10, 3000, 0.95) < 0


@pytest.mark.parametrize(("new_bad", "old_bad", "margin", "pairs"), [(0, 0, 0.005, 598), (1, 0, 0.005, 947)])
def test_needed_pairs(new_bad: int, old_bad: int, margin: float, pairs: int) -> None:
    assert needed_pairs(new_bad, old_bad, margin, 0.95) == pairs
    assert difference_upper(new_bad, old_bad, pairs - 1, 0.95) > margin


def test_nothing_shows_a_margin_of_zero() -> None:
    assert needed_pairs(1, 0, 0.0, 0.95) is None


def test_without_pairs_nothing_is_known() -> None:
    assert (difference_lower(0, 0, 0, 0.95), difference_upper(0, 0, 0, 0.95)) == (-1.0, 1.0)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError):
        difference_upper(3, 3, 5, 0.95)
    with pytest.raises(ValueError):
        difference_upper(-1, 0, 5, 0.95)


def test_at_the_margin_at_most_one_in_twenty_passes() -> None:
    """Simulation: 1 % of pairs fail on the new side alone, 0.5 % on the old: the true difference is the margin."""
    draw = random.Random(7)
    passed = 0
    for _ in range(400):
        new_bad = old_bad = 0
        for _ in range(2000):
            x = draw.random()
            new_bad += x < 0.010
            old_bad += 0.010 <= x < 0.015
        passed += difference_upper(new_bad, old_bad, 2000, 0.95) <= 0.005
    assert passed / 400 <= 0.05 + 3 * 0.011
