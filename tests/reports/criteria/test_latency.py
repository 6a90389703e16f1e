from __future__ import annotations

from collections.abc import Callable
from math import log, nan
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.criteria.latency import Pairs, judge_endpoint, judge_latency, least_pairs, pair_up
from reports.evidence.histogram import add_up, histograms_by_leg
from reports.status import rank
from shadow.config.model import Latency
from shadow.ledger.evidence import Evidence, HistogramRow
from shadow.ledger.histogram import bucket_of
from shadow.records import CheckStatus, Leg, Outcome

ASKED = Latency(max_ratio=1.2, floor_s=0.02, quantiles=(0.5, 0.95), min_pairs=100)
NOBODY: frozenset[str] = frozenset()

Durations = dict[float, int]


def pairs(candidate: Durations, reference: Durations, endpoint: str = "GET /a", factor: float | None = None) -> Pairs:
    """As many pairs as candidate durations, all with the same ratio (that of the means unless given)."""

    def histogram(durations: Durations) -> Any:
        return add_up(
            HistogramRow(block_at=0.0, endpoint=endpoint, leg=Leg.candidate, scale=4, bucket=bucket_of(s), n=n)
            for s, n in durations.items()
        )

    def mean(durations: Durations) -> float:
        return sum(s * n for s, n in durations.items()) / max(sum(durations.values()), 1)

    n = sum(candidate.values())
    x = log(factor if factor is not None else mean(candidate) / mean(reference)) if n else 0.0
    return Pairs(
        endpoint=endpoint, candidate=histogram(candidate), reference=histogram(reference),
        n=n, sum_log=n * x, sum_log2=n * x * x,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("candidate", "reference", "status"),
    [
        ({0.1: 400}, {0.1: 400}, "pass"),
        ({0.25: 400}, {0.1: 400}, "fail"),
        ({0.005: 400}, {0.001: 400}, "pass"),  # five times, but 4 ms: within the floor
        ({0.05: 400}, {0.1: 400}, "pass"),  # faster
        ({0.1: 85, 0.5: 15}, {0.1: 100}, "fail"),  # the tail alone: p95
        ({0.1: 90, 0.5: 10}, {0.1: 100}, "inconclusive"),  # the bound of p95 is rank 90 of 100
        ({0.1: 99}, {0.1: 99}, "inconclusive"),  # below min_pairs
        ({0.25: 99}, {0.1: 99}, "inconclusive"),
        ({0.122: 400}, {0.1: 400}, "inconclusive"),  # 1.22 times: a bucket's width away from 1.2
        ({0.07: 400}, {0.05: 400}, "inconclusive"),  # 1.4 times, and 20 ms more give or take a bucket
        ({}, {0.1: 400}, "inconclusive"),
        ({0.1: 400}, {}, "inconclusive"),
    ],
)
def test_statuses(candidate: Durations, reference: Durations, status: str) -> None:
    factor = 1.0 if not candidate or not reference else None
    assert judge_endpoint(ASKED, pairs(candidate, reference, factor=factor)).status == status


def test_a_slow_quantile_fails_only_when_the_pairs_agree_that_it_is_slower() -> None:
    slow = pairs({0.25: 400}, {0.1: 400})
    assert judge_endpoint(ASKED, slow).status is CheckStatus.fail
    unpaired = msgspec.structs.replace(slow, sum_log=0.0, sum_log2=400.0)
    assert judge_endpoint(ASKED, unpaired).status is CheckStatus.inconclusive


def test_figures_and_words_of_a_failure() -> None:
    row = judge_endpoint(ASKED, pairs({0.25: 400}, {0.1: 400}))
    assert (row.name, row.scope, row.n, row.required, row.needed) == ("latency", "GET /a", 400, 1.2, None)
    assert row.observed == pytest.approx(2.5, rel=0.045)
    assert row.bound is not None and 1.2 < row.bound < row.observed
    assert row.reason.startswith("p50 245 ms against 98 ms of the secondary (2.48×; 1.2× or 20 ms more allowed)")
    assert row.reason.endswith("pair by pair at least 2.50×.")


def test_the_bound_of_a_pass_includes_the_width_of_the_buckets() -> None:
    row = judge_endpoint(ASKED, pairs({0.1: 400}, {0.1: 400}))
    assert row.observed == pytest.approx(1.0)
    assert row.bound == pytest.approx(1.0443, abs=1e-3)


@pytest.mark.parametrize(
    ("quantile", "min_pairs", "least"), [(0.5, 1, 6), (0.95, 1, 72), (0.99, 1, 368), (0.5, 100, 100)]
)
def test_least_pairs(quantile: float, min_pairs: int, least: int) -> None:
    assert least_pairs(Latency(min_pairs=min_pairs), quantile) == least


