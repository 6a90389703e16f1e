from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.document import Result
from reports.status import rank
from shadow.config.model import Config, Coverage, Gate, Parity, Route, TablePair, Verify
from shadow.errors import EvidenceError
from shadow.ledger.evidence import Epoch, Evidence, OutcomeRow
from shadow.records import CheckStatus, DataCheck, Leg, Outcome, Triage

Judged = Callable[..., Result]

GOOD = {"GET /a": {Outcome.match: 4000}, "GET /b": {Outcome.match: 3500, Outcome.noise_only: 500}}
NOTHING_ASKED = Gate(parity=None, error_rate=None, latency=None, coverage=None, completeness=None, data=None)

shared_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def rows(result: Result) -> dict[tuple[str, str], str]:
    return {(row.name, row.scope): str(row.status) for row in result.criteria}


def test_enough_agreeing_evidence_passes(judged: Judged) -> None:
    result = judged(GOOD)
    assert rows(result) == {
        ("parity", "all"): "pass",
        ("parity", "GET /a"): "pass",
        ("parity", "GET /b"): "pass",
        ("error_rate", "all"): "pass",
        ("error_rate", "GET /a"): "pass",
        ("error_rate", "GET /b"): "pass",
        ("latency", "GET /a"): "pass",
        ("latency", "GET /b"): "pass",
        ("coverage", "all"): "pass",
        ("completeness", "all"): "pass",
    }
    assert result.status is CheckStatus.passed
    assert result.reasons == ()
    assert result.headline == (
        "GO: 10 criteria passed. Closest: parity of GET /a: 100 % of 4,000 compared answers agree; "
        "at least 99.92 % is shown, 99.9 % required."
    )


def test_one_failing_criterion_decides_and_the_worst_comes_first(judged: Judged) -> None:
    result = judged(GOOD | {"GET /c": {Outcome.match: 500, Outcome.mismatch: 500}})
    assert result.status is CheckStatus.fail
    first = result.criteria[0]
    assert (first.name, first.scope, str(first.status)) == ("parity", "GET /c", "fail")
    assert result.headline == (
        "NO-GO: parity of GET /c: 50 % of 1,000 compared answers agree; at most 52.64 % is plausible, "
        "99.9 % required. 1 more fails."
    )
    assert result.reasons == (
        "parity of GET /c: 50 % of 1,000 compared answers agree; at most 52.64 % is plausible, 99.9 % required. "
        "Likewise: the whole.",
    )


def test_thin_evidence_is_not_yet(judged: Judged) -> None:
    result = judged({"GET /a": {Outcome.match: 2994}})
    assert result.status is CheckStatus.inconclusive
    assert result.headline.startswith("NOT YET: parity")
    assert {row.needed for row in result.criteria if row.name == "parity"} == {1}
    assert judged({"GET /a": {Outcome.match: 2995}}).status is CheckStatus.passed


@pytest.mark.parametrize("epoch", [None, Epoch(id=1, primary_build="a", candidate_build="b", first_at=0, last_at=1)])
def test_no_evidence_never_passes(judged: Judged, epoch: Epoch | None) -> None:
    result = judged({}, epoch=epoch)
    assert result.status is CheckStatus.inconclusive
    assert all(row.status is CheckStatus.inconclusive for row in result.criteria)
    assert {row.name for row in result.criteria} >= {"parity", "error_rate", "latency", "coverage", "completeness"}


@pytest.mark.parametrize("name", ["parity", "error_rate", "latency", "coverage", "completeness", "data"])
def test_no_evidence_passes_no_single_criterion(judged: Judged, config_of: Callable[..., Config], name: str) -> None:
    alone = msgspec.structs.replace(NOTHING_ASKED, **{name: getattr(Gate(), name)})
    verify = Verify(old="sqlite:a", new="sqlite:b") if name == "data" else None
    result = judged({}, config_of(gate=alone, verify=verify))
    assert result.status is CheckStatus.inconclusive
    assert [row.name for row in result.criteria] == [name]


def test_nothing_asked_is_an_error(judged: Judged, config_of: Callable[..., Config]) -> None:
    result = judged(GOOD, config_of(gate=NOTHING_ASKED))
    assert (result.status, result.criteria) == (CheckStatus.error, ())
    assert result.headline == "ERROR: no criterion is configured, so nothing was asked."
    unknown = Epoch(id=1, primary_build="", candidate_build="", first_at=0, last_at=1)
    assert judged(GOOD, config_of(gate=NOTHING_ASKED), epoch=unknown).status is CheckStatus.error


def test_only_data_asked_and_none_configured_is_an_error(judged: Judged, config_of: Callable[..., Config]) -> None:
    alone = msgspec.structs.replace(NOTHING_ASKED, data=Gate().data)
    assert judged(GOOD, config_of(gate=alone)).status is CheckStatus.error


@pytest.mark.parametrize(("primary", "candidate"), [("", ""), ("a", ""), ("", "b")])
def test_an_unknown_build_is_not_yet(judged: Judged, primary: str, candidate: str) -> None:
    epoch = Epoch(id=1, primary_build=primary, candidate_build=candidate, first_at=0, last_at=1)
    result = judged(GOOD, epoch=epoch)
    assert result.status is CheckStatus.inconclusive
    assert "Unknown build" in result.headline


