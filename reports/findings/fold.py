"""Differences that only come along with another status: consequences of it, no findings of their own.

Another status brings another body and other headers. A signature that is open only in exchanges whose status is open
too is folded into the status finding of its endpoint and named in its note.
Cannot see: a second cause that happens to occur only where the status differs as well.
"""

from __future__ import annotations

from collections import defaultdict

from shadow.ledger.evidence import Evidence
from shadow.records import Disposition, Kind


def consequences(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """Return for each status signature the ids of the open signatures that occur in its company only."""
    statuses = {row.id for row in evidence.signatures if row.kind is Kind.status and row.n_open > 0}
    company: dict[str, set[str]] = {}
    for row in evidence.sets:
        if row.n <= 0:
            continue
        opened = {member.signature for member in row.members if member.disposition is Disposition.open}
        beside = opened & statuses
        for signature in opened - statuses:
            company[signature] = company.get(signature, beside) & beside
    found: dict[str, list[str]] = defaultdict(list)
    for signature, beside in company.items():
        for status in sorted(beside)[:1]:
            found[status].append(signature)
    return {status: tuple(sorted(members)) for status, members in found.items()}
