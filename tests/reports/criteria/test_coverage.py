from __future__ import annotations

import pytest

from reports.criteria.coverage import judge_cases, judge_coverage
from reports.evidence.tally import EndpointTally
from shadow.config.model import Coverage
from shadow.ledger.evidence import FeatureRow
from shadow.records import CheckStatus, Outcome

ASKED = Coverage(min_compared=30)


def tally(endpoint: str, **counts: int) -> EndpointTally:
    return EndpointTally(endpoint=endpoint, by_reason={(Outcome(name), "policy"): n for name, n in counts.items()})


def table(*tallies: EndpointTally) -> dict[str, EndpointTally]:
    return {one.endpoint: one for one in tallies}


def test_every_expected_endpoint_compared_often_enough_passes() -> None:
    seen = table(tally("GET /a", match=30), tally("GET /b", match=20, mismatch=9, candidate_failed=1))
    (row,) = judge_coverage(ASKED, seen, ("GET /a", "GET /b"))
    assert (row.status, row.scope, row.required, row.observed, row.unit) == (CheckStatus.passed, "all", 2, 2, "count")
    assert row.reason == "2 endpoints compared at least 30 times each."


def test_one_comparison_short() -> None:
    whole, short = judge_coverage(ASKED, table(tally("GET /a", match=29)), ("GET /a",))
    assert [(row.status, row.scope, row.needed) for row in (whole, short)] == [
        (CheckStatus.inconclusive, "all", 1),
        (CheckStatus.inconclusive, "GET /a", 1),
    ]
    assert (short.required, short.observed) == (30, 29)


def test_what_was_expected_and_never_seen_is_named() -> None:
    whole, short = judge_coverage(ASKED, table(tally("GET /a", match=30)), ("GET /a", "GET /gone"))
    assert (whole.status, whole.observed, whole.required) == (CheckStatus.inconclusive, 1, 2)
    assert whole.reason == "1 of 2 endpoints were compared at least 30 times; missing: GET /gone."
    assert (short.scope, short.reason, short.needed) == ("GET /gone", "Expected, but never seen.", 30)


def test_lost_and_skipped_requests_cover_nothing() -> None:
    seen = table(tally("GET /a", shed=99, not_comparable=99, primary_failed=99), tally("POST /b", skipped=99))
    rows = judge_coverage(ASKED, seen, ("GET /a", "POST /b"))
    assert [str(row.status) for row in rows] == ["inconclusive"] * 3
    assert rows[1].reason == "Compared 0 of 30 times; seen 297 times."
    assert rows[2].reason == "Seen 99 times and never sent to the candidate (skipped (policy))."
    assert rows[2].needed is None


def test_what_was_seen_but_not_expected_is_listed() -> None:
    seen = table(tally("GET /a", match=30), tally("GET /b", match=1), tally("POST /c", skipped=1))
    (row,) = judge_coverage(ASKED, seen, ("GET /a",))
    assert row.status is CheckStatus.passed
    assert row.reason.endswith("Seen but not expected: GET /b.")


def test_with_nothing_expected_what_was_meant_for_the_candidate_stands_in() -> None:
    seen = table(tally("GET /a", match=30), tally("GET /b", match=3), tally("POST /c", skipped=50))
    rows = judge_coverage(ASKED, seen, ())
    assert [(row.scope, str(row.status)) for row in rows] == [("all", "inconclusive"), ("GET /b", "inconclusive")]


def test_nothing_expected_and_nothing_seen_is_open() -> None:
    (row,) = judge_coverage(ASKED, {}, ())
    assert (row.status, row.required, row.needed) == (CheckStatus.inconclusive, None, 30)
    assert row.reason == "No endpoint was seen and none is expected."


def test_what_was_lost_before_its_endpoint_was_known_can_never_be_compared_and_is_not_asked_for() -> None:
    seen = table(tally("GET /a", match=30), tally("_unattributed", shed=5))
    (row,) = judge_coverage(ASKED, seen, ())
    assert (row.status, row.required) == (CheckStatus.passed, 1)
    (row,) = judge_coverage(ASKED, seen, ("GET /a",))
    assert (row.status, row.reason) == (CheckStatus.passed, "1 endpoint compared at least 30 times each.")


@pytest.mark.parametrize(
    ("cases", "status", "said"),
    [
        ((), None, ""),
        (("GET /a status 2xx",), "pass", "1 of 1 class of answers"),
        (("GET /a status 2xx", "GET /a parameter page"), "pass", "2 of 2 classes"),
        (("GET /a status 4xx",), "inconclusive", "missing: GET /a status 4xx"),
        (("GET /b status 2xx",), "inconclusive", "0 of 1 class"),
        (("GET /a parameter size", "GET /a status 2xx"), "inconclusive", "1 of 2 classes"),
    ],
)
def test_classes_of_answers_and_parameters(cases: tuple[str, ...], status: str | None, said: str) -> None:
    features = (
        FeatureRow(endpoint="GET /a", signature="", name="status 200", n=5),
        FeatureRow(endpoint="GET /a", signature="", name="status 204", n=1),
        FeatureRow(endpoint="GET /a", signature="", name="parameter page", n=2),
        FeatureRow(endpoint="GET /a", signature="abc", name="status 404", n=9),
    )
    rows = judge_cases(cases, features)
    assert [str(row.status) for row in rows] == ([] if status is None else [status])
    assert all(said in row.reason and row.scope == "cases" for row in rows)
