from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from reports.document import Result
from reports.endpoints import moved_endpoints
from reports.statistics.binomial import upper_bound
from shadow.config.contract import Mapping
from shadow.config.model import Config, Primary, ShadowLeg
from shadow.ledger.evidence import Evidence, HistogramRow
from shadow.records import CheckStatus, Leg, Outcome

ENDINGS = {
    "GET /good": {Outcome.match: 4000},
    "GET /bad": {Outcome.match: 60, Outcome.mismatch: 40, (Outcome.shed, "tee_full"): 1},
    "POST /kept": {(Outcome.skipped, "policy"): 9},
}


def test_lines_worst_first_with_their_figures(judged: Callable[..., Result]) -> None:
    lines = judged(ENDINGS, expected=("GET /good", "GET /bad", "GET /gone")).endpoints
    assert [(line.endpoint, str(line.status), line.anchor) for line in lines] == [
        ("GET /bad", "fail", "endpoint-1"),
        ("GET /gone", "inconclusive", "endpoint-2"),
        ("POST /kept", "inconclusive", "endpoint-3"),
        ("GET /good", "pass", "endpoint-4"),
    ]
    bad = lines[0]
    assert (bad.requests, bad.compared, bad.agreeing, bad.parity) == (101, 100, 60, 0.6)
    assert bad.parity_bound == pytest.approx(1 - upper_bound(40, 100, 0.95))
    assert [(one.outcome, one.n) for one in bad.outcomes] == [("mismatch", 40), ("shed", 1), ("match", 60)]
    assert (lines[1].parity, lines[1].parity_bound, lines[1].reason) == (None, None, "Expected, but never seen.")
    assert lines[2].reason == "Never compared: skipped (policy)."
    assert lines[3].status is CheckStatus.passed and lines[3].ratio == pytest.approx(1.0)


def test_an_endpoint_judged_within_the_whole_only_is_open(judged: Callable[..., Result]) -> None:
    result = judged(ENDINGS | {"GET /stray": {Outcome.match: 5}}, expected=("GET /good",))
    stray = next(line for line in result.endpoints if line.endpoint == "GET /stray")
    assert (stray.status, stray.parity) == (CheckStatus.inconclusive, 1.0)
    assert stray.reason == "Judged within `all` only: it is not among the expected endpoints."


def test_quantiles_only_where_n_could_bound_them(
    judged: Callable[..., Result], timings_of: Callable[..., tuple[HistogramRow, ...]]
) -> None:
    rows = (
        *timings_of("GET /good", Leg.candidate, {0.01: 299}),
        *timings_of("GET /good", Leg.primary, {0.01: 58}),
        *timings_of("GET /good", Leg.secondary, {0.01: 4}),
    )
    (line,) = judged({"GET /good": {Outcome.match: 299}}, histograms=rows).endpoints
    seen = {one.leg: (one.n, one.p50_s, one.p95_s, one.p99_s) for one in line.latency}
    mid = pytest.approx(0.01, rel=0.05)
    assert seen == {
        "primary": (58, mid, None, None),
        "candidate": (299, mid, mid, mid),
        "secondary": (4, None, None, None),
    }
    assert line.latency[0].error_ratio == pytest.approx(0.0443, abs=1e-4)
    assert [n for _, n in line.latency[1].buckets] == [299]


def test_the_evidence_of_a_line_is_its_own(
    judged: Callable[..., Result], evidence_of: Callable[..., Evidence]
) -> None:
    result = judged(ENDINGS)
    assert sum(line.requests for line in result.endpoints) == evidence_of(ENDINGS).outcomes_total


def test_endpoints_that_a_mapping_leads_elsewhere() -> None:
    mapping = (Mapping(endpoint="GET /users/{id}", path="/v2/people/{id}"),)
    config = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"), mapping=mapping)
    assert moved_endpoints(config, ["GET /users/{id}", "GET /orders"]) == {"GET /users/{id}": "GET /v2/people/{id}"}
    assert moved_endpoints(msgspec.structs.replace(config, mapping=()), ["GET /users/{id}"]) == {}
