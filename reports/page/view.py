"""The whole page as one frozen record: what the templates may print, and nothing else."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from reports.document import Result
from reports.earlier.changes import Changes
from reports.page.anchors import unique
from reports.page.criteria import Criteria, criteria_of
from reports.page.data import DataChecks, data_of
from reports.page.days import Days, days_of
from reports.page.endpoints import Endpoints, detailed, endpoints_of
from reports.page.evidence import EvidenceStrip, evidence_of
from reports.page.findings import Findings, findings_of
from reports.page.glossary import OUTCOMES, TERMS, Term
from reports.page.hidden import Hidden, hidden_of
from reports.page.identity import IdentityBlock, identity_of
from reports.page.limits import FULL, Limits
from reports.page.overview import Overview, overview_of
from reports.page.signoffs import SignOffs, signoffs_of
from reports.page.since import Since, since_of
from reports.page.timeline import Timeline, timeline_of
from reports.page.verdict import Verdict, verdict_of

SECTIONS = frozenset(
    ["criteria", "evidence", "divergences", "endpoints", "data", "hidden", "sign-offs", "days", "gaps", "not-proved",
     "since"],
)  # fmt: skip
_OWN_IDS = SECTIONS | {"main", "approval", "glossary", "identity", "all-criteria", "worst", "in-force"}


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page shows, as text and geometry. `bulk` leads to the file beside it, if there is one."""

    verdict: Verdict
    identity: IdentityBlock
    criteria: Criteria
    evidence: EvidenceStrip
    timeline: Timeline | None
    overview: Overview
    signoffs: SignOffs
    since: Since | None
    days: Days
    findings: Findings
    endpoints: Endpoints
    data: DataChecks
    hidden: Hidden
    terms: tuple[Term, ...]
    outcome_terms: tuple[Term, ...]
    bulk: str


def _has_compared(result: Result) -> bool:
    return any(line.compared for line in result.endpoints) or bool(result.checks)


def page_of(result: Result, limits: Limits = FULL, changes: Changes | None = None, bulk: str = "") -> Page:
    """The page of a result document and what changed since an earlier one. Same documents, same page. `bulk` names the
    file of all evidence in the page's own folder."""
    endpoint_ids = unique([line.anchor for line in result.endpoints], "endpoint", _OWN_IDS)
    finding_ids = unique([item.anchor for item in result.findings], "finding", _OWN_IDS | frozenset(endpoint_ids))
    known = SECTIONS | detailed(result.endpoints, endpoint_ids, limits) | frozenset(finding_ids[: limits.findings])
    findings = findings_of(
        result.findings, result.findings_total, finding_ids, limits, compared=_has_compared(result)
    )
    return Page(
        verdict=verdict_of(result),
        identity=identity_of(result.identity, result.schema_version, result.profile),
        criteria=criteria_of(result.criteria, known, limits),
        evidence=evidence_of(result),
        timeline=timeline_of(result.identity.since, result.identity.until, result.gaps),
        overview=overview_of(
            findings,
            max(result.findings_total, len(result.findings)),
            result.covered,
            tuple(row for row in result.criteria if row.waiver),
        ),
        signoffs=signoffs_of(result),
        since=since_of(changes),
        days=days_of(result.days),
        findings=findings,
        endpoints=endpoints_of(result.endpoints, endpoint_ids, limits),
        data=data_of(result.checks, limits),
        hidden=hidden_of(result.covered, result.gaps, result.not_proved, limits, result.rules),
        terms=TERMS,
        outcome_terms=OUTCOMES,
        bulk=f"./{quote(bulk, safe='')}" if bulk else "",
    )
