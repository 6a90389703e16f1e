from __future__ import annotations

import math
import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightly_runs import Service, false_passes, first_pass, night_of_pass
from scipy.integrate import quad
from scipy.stats import binom

from reports.criteria.looks import Nightly
from reports.evidence.days import GREEN, state_of
from reports.statistics.bursts import NO_BURSTS, PRIOR, log_burst_e_value, requests_needed

LONGEST = 20


def likelihood(n: int, bursts: list[int], rate: float, mean: float) -> float:
    k, failing = len(bursts), sum(bursts)
    return math.exp(-rate * n) * (rate / mean) ** k * (1 - 1 / mean) ** (failing - k)


@pytest.mark.parametrize("bursts", [[], [1], [3], [1, 1, 1, 1], [4, 7], [20, 3]])
def test_the_worst_case_is_no_better_than_any_on_a_grid(bursts: list[int]) -> None:
    """The e-value is at most the mixture over the likelihood at any point of the null, and reaches it at the worst."""
    n, limit, k, failing = 6000, 0.005, len(bursts), sum(bursts)
    prior = PRIOR / limit

    rates, _ = quad(lambda rate: prior * math.exp(-(prior + n) * rate) * rate**k, 0.0, 0.02, epsabs=0.0)
    # With ends = sin(angle)^2 Jeffreys' density is flat.
    ends, _ = quad(lambda a: math.sin(a) ** (2 * k) * math.cos(a) ** (2 * (failing - k)), 0.0, math.pi / 2, epsabs=0.0)
    mixture = (1 - NO_BURSTS) * rates * ends * 2 / math.pi + (NO_BURSTS if not bursts else 0.0)
    worst = max(
        likelihood(n, bursts, max(limit / mean, rate), mean)
        for mean, rate in product((1 + number * 0.02 for number in range(951)), (0.0, k / n))
    )
    found = math.exp(log_burst_e_value(n, bursts, limit, LONGEST))
    assert found <= mixture / worst * 1.01
    assert found == pytest.approx(mixture / worst, rel=0.02)


def test_without_a_failure_it_takes_as_many_times_more_as_failures_may_come_in_a_row() -> None:
    needed = [requests_needed(0, (), 0.005, longest, 0.95) or 0 for longest in (1, 5, 20)]
    assert needed == [650, 3_519, 14_553]
    assert requests_needed(20_000, (), 0.005, LONGEST, 0.95) == 1


def test_failures_one_by_one_say_that_they_come_one_by_one() -> None:
    assert log_burst_e_value(6_000, (1,) * 6, 0.005, LONGEST) > log_burst_e_value(6_000, (), 0.005, LONGEST) + 2.0
    assert log_burst_e_value(6_000, (6,), 0.005, LONGEST) < log_burst_e_value(6_000, (), 0.005, LONGEST)


def test_a_burst_beyond_the_longest_is_the_longest() -> None:
    assert log_burst_e_value(50_000, (100,), 0.005, 20) == log_burst_e_value(50_000, (100,), 0.005, 100)
    assert log_burst_e_value(50_000, (100,), 0.005, 20) < log_burst_e_value(50_000, (20,), 0.005, 20)


@given(n=st.integers(2000, 10**6), bursts=st.lists(st.integers(1, 40), max_size=12), more=st.integers(1, 40))
def test_a_longer_burst_never_helps(n: int, bursts: list[int], more: int) -> None:
    held = log_burst_e_value(n, (*bursts, more), 0.005, LONGEST)
    assert log_burst_e_value(n, (*bursts, more + 1), 0.005, LONGEST) <= held + 1e-9


@pytest.mark.parametrize(
    ("n", "bursts", "limit", "longest"),
    [(10, (1,), 0.0, 20), (10, (1,), 1.0, 20), (10, (0,), 0.1, 20), (10, (11,), 0.1, 20), (10, (), 0.1, 0)],
)
def test_what_has_no_meaning_is_refused(n: int, bursts: tuple[int, ...], limit: float, longest: int) -> None:
    with pytest.raises(ValueError, match=r"limit must lie|at least one failure"):
        log_burst_e_value(n, bursts, limit, longest)


