"""The judgement: evidence and settings in, one frozen document out. A pure function, without clock and without IO."""

from __future__ import annotations

from collections.abc import Callable

from reports.covered import collect_covered
from reports.criteria.completeness import account, judge_completeness
from reports.criteria.coverage import judge_coverage
from reports.criteria.data import judge_data, latest_checks
from reports.criteria.error_rate import judge_error_rate
from reports.criteria.identity import judge_builds
from reports.criteria.intended import judge_intended
from reports.criteria.latency import judge_latency, pair_up
from reports.criteria.parity import judge_parity
from reports.digest import evidence_digest
from reports.document import Accounting, Criterion, Identity, Result
from reports.endpoints import CONFIDENCE, endpoint_lines, linked
from reports.findings import collect_findings
from reports.headline import severity, write_headline, write_reasons
from reports.histogram import Histograms, histograms_by_leg
from reports.history import about_history, rule_history
from reports.policy import kept_away
from reports.status import worst_of
from reports.tally import EndpointTally, pool, tally_joints, tally_outcomes
from reports.unproved import unproved
from shadow.config import config_digest
from shadow.config.model import Config
from shadow.ledger.evidence import Evidence
from shadow.records import CheckStatus, Leg
from shadow.rules.reevaluate import reevaluate

MOST_FINDINGS = 300
"""The worst ones; `findings_total` tells how many there are."""

MOST_COVERED = 1000


def judge(
    evidence: Evidence,
    config: Config,
    *,
    at: float,
    expected_endpoints: tuple[str, ...] = (),
    tool_version: str,
) -> Result:
    """Return the whole judgement of the evidence at the instant `at` (Unix seconds UTC).

    `expected_endpoints` must be covered; when empty, what was seen stands in. Raises EvidenceError where the rows
    themselves are impossible (a negative count).
    """
    recorded = evidence
    history = reevaluate(recorded, config.compare, at)
    evidence = history.evidence
    tallies = tally_outcomes(evidence)
    pooled = pool(evidence, tallies)
    sums = account(evidence, pooled)
    histograms = histograms_by_leg(evidence.histograms, evidence.latencies)
    away = kept_away(config, expected_endpoints, tallies)
    due = tuple(name for name in expected_endpoints if name not in away)
    checks = latest_checks(evidence.checks)
    criteria = ask_all(evidence, config, at, due, tallies, pooled, sums, histograms)
    criteria = tuple(sorted((*criteria, *judge_intended(history)), key=severity)) if criteria else criteria
    status = worst_of(row.status for row in criteria)
    lines = endpoint_lines(histograms, criteria, tallies, expected_endpoints, shown_confidence(config))
    findings = collect_findings(evidence, criteria, tallies, checks)
    epoch = evidence.epoch
    return Result(
        identity=Identity(
            primary_build=epoch.primary_build if epoch else "",
            candidate_build=epoch.candidate_build if epoch else "",
            since=evidence.since,
            until=evidence.until,
            at=at,
            tool_version=tool_version,
            ledger_id=evidence.ledger_id,
            config_digest=config_digest(config),
            evidence_digest=evidence_digest(recorded),
        ),
        status=status,
        headline=write_headline(status, criteria),
        reasons=write_reasons(criteria),
        criteria=linked(criteria, lines),
        accounting=sums,
        endpoints=lines,
        findings=findings[:MOST_FINDINGS],
        findings_total=len(findings),
        covered=collect_covered(evidence)[:MOST_COVERED],
        rules=rule_history(history),
        checks=checks,
        gaps=tuple(sorted(evidence.gaps, key=lambda gap: (gap.started_at, gap.kind))),
        not_proved=(
            *about_history(history),
            *unproved(evidence, config, tallies, pooled, expected=expected_endpoints, kept_away=away, checks=checks),
        ),
    )


def ask_all(
    evidence: Evidence,
    config: Config,
    at: float,
    expected: tuple[str, ...],
    tallies: dict[str, EndpointTally],
    pooled: EndpointTally,
    sums: Accounting,
    histograms: Histograms,
) -> tuple[Criterion, ...]:
    """Return the rows of every criterion that is asked, in order of severity; none when none is asked."""
    gate = config.gate
    alone = frozenset(expected)
    rows: list[Criterion] = []
    if (parity := gate.parity) is not None:
        rows += guarded("parity", lambda: judge_parity(parity, pooled, tallies, alone))
    if (error_rate := gate.error_rate) is not None:
        rows += guarded("error_rate", lambda: judge_error_rate(error_rate, tally_joints(evidence, "error")))
    if (latency := gate.latency) is not None:
        pairs = pair_up(evidence, Leg(latency.against), tallies, histograms)
        rows += guarded("latency", lambda: judge_latency(latency, pairs, alone, config.secondary is not None))
    if (coverage := gate.coverage) is not None:
        rows += guarded("coverage", lambda: judge_coverage(coverage, tallies, expected))
    if (completeness := gate.completeness) is not None:
        left, stalled_s = evidence.is_abandoned, evidence.stalled_s
        rows += guarded("completeness", lambda: (
            judge_completeness(completeness, sums, pooled, is_abandoned=left, stalled_s=stalled_s),
        ))
    if (data := gate.data) is not None:
        rows += guarded("data", lambda: judge_data(data, config.verify, evidence.checks, at))
    if rows:
        rows += judge_builds(evidence, config)
    return tuple(sorted(rows, key=severity))


def shown_confidence(config: Config) -> float:
    """Return the confidence of the bounds in the endpoint table: that of parity, where it makes a bound."""
    parity = config.gate.parity
    return parity.confidence if parity and 0.0 < parity.confidence < 1.0 else CONFIDENCE


def guarded(name: str, ask: Callable[[], tuple[Criterion, ...]]) -> tuple[Criterion, ...]:
    """Return the rows, or one row of status `error` where settings or evidence make no sense; never nothing said."""
    try:
        return ask()
    except (ValueError, ArithmeticError) as error:
        return (
            Criterion(name=name, scope="all", status=CheckStatus.error, reason=f"Could not be evaluated: {error}."),
        )
