"""All findings, worst first."""

from __future__ import annotations

import msgspec

from reports.document import Criterion, Finding
from reports.evidence.tally import EndpointTally
from reports.findings.causes import Cause, find_causes
from reports.findings.data import data_findings
from reports.findings.titles import is_server_error, portion, title
from shadow.ledger.evidence import Evidence, SignatureRow
from shadow.records import CheckStatus, DataCheck, Kind, Outcome

FAILED = "candidate_failed"
MILD = frozenset({Kind.header, Kind.case, Kind.whitespace, Kind.encoding, Kind.error_body})


def collect_findings(
    evidence: Evidence,
    criteria: tuple[Criterion, ...],
    tallies: dict[str, EndpointTally],
    checks: tuple[DataCheck, ...],
) -> tuple[Finding, ...]:
    """Return the findings: errors first, then wrong answers and data, then slowness, then what is mild; within each
    the largest share of its endpoint first. `anchor` is set in that order."""
    opened = [row for row in evidence.signatures if row.n_open > 0]
    named = {row.endpoint for row in opened}
    causes = find_causes(evidence)
    ranked = [(severity(row), of_signature(row, tallies, causes.get(row.id))) for row in opened]
    for name, tally in tallies.items():
        ranked += [(0, finding) for finding in of_failures(tally)]
        if name not in named and (unnamed := tally.total(frozenset({Outcome.mismatch}))):
            ranked.append((0, of_unnamed(tally, unnamed)))
    ranked += [(1, finding) for finding in data_findings(checks)]
    ranked += [(2, of_latency(row)) for row in criteria if row.name == "latency" and row.status is CheckStatus.fail]
    ranked.sort(key=lambda item: (item[0], -(item[1].share or 0.0), -item[1].n, item[1].scope, item[1].title))
    return tuple(
        msgspec.structs.replace(finding, anchor=f"finding-{number}") for number, (_, finding) in enumerate(ranked, 1)
    )


def severity(row: SignatureRow) -> int:
    """Return 0 for errors, 1 for wrong answers, 3 for what a client may well not notice."""
    if row.kind is Kind.compare_error or is_server_error(row):
        return 0
    return 3 if row.kind in MILD or row.group.startswith("header:") else 1


def share_of(n: int, tally: EndpointTally | None) -> float | None:
    """Return n as a share of what was compared at the endpoint, None where nothing was."""
    return min(n / tally.compared, 1.0) if tally and tally.compared else None


def of_signature(row: SignatureRow, tallies: dict[str, EndpointTally], cause: Cause | None = None) -> Finding:
    """Return the finding for a signature that is not covered, with its examples."""
    share = share_of(row.n_open, tallies.get(row.endpoint))
    return Finding(
        source="http",
        scope=row.endpoint,
        kind=str(row.kind),
        path=row.group,
        title=title(row, share),
        note=row.note,
        n=row.n_open,
        share=share,
        first_at=row.first_at,
        last_at=row.last_at,
        examples=row.examples,
        cause=cause.sentence() if cause else "",
        smallest=row.smallest.request if row.smallest else None,
        smallest_bytes=row.smallest.bytes if row.smallest else 0,
    )


def of_failures(tally: EndpointTally) -> list[Finding]:
    """Return one finding for each reason for which the candidate gave no answer at an endpoint."""
    found = []
    for (outcome, reason), n in sorted(tally.by_reason.items()):
        if outcome is Outcome.candidate_failed and n:
            share = share_of(n, tally)
            cause = reason.replace("_", " ") or "no reason recorded"
            found.append(
                Finding(
                    source="http",
                    scope=tally.endpoint,
                    kind=FAILED,
                    path=reason,
                    title=f"{tally.endpoint}: the candidate gave no answer{portion(share)} ({cause})".replace(
                        "compared answers", "compared requests"
                    ),
                    n=n,
                    share=share,
                )
            )
    return found


def of_unnamed(tally: EndpointTally, n: int) -> Finding:
    """Return the finding for mismatches of which no open difference was recorded, so that none goes unseen."""
    share = share_of(n, tally)
    return Finding(
        source="http",
        scope=tally.endpoint,
        kind=str(Kind.compare_error),
        path="compare",
        title=f"{tally.endpoint}: disagrees without a recorded difference{portion(share)}",
        n=n,
        share=share,
    )


def of_latency(row: Criterion) -> Finding:
    """Return the finding for an endpoint that got slower."""
    return Finding(
        source="latency",
        scope=row.scope,
        kind=str(Kind.timing),
        path="duration",
        title=f"{row.scope} is slower: {row.reason.split(';')[0].split(' (')[0]} ({row.observed or 0.0:.1f}×)",
        note=row.reason,
        n=row.n,
    )