def test_nothing_is_no_evidence() -> None:
    assert log_burst_e_value(0, (), 0.005, LONGEST) == 0.0


# -- simulations of the whole decision (blocks and bursts), seeds fixed

@pytest.mark.parametrize("burst", [1, 5, 20])
def test_thirty_nightly_looks_at_the_margin_pass_falsely_in_at_most_5_percent(burst: int) -> None:
    assert false_passes(burst, burst, 1_000, runs=80) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("geometric", [False, True])
@pytest.mark.parametrize(
    ("burst", "per_night"), [*product((1, 5, 10, 20), (1_000, 3_000)), (20, 10_000), (50, 100_000)]
)
def test_the_same_many_times(burst: int, per_night: int, geometric: bool) -> None:
    runs = 1_000 if burst > 5 else 200
    assert false_passes(burst + per_night, burst, per_night, runs=runs, geometric=geometric) <= 0.05


def test_a_good_service_passes_within_ten_nights() -> None:
    """0.1 % fail, 0.5 % are allowed, 1,000 requests a night."""
    rng = random.Random(7)
    nights = sorted(night_of_pass(Service(rng, 0.001, 1), 0.005, 1_000, 30) or 99 for _ in range(41))
    assert nights[20] <= 10


def test_a_service_without_a_failure_passes_when_no_burst_can_have_hidden() -> None:
    service = Service(random.Random(1), 1e-12, 1)
    assert night_of_pass(service, 0.005, 1_000, 30) == 15


@pytest.mark.parametrize(("longest", "least", "most"), [(20, 0.06, 0.3), (40, 0.0, 0.05)])
def test_bursts_beyond_the_longest_pass_falsely_only_where_none_has_come_yet(
    longest: int, least: float, most: float
) -> None:
    """At the limit in bursts of 40: what is seen is believed, so that all false passes come before the first burst;
    nothing could be learnt from those, and only more requests without a failure help."""
    rng = random.Random(40)
    runs = [first_pass(Service(rng, 0.005, 40), 0.005, 1_000, 30, Nightly(longest_burst=longest)) for _ in range(100)]
    passed = [run for run in runs if run is not None]
    assert [bursts for _, bursts in passed if bursts] == []
    assert least <= len(passed) / len(runs) <= most, "docs/gate.md tells of 16 % and 3 %"


def test_no_evidence_without_a_failure_could_do_with_much_less() -> None:
    """Bursts of b at the limit stay away for n requests with probability exp(-n limit / b): whatever passes after
    fewer than b ln(20) / limit of them passes falsely in more than 5 %."""
    for longest in (20, 40):
        least = longest * math.log(20.0) / 0.005
        assert least <= (requests_needed(0, (), 0.005, longest, 0.95) or 0) <= 1.25 * least


@pytest.mark.parametrize("longest", [40, 160])
def test_a_good_service_that_fails_one_by_one_waits_no_longer_for_longer_bursts(longest: int) -> None:
    rng = random.Random(7)
    how = Nightly(longest_burst=longest)
    nights = sorted(night_of_pass(Service(rng, 0.001, 1), 0.005, 1_000, 30, how) or 99 for _ in range(41))
    assert nights[20] <= 10


def test_seven_days_of_a_good_service_are_green_in_nine_of_ten_cases() -> None:
    """2,500 requests a day of which 0.1 % fail; exact, so nothing is drawn."""
    green = sum(
        binom.pmf(failing, 2_500, 0.001)
        for failing in range(100)
        if state_of(2_500, failing, 1.0, required=0.995, confidence=0.95, observed=0.95) == GREEN
    )
    assert green**7 >= 0.9


def test_rare_long_bursts_behind_frequent_short_ones_are_what_it_cannot_see() -> None:
    """0.1 % fail one by one and 0.4 % twenty in a row: five nights often hold none of the latter."""
    rng = random.Random(4)
    runs = [night_of_pass(Service(rng, 0.001, 1, rare=0.004), 0.005, 1_000, 30) for _ in range(40)]
    passed = sum(night is not None for night in runs) / len(runs)
    assert passed > 0.05, "no longer true: take it out of the docstring and of docs/gate.md"
