"""The whole cutover profile on evidence that is complete, and on the same with something taken away or added.

Owns the cases that a gate must get right whatever its criteria are: no data of a kind never passes, and neither does
anything that other gates wave through (no thresholds, an ended run, an empty group, a crashed comparison).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cutover_evidence import (
    AT,
    DAY,
    DAYS,
    ENDPOINTS,
    START,
    TEXT,
    complete,
    config_of,
    judged,
    signed,
    statuses,
)  # fmt: skip
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.document import Criterion, Result
from reports.status import rank
from shadow.errors import ConfigError
from shadow.ledger.evidence import Epoch, Evidence
from shadow.records import CheckStatus, Outcome


def test_complete_evidence_opens_the_gate() -> None:
    result = judged(complete())
    assert {key: status for key, status in statuses(result).items() if status != "pass"} == {}
    assert {name for name, _ in statuses(result)} == {
        "parity", "error_rate", "success", "days", "latency", "objective", "coverage", "completeness", "data", "trips",
        "counters", "group_success", "group_latency", "load", "sensitivity", "approval",
    }  # fmt: skip
    assert (result.status, result.exit_code, result.profile) == (CheckStatus.passed, 0, "cutover")
    assert result.headline.startswith("GO: ")
    assert (result.approvals_given, result.approvals_required) == (1, 1)


def test_bounds_of_the_night_are_taken_at_its_part_of_the_error() -> None:
    config = config_of()
    rows = judged(complete()).criteria
    looked = {row.name for row in rows if "Bound for look 16 of a nightly gate." in row.reason}
    assert looked == {"latency", "objective", "group_success", "group_latency"}
    once = judged(complete(), msgspec.structs.replace(config, gate=msgspec.structs.replace(config.gate, looks="once")))
    for name in looked:
        night, one = (next(row for row in found if row.name == name) for found in (rows, once.criteria))
        assert night.bound is not None and one.bound is not None
        assert night.bound < one.bound if name == "group_success" else night.bound >= one.bound


@pytest.mark.parametrize(("longest", "passes"), [(1, True), (20, True), (40, False)])
def test_how_long_a_burst_may_be_is_configured(longest: int, passes: bool) -> None:
    config = config_of(TEXT.replace("  profile: cutover\n", f"  profile: cutover\n  longest_burst: {longest}\n"))
    found = statuses(judged(complete(), config))
    assert {found["parity", scope] for scope in ENDPOINTS} == {"pass" if passes else "inconclusive"}


EVIDENCE_OF = {
    "outcomes": ("parity", "coverage", "completeness"),
    "joints": ("error_rate", "success", "days", "group_success"),
    "latencies": ("latency", "objective", "group_latency"),
    "watches": ("days", "trips", "counters"),
    "checks": ("data",),
    "proofs": ("sensitivity",),
    "certificate": ("sensitivity",),
    "loads": ("load",),
    "signoffs": ("approval",),
    "marks": ("parity", "error_rate"),
    "totals": ("parity", "error_rate", "success"),
}


@pytest.mark.parametrize("field", EVIDENCE_OF)
def test_without_a_kind_of_evidence_nothing_that_needs_it_passes(field: str) -> None:
    none: Any = None if field == "certificate" else ()
    changes: dict[str, Any] = {field: none}
    if field == "outcomes":
        changes |= {"accepted_total": 0, "outcomes_total": 0}
    result = judged(complete(**changes))
    assert result.exit_code != 0
    assert result.status is not CheckStatus.passed
    for name in EVIDENCE_OF[field]:
        assert any(row.status is not CheckStatus.passed for row in result.criteria if row.name == name), name


def test_no_data_at_all() -> None:
    empty = Evidence(ledger_id="l1", path="l", read_at=AT, since=START, until=AT, epoch=None)
    result = judged(empty)
    assert (result.status, result.exit_code) == (CheckStatus.inconclusive, 11)
    assert {row.status for row in result.criteria} == {CheckStatus.inconclusive}


def test_one_sample(evidence_of: Callable[..., Evidence]) -> None:
    result = judged(evidence_of({ENDPOINTS[0]: {Outcome.match: 1}}))
    assert result.status is CheckStatus.inconclusive
    parity = next(row for row in result.criteria if (row.name, row.scope) == ("parity", "all"))
    assert "1 compared answer agrees" in parity.reason
    latency = next(row for row in result.criteria if row.name == "latency")
    assert "1 timed pair," in latency.reason


def test_everything_dropped(evidence_of: Callable[..., Evidence]) -> None:
    result = judged(evidence_of({ENDPOINTS[0]: {(Outcome.shed, "tee_full"): 50_000}}))
    assert result.status is CheckStatus.inconclusive
    assert statuses(result)["completeness", "all"] == "inconclusive"


@pytest.mark.parametrize("field", ["sum_log", "sum_log2"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_none_are_an_error(field: str, value: float) -> None:
    given = complete()
    spoilt = tuple(msgspec.structs.replace(row, **{field: value}) for row in given.ratios)
    result = judged(msgspec.structs.replace(given, ratios=spoilt))
    assert (result.status, result.exit_code) == (CheckStatus.error, 12)


def test_zero_failures_of_the_old_build_are_no_hindrance_and_no_help() -> None:
    assert statuses(judged(complete()))["error_rate", "all"] == "pass"
    result = judged(complete(crashed=dict.fromkeys(range(DAYS), 60)))
    assert statuses(result)["error_rate", "all"] == "fail"


@pytest.mark.parametrize(("n", "passes"), [(597, False), (598, True)])
def test_the_least_n_without_a_failure(judge_one: Callable[[int], Result], n: int, passes: bool) -> None:
    assert (statuses(judge_one(n))["parity", "all"] == "pass") is passes


@pytest.fixture
def judge_one(evidence_of: Callable[..., Evidence]) -> Callable[[int], Result]:
    text = TEXT.split("gate:")[0] + "gate: {parity: {min_ratio: 0.995}}\n"
    return lambda n: judged(evidence_of({ENDPOINTS[0]: {Outcome.match: n}}), config_of(text))


def test_identical_builds_are_named() -> None:
    epoch = Epoch(id=1, primary_build="same", candidate_build="same", first_at=START, last_at=AT)
    result = judged(complete(epoch=epoch))
    assert any("carry the same build name" in text for text in result.not_proved)


def test_a_candidate_that_changed_in_the_middle_starts_anew() -> None:
    """The ledger reads one epoch; what the one before showed is not in it, and its day is a gap."""
    late = Epoch(id=2, primary_build="p1", candidate_build="c2", first_at=START + 8.5 * DAY, last_at=AT)
    whole = complete()
    cut = {
        name: tuple(row for row in getattr(whole, name) if row.block_at >= START + 8 * DAY)
        for name in ("outcomes", "joints", "ratios", "latencies", "marks", "totals")
    }
    requests = sum(row.n for row in cut["outcomes"])
    text = TEXT.replace("build: c1", "build: c2")
    given = msgspec.structs.replace(
        whole, **cut, epoch=late, since=late.first_at, accepted_total=requests, outcomes_total=requests
    )
    result = judged(given, config_of(text))
    found = statuses(result)
    assert (found["days", "all"], found["load", "all"], found["approval", "all"]) == ("inconclusive",) * 3
    days = next(row for row in result.criteria if row.name == "days")
    assert [day.state for day in days.days] == ["gap", *["green"] * 6]
    assert result.exit_code == 11


def test_an_unknown_build_decides_nothing() -> None:
    epoch = Epoch(id=1, primary_build="p1", candidate_build="", first_at=START, last_at=AT)
    result = judged(complete(epoch=epoch))
    assert (result.status, statuses(result)["completeness", "builds"]) == (CheckStatus.inconclusive, "inconclusive")


@pytest.mark.parametrize(("share", "state"), [(0.95, "green"), (0.9499, "gap")])
def test_a_gap_of_exactly_five_percent(share: float, state: str) -> None:
    given = complete()
    watches = tuple(
        msgspec.structs.replace(row, seconds=row.seconds * share) if row.name == "mirror" else row
        for row in given.watches
    )
    days = next(row for row in judged(msgspec.structs.replace(given, watches=watches)).criteria if row.name == "days")
    assert {day.state for day in days.days} == {state}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"until": AT - 1.0}, "it has expired"),
        ({"candidate_build": "c0"}, "it was given on other builds"),
        ({"config_digest": "other"}, "has changed since"),
    ],
)
def test_an_approval_that_is_void_waits_for_another(fields: dict[str, Any], said: str) -> None:
    result = judged(complete(signoffs=signed(**fields)))
    assert result.exit_code == 13
    assert said in result.headline


def test_an_expired_waiver_lets_the_failure_return() -> None:
    bad = complete(failing={3: 200})
    observed = next(row for row in judged(bad).criteria if (row.name, row.scope) == ("parity", "all")).observed
    waiver = {"what": "waiver", "criterion": "parity", "scope": "all", "limit": observed}
    inside = judged(msgspec.structs.replace(bad, signoffs=signed(**waiver)))
    assert statuses(inside)["parity", "all"] == "waived"
    expired = judged(msgspec.structs.replace(bad, signoffs=signed(**waiver, until=AT - 1.0)))
    assert statuses(expired)["parity", "all"] == "fail"
    assert inside.exit_code == 10, "its endpoints were not waived"


# -- what others pass

def test_no_thresholds_are_a_configuration_error() -> None:
    nothing = ", ".join(f"{name}: null" for name in ("parity", "error_rate", "latency", "coverage", "completeness"))
    with pytest.raises(ConfigError, match="asks nothing"):
        config_of(TEXT.split("gate:")[0] + f"gate: {{{nothing}, data: null}}\n")


def test_a_gate_of_dry_runs_only_asks_nothing() -> None:
    config = config_of()
    gate = config.gate
    dry = {
        name: msgspec.structs.replace(section, dry_run=True)
        for name in gate.__struct_fields__
        if hasattr(section := getattr(gate, name), "dry_run")
    }
    quiet = msgspec.structs.replace(gate, **dry, counters=(), groups=())
    result = judged(complete(), msgspec.structs.replace(config, gate=quiet))
    assert (result.status, result.exit_code) == (CheckStatus.error, 12)
    assert all(row.dry_run for row in result.criteria)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("gate: {paritty: {}}", "parity"),
        ("gate: {parity: {min_ratio: 1.0}}", "never pass"),
        ("gate: {parity: {min_ratio: 1.5}}", "min_ratio"),
        ("gate: {parity: {confidence: 1.0}}", "confidence"),
        ("gate: {error_rate: {margin_ratio: 0}}", "never pass"),
        ("gate: {success: {day_ratio: 1.0}}", "never pass"),
        ("gate: {objective: {quantile: 1.0}}", "quantile"),
        ("gate: {profile: cutoff}", "cutover"),
        ("gate: {counters: [{name: a, metric: b, what: rise, most: 0}]}", "gate.metrics"),
        ("gate: {metrics: {url: 'http://a'}, counters: [{name: a, metric: b, what: rise}]}", "asks nothing"),
        ("gate: {metrics: {url: 'http://a'}, counters: [{name: a, what: mean, most: 1}]}", "names no metric"),
        ("gate: {groups: [{name: a, endpoints: [], max_s: 1}]}", "has no endpoints"),
        ("gate: {groups: [{name: a, endpoints: ['GET /a']}]}", "asks nothing"),
        ("gate: {approval: {required: 0}}", "required"),
        ("ledger: {path: '${SHADOW_NOWHERE}'}", "SHADOW_NOWHERE"),
    ],
)
def test_unknown_criteria_impossible_thresholds_and_missing_variables(line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config_of(TEXT.split("routes:")[0] + line + "\n")
    assert said in str(caught.value)


def test_an_ended_run_is_not_an_end() -> None:
    result = judged(complete(is_abandoned=True))
    assert statuses(result)["completeness", "all"] == "inconclusive"
    assert result.exit_code == 11


def test_a_mirror_that_stores_nothing_is_not_quiet() -> None:
    assert statuses(judged(complete(stalled_s=600.0)))["completeness", "all"] == "inconclusive"


def test_a_crashed_comparison_is_a_mismatch(evidence_of: Callable[..., Evidence]) -> None:
    given = evidence_of({ENDPOINTS[0]: {Outcome.match: 3000, (Outcome.mismatch, "compare_error"): 300}})
    assert statuses(judged(given))["parity", "all"] == "fail"


@pytest.mark.parametrize("reason", ["deadline", "limit", "undecodable"])
def test_a_comparison_that_gave_up_is_lost_not_equal(evidence_of: Callable[..., Evidence], reason: str) -> None:
    result = judged(evidence_of({ENDPOINTS[0]: {Outcome.match: 3000, (Outcome.not_comparable, reason): 300}}))
    assert statuses(result)["completeness", "all"] == "inconclusive"
    parity = next(row for row in result.criteria if (row.name, row.scope) == ("parity", "all"))
    assert parity.n == 3000


def test_an_answer_that_is_missing_is_a_failure(evidence_of: Callable[..., Evidence]) -> None:
    given = evidence_of({ENDPOINTS[0]: {Outcome.match: 3000, (Outcome.candidate_failed, "timeout"): 300}})
    found = statuses(judged(given))
    assert (found["parity", "all"], found["error_rate", "all"], found["success", "all"]) == ("fail",) * 3


def test_an_endpoint_that_disappeared_is_missed() -> None:
    given = complete()
    gone = {
        name: tuple(row for row in getattr(given, name) if row.endpoint != ENDPOINTS[1])
        for name in ("outcomes", "joints", "ratios", "latencies", "marks")
    }
    requests = sum(row.n for row in gone["outcomes"])
    given = msgspec.structs.replace(given, **gone, accepted_total=requests, outcomes_total=requests)
    result = judged(given)
    assert statuses(result)["coverage", ENDPOINTS[1]] == "inconclusive"
    assert statuses(result)["group_success", "auth"] == "inconclusive", "an empty group"
    assert "Expected, but never seen." in [row.reason for row in result.criteria]


def test_text_that_means_harm_stays_text(evidence_of: Callable[..., Evidence]) -> None:
    from reports.html import render_html

    page = render_html(judged(evidence_of({"GET /<script>alert(1)</script>": {Outcome.mismatch: 50}})))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


# -- properties

PLENTY = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def decided(result: Result) -> dict[tuple[str, str], Criterion]:
    return {(row.name, row.scope): row for row in result.criteria}


@PLENTY
@given(day=st.integers(0, DAYS - 1), failing=st.integers(0, 40), crashed=st.integers(0, 20), more=st.integers(1, 30),
       breaks=st.booleans())  # fmt: skip
def test_a_further_failing_pair_never_improves_anything(
    day: int, failing: int, crashed: int, more: int, breaks: bool
) -> None:
    before = decided(judged(complete(failing={day: failing}, crashed={day: crashed})))
    worse = (failing, crashed + more) if breaks else (failing + more, crashed)
    after = decided(judged(complete(failing={day: worse[0]}, crashed={day: worse[1]})))
    for key, row in before.items():
        assert rank(after[key].status) <= rank(row.status), key


TAKEN = ("outcomes", "joints", "latencies", "ratios", "marks", "totals", "watches", "checks", "proofs", "loads",
         "signoffs")  # fmt: skip


@PLENTY
@given(
    names=st.lists(st.sampled_from(TAKEN), min_size=1, max_size=3, unique=True),
    keep=st.sampled_from([0.0, 0.3, 0.9]),
    days=st.integers(3, DAYS),
)
def test_taking_good_evidence_away_never_improves_anything(names: list[str], keep: float, days: int) -> None:
    whole = complete(days=days)
    before = decided(judged(whole))
    taken: dict[str, Any] = {name: getattr(whole, name)[: int(len(getattr(whole, name)) * keep)] for name in names}
    if "outcomes" in names:
        requests = sum(row.n for row in taken["outcomes"])
        taken |= {"accepted_total": requests, "outcomes_total": requests}
    after = judged(msgspec.structs.replace(whole, **taken))
    for key, row in decided(after).items():
        if key in before:
            assert rank(row.status) <= rank(before[key].status), key
    if before and all(row.status is not CheckStatus.passed for row in before.values()):
        assert after.exit_code != 0


def test_the_document_can_be_read_back(tmp_path: Path) -> None:
    from reports.render import render_json

    result = judged(complete(failing={3: 20}))
    assert msgspec.json.decode(render_json(result), type=Result) == result
    assert json.loads(render_json(result))["exit_code"] == result.exit_code