def test_a_sum_that_does_not_hold_is_an_error(judged: Judged) -> None:
    result = judged(GOOD, accepted_total=8001)
    assert result.status is CheckStatus.error
    assert result.headline.startswith("ERROR: completeness: The sum does not hold: 8,001 accepted")
    assert result.accounting.holds is False


def test_a_criterion_that_cannot_be_evaluated_is_an_error_and_the_others_still_answer(
    judged: Judged, config_of: Callable[..., Config]
) -> None:
    gate = msgspec.structs.replace(Gate(), parity=Parity(confidence=1.0))
    result = judged(GOOD, config_of(gate=gate))
    assert result.status is CheckStatus.error
    assert rows(result)["parity", "all"] == "error"
    assert rows(result)["coverage", "all"] == "pass"
    assert "confidence must lie between 0 and 1" in result.headline


def test_log_ratios_that_are_no_numbers_are_an_error(judged: Judged, evidence_of: Callable[..., Evidence]) -> None:
    ratios = tuple(msgspec.structs.replace(row, sum_log=float("nan")) for row in evidence_of(GOOD).ratios)
    assert judged(GOOD, ratios=ratios).status is CheckStatus.error


def test_negative_counts_are_refused(judged: Judged) -> None:
    with pytest.raises(EvidenceError, match="a count of -1 at GET /a"):
        judged({"GET /a": {Outcome.match: -1}})


def test_an_expected_endpoint_that_was_never_seen_is_missed(judged: Judged) -> None:
    result = judged(GOOD, expected=("GET /a", "GET /b", "GET /gone"))
    assert rows(result)["coverage", "GET /gone"] == "inconclusive"
    assert result.status is CheckStatus.inconclusive
    assert judged(GOOD, expected=("GET /a", "GET /b")).status is CheckStatus.passed


def test_what_policy_keeps_away_is_not_missed_but_named(judged: Judged, config_of: Callable[..., Config]) -> None:
    expected = ("GET /a", "GET /b", "POST /orders")
    seen = GOOD | {"POST /orders": {(Outcome.skipped, "policy"): 40}}
    result = judged(seen, expected=expected)
    assert result.status is CheckStatus.passed
    assert "Anything about POST /orders: the configuration keeps these from the candidate." in result.not_proved
    named = Gate(coverage=Coverage(expected=expected))
    assert judged(seen, config_of(gate=named), expected=expected).status is CheckStatus.inconclusive
    allowed = (Route(endpoint="POST /orders", mirror="read_only"),)
    assert judged(GOOD, config_of(routes=allowed), expected=expected).status is CheckStatus.inconclusive


def test_a_stray_endpoint_outside_the_expected_ones_does_not_block(judged: Judged) -> None:
    stray = GOOD | {"GET /favicon.ico": {Outcome.match: 2}}
    assert judged(stray, expected=("GET /a", "GET /b")).status is CheckStatus.passed
    assert judged(stray).status is CheckStatus.inconclusive
    failing = GOOD | {"GET /favicon.ico": {Outcome.mismatch: 2}}
    result = judged(failing, expected=("GET /a", "GET /b"))
    assert (result.status, result.criteria[0].scope) == (CheckStatus.fail, "GET /favicon.ico")


def test_the_same_input_gives_the_same_document(judged: Judged) -> None:
    assert msgspec.json.encode(judged(GOOD)) == msgspec.json.encode(judged(GOOD))
    assert msgspec.json.decode(msgspec.json.encode(judged(GOOD)), type=Result) == judged(GOOD)


def test_identity(judged: Judged, config: Config, at: float) -> None:
    from shadow.config import config_digest

    identity = judged(GOOD).identity
    assert (identity.primary_build, identity.candidate_build) == ("old-1", "new-1")
    assert (identity.since, identity.until, identity.at) == (at - 3600, at, at)
    assert (identity.tool_version, identity.ledger_id) == ("1.0", "l1")
    assert identity.config_digest == config_digest(config)
    assert len(identity.evidence_digest) == 64


def test_criteria_link_to_places_of_the_page(judged: Judged) -> None:
    result = judged(GOOD)
    anchors = {line.endpoint: line.anchor for line in result.endpoints}
    links = {(row.name, row.scope): row.link for row in result.criteria}
    assert links["parity", "GET /b"] == f"#{anchors['GET /b']}"
    assert (links["completeness", "all"], links["parity", "all"]) == ("#evidence", "")


COUNTS = st.fixed_dictionaries(
    {
        Outcome.match: st.integers(0, 4000),
        Outcome.mismatch: st.integers(0, 5),
        Outcome.candidate_failed: st.integers(0, 3),
        (Outcome.shed, "tee_full"): st.integers(0, 20),
    }
)
ENDINGS = st.fixed_dictionaries({"GET /a": COUNTS, "GET /b": COUNTS})