def test_thin_evidence_says_how_much_more_is_needed() -> None:
    row = judge_endpoint(ASKED, pairs({0.1: 60}, {0.1: 60}))
    assert (row.status, row.needed, row.observed) == (CheckStatus.inconclusive, 40, None)
    assert row.reason == "p50: 60 timed pairs, 100 needed."


def test_an_open_quantile_says_how_many_more_of_the_kind_would_decide() -> None:
    # p95 sits in the fast bucket, its upper rank in the slow tail: four percent of slow answers on either side.
    thin = pairs({0.1: 96, 0.4: 4}, {0.1: 96, 0.4: 4})
    row = judge_endpoint(ASKED, thin)
    assert row.status is CheckStatus.inconclusive and row.needed is not None and row.needed > 0
    weight = row.needed // 100 + 1
    more = pairs({0.1: 96 * weight, 0.4: 4 * weight}, {0.1: 96 * weight, 0.4: 4 * weight})
    assert judge_endpoint(ASKED, more).status is CheckStatus.passed


@pytest.mark.parametrize(("total", "squares"), [(nan, 1.0), (1.0, nan)])
def test_sums_that_are_no_numbers_are_refused(total: float, squares: float) -> None:
    broken = msgspec.structs.replace(pairs({0.25: 400}, {0.1: 400}), sum_log=total, sum_log2=squares)
    with pytest.raises(ValueError):
        judge_endpoint(ASKED, broken)


def test_without_a_secondary_the_remedy_is_named() -> None:
    (row,) = judge_latency(ASKED, (pairs({}, {}, factor=1.0),), NOBODY, has_secondary=False)
    assert (row.scope, row.status) == ("all", CheckStatus.inconclusive)
    assert row.reason.startswith("No secondary") and "gate.latency.against: primary" in row.reason


def test_with_a_secondary_that_was_never_timed_the_question_is_open() -> None:
    (row,) = judge_latency(ASKED, (), NOBODY, has_secondary=True)
    assert row.status is CheckStatus.inconclusive
    assert row.reason == "No request was timed on both the candidate and the secondary."


def test_an_endpoint_that_was_compared_but_not_timed_is_not_passed_over() -> None:
    rows = judge_latency(ASKED, (pairs({0.1: 400}, {0.1: 400}), pairs({}, {}, "GET /b", factor=1.0)), NOBODY, True)
    assert [(row.scope, str(row.status)) for row in rows] == [("GET /a", "pass"), ("GET /b", "inconclusive")]


def test_an_unexpected_endpoint_gets_a_row_only_when_it_fails() -> None:
    given_pairs = (
        pairs({0.1: 400}, {0.1: 400}),
        pairs({0.1: 2}, {0.1: 2}, "GET /b"),
        pairs({0.5: 400}, {0.1: 400}, "GET /c"),
    )
    rows = judge_latency(ASKED, given_pairs, frozenset({"GET /a"}), True)
    assert [(row.scope, str(row.status)) for row in rows] == [("GET /a", "pass"), ("GET /c", "fail")]


def test_live_latency_is_marked() -> None:
    row = judge_endpoint(Latency(against="primary"), pairs({0.1: 400}, {0.1: 400}))
    assert "of the primary" in row.reason and row.reason.endswith("Measured elsewhere: by the live path.")


def test_pairs_come_from_the_rows_of_the_leg_that_is_asked_for(evidence_of: Callable[..., Evidence]) -> None:
    from reports.evidence.tally import tally_outcomes

    evidence = evidence_of({"GET /a": {Outcome.match: 7}, "GET /b": {Outcome.candidate_failed: 2}})
    held = histograms_by_leg(evidence.histograms)
    found = pair_up(evidence, Leg.secondary, tally_outcomes(evidence), held)
    assert [(one.endpoint, one.n, one.blocks) for one in found] == [("GET /a", 7, 1), ("GET /b", 0, 0)]
    assert found[0].candidate is not None and found[0].reference is not None and found[0].candidate.n == 7
    assert [one.n for one in pair_up(evidence, Leg.primary, tally_outcomes(evidence), held)] == [0, 0]


@given(
    fast=st.integers(0, 300), slow=st.integers(0, 60), base=st.sampled_from([0.001, 0.05, 0.3]),
)  # fmt: skip
def test_a_slower_answer_in_place_of_a_fast_one_never_improves(fast: int, slow: int, base: float) -> None:
    reference = {base: fast + slow + 1}
    before = pairs({base: fast + 1, base * 4: slow}, reference)
    after = pairs({base: fast, base * 4: slow + 1}, reference)
    assert rank(judge_endpoint(ASKED, after).status) <= rank(judge_endpoint(ASKED, before).status)
