from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.criteria.parity import judge_parity, judge_share
from reports.evidence.tally import EndpointTally
from reports.status import rank
from shadow.config.model import Parity
from shadow.records import CheckStatus, Outcome, Triage

ASKED = Parity(min_ratio=0.995, confidence=0.95)
NOBODY: frozenset[str] = frozenset()


def tally(agreeing: int, failing: int, endpoint: str = "GET /a") -> EndpointTally:
    return EndpointTally(
        endpoint=endpoint,
        by_reason={
            (Outcome.match, ""): agreeing // 2,
            (Outcome.noise_only, ""): agreeing - agreeing // 2,
            (Outcome.mismatch, ""): failing // 2,
            (Outcome.candidate_failed, "timeout"): failing - failing // 2,
            (Outcome.shed, "tee_full"): 1000,
            (Outcome.skipped, "policy"): 1000,
            (Outcome.primary_failed, ""): 1000,
        },
    )


@pytest.mark.parametrize(
    ("agreeing", "failing", "status", "needed"),
    [
        (0, 0, "inconclusive", 598),
        (1, 0, "inconclusive", 597),
        (597, 0, "inconclusive", 1),
        (598, 0, "pass", None),
        (945, 1, "inconclusive", 1),
        (946, 1, "pass", None),
        (500, 1, "inconclusive", 446),
        (9, 1, "fail", None),  # one failure among ten: with 99.5 % agreeing, this or worse has a chance of 4.9 %
        (10, 1, "inconclusive", 936),  # among eleven: 5.4 %
        (0, 1, "fail", None),
        (5000, 50, "fail", None),
        (0, 500, "fail", None),
        (10000, 50, "inconclusive", 2601),
    ],
)
def test_statuses(agreeing: int, failing: int, status: str, needed: int | None) -> None:
    row = judge_share(ASKED, tally(agreeing, failing))
    assert (row.status, row.needed) == (status, needed)
    assert row.n == agreeing + failing


def looked_at(agreeing: int, failing: int, excused: int) -> EndpointTally:
    """Return a tally with mismatches that a second look did not confirm beside those that fail."""
    return EndpointTally(
        endpoint="GET /a",
        by_reason={(Outcome.match, ""): agreeing, (Outcome.mismatch, ""): failing + excused},
        triages={Triage.confirmed: failing, Triage.transient: excused // 2, Triage.unstable: excused - excused // 2},
    )


@pytest.mark.parametrize(
    ("agreeing", "failing", "excused", "status"),
    [
        (990, 0, 10, "pass"),  # exactly 1 %
        (990, 0, 11, "inconclusive"),
        (990, 0, 0, "pass"),
        (0, 0, 5, "inconclusive"),  # nothing that counts is left
        (500, 500, 500, "fail"),  # enough is confirmed
    ],
)
def test_what_a_second_look_did_not_confirm_counts_neither_way(
    agreeing: int, failing: int, excused: int, status: str
) -> None:
    row = judge_share(ASKED, looked_at(agreeing, failing, excused))
    assert (row.status, row.n or 0) == (status, agreeing + failing)
    assert "second look" in row.reason or excused in (0, 10) or status == "fail"


def test_pending_fails() -> None:
    row = judge_share(ASKED, EndpointTally(
        endpoint="all", by_reason={(Outcome.mismatch, ""): 9}, triages={Triage.pending: 5, Triage.confirmed: 4}
    ))
    assert (row.status, row.observed) == ("fail", 0.0)


def test_the_bound_shown_is_the_one_that_decides() -> None:
    passed, thin, failed = (judge_share(ASKED, tally(*counts)) for counts in ((2000, 0), (500, 0), (90, 10)))
    assert passed.bound is not None and 0.995 <= passed.bound < 1.0
    assert thin.bound is not None and thin.bound < 0.995
    assert failed.bound is not None and failed.observed == 0.9 < failed.bound < 0.995
    assert (passed.required, passed.unit) == (0.995, "ratio")
    assert passed.reason == "100 % of 2,000 compared answers agree; at least 99.85 % is shown, 99.5 % required."


def test_what_is_needed_is_enough_and_one_less_is_not() -> None:
    row = judge_share(ASKED, tally(500, 2))
    assert row.needed is not None
    assert judge_share(ASKED, tally(500 + row.needed, 2)).status is CheckStatus.passed
    assert judge_share(ASKED, tally(500 + row.needed - 1, 2)).status is CheckStatus.inconclusive


def test_full_agreement_can_never_be_shown() -> None:
    asked = Parity(min_ratio=1.0)
    assert judge_share(asked, tally(10**6, 0)).status is CheckStatus.inconclusive
    assert judge_share(asked, tally(10**6, 0)).needed is None
    assert judge_share(asked, tally(10**6, 1)).status is CheckStatus.fail


def test_every_seen_endpoint_stands_alone_where_none_is_expected() -> None:
    tallies = {
        "GET /a": tally(2000, 0),
        "GET /b": tally(3, 0, "GET /b"),
        "POST /c": EndpointTally(endpoint="POST /c", by_reason={}),
    }
    rows = judge_parity(ASKED, tally(2003, 0, "all"), tallies, NOBODY)
    assert [(row.scope, str(row.status)) for row in rows] == [
        ("all", "pass"),
        ("GET /a", "pass"),
        ("GET /b", "inconclusive"),
    ]


def test_an_unexpected_endpoint_gets_a_row_only_when_it_fails() -> None:
    tallies = {"GET /a": tally(2000, 0), "GET /b": tally(3, 0, "GET /b"), "GET /c": tally(0, 3, "GET /c")}
    rows = judge_parity(ASKED, tally(2003, 3, "all"), tallies, frozenset({"GET /a"}))
    assert [(row.scope, str(row.status)) for row in rows] == [
        ("all", "pass"),
        ("GET /a", "pass"),
        ("GET /c", "fail"),
    ]


@pytest.mark.parametrize("confidence", [0.0, 1.0, float("nan")])
def test_a_confidence_without_meaning_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError):
        judge_share(Parity(confidence=confidence), tally(10, 0))


