"""The judgement: evidence and settings in, one frozen document out. A pure function, without clock and without IO."""

from __future__ import annotations

import msgspec

from reports.asked import Case, ask_all
from reports.criteria.completeness import account
from reports.criteria.data import latest_checks
from reports.criteria.intended import judge_intended
from reports.document import Identity, Result
from reports.endpoints import CONFIDENCE, endpoint_lines, linked, moved_endpoints
from reports.evidence.cells import Cells, cells_of
from reports.evidence.covered import collect_covered
from reports.evidence.days import day_lines, endpoint_days
from reports.evidence.digest import evidence_digest
from reports.evidence.histogram import Histograms, histograms_by_leg
from reports.evidence.policy import kept_away
from reports.evidence.regressed import with_regressions
from reports.evidence.tally import pool, tally_outcomes
from reports.findings import collect_findings
from reports.headline import write_headline, write_reasons
from reports.history import about_history, rule_history
from reports.selfproof import about_proofs, proof_lines
from reports.standing import standing
from reports.status import exit_code, worst_of
from reports.unproved import unproved
from shadow.config import config_digest
from shadow.config.model import Config
from shadow.ledger.evidence import Evidence
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
    declared_cases: tuple[str, ...] = (),
    tool_version: str,
) -> Result:
    """Return the whole judgement of the evidence at the instant `at` (Unix seconds UTC).

    `expected_endpoints` must be covered; when empty, what was seen stands in. `declared_cases` are answers and
    parameters that a document declares (`GET /users status 4xx`), of which those of expected endpoints must be seen.
    Raises EvidenceError where the rows themselves are impossible (a negative count).
    """
    recorded = evidence
    history = reevaluate(recorded, config.compare, at)
    evidence = history.evidence
    recorded_cells = cells_of(recorded.outcomes)
    cells = recorded_cells if evidence.outcomes is recorded.outcomes else cells_of(evidence.outcomes)
    tallies = tally_outcomes(evidence, cells)
    pooled = pool(evidence, tallies, cells)
    sums = account(evidence, pooled)
    histograms = histograms_by_leg(evidence.histograms, evidence.latencies)
    away = kept_away(config, expected_endpoints, tallies)
    due = tuple(name for name in expected_endpoints if name not in away)
    checks = latest_checks(evidence.checks)
    identity = identify(recorded, config, at=at, tool_version=tool_version, histograms=histograms, cells=recorded_cells)
    asked = config.gate.approval
    signed = standing(evidence.signoffs, identity, evidence.accepted_total, asked)
    criteria = ask_all(
        Case(
            evidence=evidence, config=config, at=at, expected=due, tallies=tallies, pooled=pooled, sums=sums,
            histograms=histograms, intended=judge_intended(history), cases=cases_at(declared_cases, due),
        ),
        signed,
    )  # fmt: skip
    status = worst_of(row.status for row in criteria if not row.dry_run)
    lines = endpoint_lines(histograms, criteria, tallies, expected_endpoints, shown_confidence(config))
    daily = endpoint_days(evidence, cells)
    moved = moved_endpoints(config, [line.endpoint for line in lines])
    lines = tuple(
        msgspec.structs.replace(line, days=daily.get(line.endpoint, ()), new_endpoint=moved.get(line.endpoint, ""))
        for line in lines
    )
    lines = with_regressions(lines, tallies, config.gate.parity)
    findings = collect_findings(evidence, criteria, tallies, checks)
    return Result(
        identity=identity,
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
        self_proof=proof_lines(evidence)[:MOST_COVERED],
        checks=checks,
        gaps=tuple(sorted(evidence.gaps, key=lambda gap: (gap.started_at, gap.kind))),
        not_proved=(
            *about_history(history),
            *about_proofs(evidence),
            *unproved(evidence, config, tallies, pooled, expected=expected_endpoints, kept_away=away, checks=checks),
        ),
        profile=config.gate.profile,
        exit_code=exit_code(criteria),
        approvals_required=asked.required if asked else 0,
        approvals_given=len(signed.approvers),
        signoffs=signed.lines,
        days=day_lines(evidence, cells),
    )


def cases_at(cases: tuple[str, ...], endpoints: tuple[str, ...]) -> tuple[str, ...]:
    """Return the cases of these endpoints: `METHOD /path word word` belongs to `METHOD /path`."""
    wanted = frozenset(endpoints)
    return tuple(case for case in cases if case.rsplit(" ", 2)[0] in wanted)


def identify(
    evidence: Evidence, config: Config, *, at: float, tool_version: str, histograms: Histograms, cells: Cells
) -> Identity:
    """Return what is judged: builds, window and digests."""
    epoch = evidence.epoch
    return Identity(
        primary_build=epoch.primary_build if epoch else "",
        candidate_build=epoch.candidate_build if epoch else "",
        since=evidence.since,
        until=evidence.until,
        at=at,
        tool_version=tool_version,
        ledger_id=evidence.ledger_id,
        config_digest=config_digest(config),
        evidence_digest=evidence_digest(evidence, histograms, cells),
    )


def shown_confidence(config: Config) -> float:
    """Return the confidence of the bounds in the endpoint table: that of parity, where it makes a bound."""
    parity = config.gate.parity
    return parity.confidence if parity and 0.0 < parity.confidence < 1.0 else CONFIDENCE