@shared_fixtures
@given(
    endings=ENDINGS,
    failing=st.sampled_from([Outcome.mismatch, Outcome.candidate_failed]),
    ratio=st.sampled_from([0.9, 0.999]),
)
def test_a_failing_pair_in_place_of_an_agreeing_one_never_improves_the_verdict(
    judged: Judged, config_of: Callable[..., Config], endings: dict[str, Any], failing: Outcome, ratio: float
) -> None:
    config = config_of(gate=Gate(parity=Parity(min_ratio=ratio)))
    counts = endings["GET /a"]
    if not counts[Outcome.match]:
        return
    before = judged(endings, config)
    worse = {Outcome.match: counts[Outcome.match] - 1, failing: counts[failing] + 1}
    after = judged(endings | {"GET /a": counts | worse}, config)
    assert rank(after.status) <= rank(before.status)


@shared_fixtures
@given(endings=ENDINGS)
def test_a_further_failing_pair_never_improves_parity_or_error_rate(judged: Judged, endings: dict[str, Any]) -> None:
    counts = endings["GET /a"]
    before = rows(judged(endings))
    after = rows(
        judged(endings | {"GET /a": counts | {Outcome.candidate_failed: counts[Outcome.candidate_failed] + 1}})
    )
    for key, status in before.items():
        if key[0] in ("parity", "error_rate"):
            assert rank(CheckStatus(after[key])) <= rank(CheckStatus(status)), key


@shared_fixtures
@given(endings=ENDINGS, lost=st.integers(1, 4000), data=st.data())
def test_less_agreeing_evidence_never_turns_into_a_pass(
    judged: Judged, endings: dict[str, Any], lost: int, data: st.DataObject
) -> None:
    expected = ("GET /a", "GET /b")
    if judged(endings, expected=expected).status is CheckStatus.passed:
        return
    name = data.draw(st.sampled_from(expected))
    fewer = endings | {name: endings[name] | {Outcome.match: max(endings[name][Outcome.match] - lost, 0)}}
    assert judged(fewer, expected=expected).status is not CheckStatus.passed
    gone = {other: counts for other, counts in endings.items() if other != name}
    assert judged(gone, expected=expected).status is not CheckStatus.passed


@pytest.mark.parametrize("field", ["outcomes", "joints", "ratios", "histograms"])
def test_a_verdict_that_passes_does_not_survive_the_loss_of_its_rows(judged: Judged, field: str) -> None:
    assert judged(GOOD).status is CheckStatus.passed
    assert judged(GOOD, **{field: ()}).status is not CheckStatus.passed


def test_a_planned_table_that_was_never_checked_is_missed(
    judged: Judged, config_of: Callable[..., Config], at: float
) -> None:
    plan = Verify(old="sqlite:a", new="sqlite:b", tables=(TablePair(old="orders"), TablePair(old="items")))
    checks = tuple(
        DataCheck(
            run_id="r", pair=pair, check="rows", started_at=at, finished_at=at, status=CheckStatus.passed,
            rows_old=5, rows_new=5,
        )
        for pair in ("orders", "items")
    )  # fmt: skip
    config = config_of(verify=plan)
    assert judged(GOOD, config, checks=checks).status is CheckStatus.passed
    assert judged(GOOD, config, checks=checks[:1]).status is CheckStatus.inconclusive
    assert judged(GOOD, config).status is CheckStatus.inconclusive


def test_live_latency_can_stand_in_where_it_is_configured(
    judged: Judged, config_of: Callable[..., Config], evidence_of: Callable[..., Evidence]
) -> None:
    ratios = tuple(msgspec.structs.replace(row, against=Leg.primary) for row in evidence_of(GOOD).ratios)
    alone = config_of(secondary=None)
    assert judged(GOOD, alone, ratios=ratios).status is CheckStatus.inconclusive
    latency = msgspec.structs.replace(Gate().latency, against="primary")
    live = config_of(secondary=None, gate=Gate(latency=latency))
    result = judged(GOOD, live, ratios=ratios)
    assert result.status is CheckStatus.passed
    assert any(text.startswith("Latency like for like") for text in result.not_proved)


def test_pending_mismatches_count_as_failing(judged: Judged, evidence_of: Callable[..., Evidence], at: float) -> None:
    evidence = evidence_of({"GET /a": {Outcome.match: 50}})
    pending = OutcomeRow(
        block_at=at, endpoint="GET /a", outcome=Outcome.mismatch, reason="", triage=Triage.pending, n=50
    )
    result = judged(
        {"GET /a": {Outcome.match: 50}},
        outcomes=(*evidence.outcomes, pending), accepted_total=100, outcomes_total=100,
    )  # fmt: skip
    assert rows(result)["parity", "GET /a"] == "fail"
    assert "50 mismatches had no second look and count as failing." in result.not_proved


@pytest.mark.parametrize("fields", [{"is_abandoned": True}, {"stalled_s": 61.0}])
def test_a_run_that_is_not_stored_whole_is_not_yet(judged: Judged, fields: dict[str, Any]) -> None:
    result = judged(GOOD, **fields)
    assert [(row.name, row.scope) for row in result.criteria if row.status is CheckStatus.inconclusive] == [
        ("completeness", "all")
    ]