@given(
    agreeing=st.integers(0, 5000), failing=st.integers(0, 60), ratio=st.sampled_from([0.5, 0.9, 0.99, 0.995, 0.999])
)
def test_a_further_failing_pair_never_improves_and_a_lost_agreeing_one_never_passes(
    agreeing: int, failing: int, ratio: float
) -> None:
    asked = Parity(min_ratio=ratio)
    before = judge_share(asked, tally(agreeing, failing)).status
    assert rank(judge_share(asked, tally(agreeing, failing + 1)).status) <= rank(before)
    assert judge_share(asked, tally(0, 0)).status is CheckStatus.inconclusive
    if before is not CheckStatus.passed and agreeing:
        assert judge_share(asked, tally(agreeing - 1, failing)).status is not CheckStatus.passed


@pytest.mark.parametrize(
    ("lost", "status"),
    [
        ({}, "pass"),
        ({(Outcome.not_comparable, "deadline"): 1}, "pass"),
        ({(Outcome.not_comparable, "deadline"): 30}, "inconclusive"),
        ({(Outcome.shed, "breaker_open"): 30}, "inconclusive"),
        ({(Outcome.not_comparable, "too_large"): 30, (Outcome.shed, "tee_full"): 30}, "pass"),
        ({(Outcome.skipped, "deadline"): 30}, "pass"),
    ],
)
def test_lost_answers_that_might_have_disagreed(lost: dict[tuple[Outcome, str], int], status: str) -> None:
    tally = EndpointTally(endpoint="GET /", by_reason={(Outcome.match, ""): 5000, **lost})
    row = judge_share(Parity(), tally)
    assert str(row.status) == status
    assert ("of 30 further answers nothing is known" in row.reason) is (status == "inconclusive")


def test_lost_answers_do_not_soften_a_failure() -> None:
    by_reason = {(Outcome.match, ""): 50, (Outcome.mismatch, ""): 50, (Outcome.not_comparable, "deadline"): 500}
    assert str(judge_share(Parity(), EndpointTally(endpoint="GET /", by_reason=by_reason)).status) == "fail"
