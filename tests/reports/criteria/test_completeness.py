from __future__ import annotations

from collections.abc import Callable
from math import inf

import pytest

from reports.criteria.completeness import account, judge_completeness
from reports.evidence.tally import pool, tally_outcomes
from shadow.config.model import Completeness
from shadow.ledger.evidence import Evidence, LaneRow
from shadow.records import Lane, Outcome

ASKED = Completeness(max_lost_ratio=0.01)
SHED = (Outcome.shed, "tee_full")
BREAKER = (Outcome.shed, "breaker_open")


@pytest.mark.parametrize(
    ("counts", "status", "observed"),
    [
        ({}, "inconclusive", None),
        ({(Outcome.skipped, "policy"): 100}, "inconclusive", None),
        ({Outcome.match: 100}, "pass", 0.0),
        ({Outcome.match: 99, SHED: 1}, "pass", 0.01),
        ({Outcome.match: 98, SHED: 1, (Outcome.not_comparable, "too_large"): 1}, "inconclusive", 0.02),
        ({Outcome.match: 98, BREAKER: 2}, "fail", 0.02),
        ({Outcome.match: 98, BREAKER: 1, SHED: 1}, "inconclusive", 0.02),
        ({Outcome.match: 98, (Outcome.not_comparable, "breaker_open"): 2}, "fail", 0.02),
        ({SHED: 5}, "inconclusive", 1.0),
        ({Outcome.match: 98, SHED: 2, (Outcome.skipped, "policy"): 1000}, "inconclusive", 0.02),
    ],
)
def test_lost_share(
    evidence_of: Callable[..., Evidence], counts: dict[object, int], status: str, observed: float | None
) -> None:
    evidence = evidence_of({"GET /a": counts})
    pooled = pool(evidence, tally_outcomes(evidence))
    row = judge_completeness(ASKED, account(evidence, pooled), pooled)
    assert (str(row.status), row.observed, row.required) == (status, observed, 0.01)


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ({Outcome.match: 100}, "inconclusive"),
        ({Outcome.match: 98, BREAKER: 2}, "fail"),
    ],
)
def test_what_an_abandoned_run_did_not_count_is_missing(
    evidence_of: Callable[..., Evidence], counts: dict[object, int], status: str
) -> None:
    evidence = evidence_of({"GET /a": counts})
    pooled = pool(evidence, tally_outcomes(evidence))
    row = judge_completeness(ASKED, account(evidence, pooled), pooled, is_abandoned=True)
    assert (str(row.status), row.n) == (status, 100)
    assert ("ended without settling" in row.reason) is (status == "inconclusive")


@pytest.mark.parametrize(
    ("counts", "status"), [({Outcome.match: 100}, "inconclusive"), ({Outcome.match: 98, BREAKER: 2}, "fail")]
)
@pytest.mark.parametrize(("stalled_s", "said"), [(75.0, "for 75 s"), (inf, "so far")])
def test_what_a_mirror_could_not_store_is_missing(
    evidence_of: Callable[..., Evidence], counts: dict[object, int], status: str, stalled_s: float, said: str
) -> None:
    evidence = evidence_of({"GET /a": counts})
    pooled = pool(evidence, tally_outcomes(evidence))
    row = judge_completeness(ASKED, account(evidence, pooled), pooled, stalled_s=stalled_s)
    assert str(row.status) == status
    assert (f"is at work and has stored nothing {said}" in row.reason) is (status == "inconclusive")


def lanes_of(mirrored: dict[str, int], shed: dict[str, int]) -> tuple[LaneRow, ...]:
    lane = Lane(lane="a", started_at=1.0, mirrored=mirrored, shed=shed)
    return (LaneRow(lane=lane, acked=0, settled_local=0),)


def test_biased_shedding_is_told_in_words_and_numbers(evidence_of: Callable[..., Evidence]) -> None:
    evidence = evidence_of(
        {"GET /a": {Outcome.match: 9950, SHED: 50}},
        lanes=lanes_of({"GET <1KiB": 9890, "POST <256KiB": 60}, {"GET <1KiB": 10, "POST <256KiB": 40}),
    )  # fmt: skip
    pooled = pool(evidence, tally_outcomes(evidence))
    sums = account(evidence, pooled)
    row = judge_completeness(ASKED, sums, pooled)
    assert str(row.status) == "pass"
    assert "biased: of POST with bodies <256KiB 40 % were shed (40 of 100), of all requests 0.5 %" in row.reason
    assert [(each.method, each.shed) for each in sums.shed_by_class] == [("POST", 40), ("GET", 10)]


def test_even_shedding_is_not_called_biased(evidence_of: Callable[..., Evidence]) -> None:
    evidence = evidence_of(
        {"GET /a": {Outcome.match: 9900, SHED: 100}},
        lanes=lanes_of({"GET <1KiB": 8910, "POST <1KiB": 990}, {"GET <1KiB": 90, "POST <1KiB": 10}),
    )  # fmt: skip
    pooled = pool(evidence, tally_outcomes(evidence))
    assert "biased" not in judge_completeness(ASKED, account(evidence, pooled), pooled).reason


@pytest.mark.parametrize(
    ("accepted", "in_flight", "outcomes", "holds"),
    [
        (100, 0, 100, True),
        (103, 3, 100, True),  # a mirror that still runs
        (101, 0, 100, False),
        (99, 0, 100, False),
        (150, 0, 150, True),  # another window of the same ledger holds the rest
        (99, 0, 99, False),  # the window holds more than the whole
        (97, -3, 100, False),
    ],
)
def test_the_sum(
    evidence_of: Callable[..., Evidence], accepted: int, in_flight: int, outcomes: int, holds: bool
) -> None:
    evidence = evidence_of(
        {"GET /a": {Outcome.match: 100}},
        accepted_total=accepted, in_flight_total=in_flight, outcomes_total=outcomes,
    )  # fmt: skip
    pooled = pool(evidence, tally_outcomes(evidence))
    sums = account(evidence, pooled)
    assert sums.holds is holds
    row = judge_completeness(ASKED, sums, pooled)
    assert str(row.status) == ("pass" if holds else "error")
    if not holds:
        assert row.reason.startswith(f"The sum does not hold: {accepted:,} accepted, {in_flight:,} in flight")


def test_outcomes_are_listed_worst_first(evidence_of: Callable[..., Evidence]) -> None:
    evidence = evidence_of({"GET /a": {Outcome.match: 5, SHED: 2, Outcome.mismatch: 1, BREAKER: 3}})
    sums = account(evidence, pool(evidence, tally_outcomes(evidence)))
    assert [(one.outcome, one.reason, one.n) for one in sums.by_outcome] == [
        ("mismatch", "", 1),
        ("shed", "breaker_open", 3),
        ("shed", "tee_full", 2),
        ("match", "", 5),
    ]


def test_what_was_lost_is_named(evidence_of: Callable[..., Evidence]) -> None:
    evidence = evidence_of({"GET /a": {Outcome.match: 50, SHED: 2, BREAKER: 8}})
    pooled = pool(evidence, tally_outcomes(evidence))
    row = judge_completeness(ASKED, account(evidence, pooled), pooled)
    assert row.reason == (
        "10 of 60 mirrored requests lost (16.67 %, 1 % allowed): 8 shed (breaker_open), 2 shed (tee_full). "
        "The candidate failed so often in a row that it was left alone."
    )
