"""What rules and noise covered, counted from the sets of signatures that occurred together."""

from __future__ import annotations

from collections import Counter

from reports.document import Covered
from shadow.ledger.evidence import Evidence
from shadow.records import Disposition, Kind


def collect_covered(evidence: Evidence) -> tuple[Covered, ...]:
    """Return how many exchanges had each covered signature and who covered it, the largest first.

    A signature that the ledger no longer describes appears under its id, as a value.
    """
    known = {row.id: row for row in evidence.signatures}
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in evidence.sets:
        for member in row.members:
            if member.disposition is not Disposition.open:
                counts[row.endpoint, member.signature, member.by or str(member.disposition)] += row.n
    lines = []
    for (endpoint, signature, by), n in counts.items():
        found = known.get(signature)
        path, kind = (found.group, found.kind) if found else (signature, Kind.value)
        lines.append(Covered(endpoint=endpoint, path=path, kind=kind, by=by, n=n))
    return tuple(sorted(lines, key=lambda line: (-line.n, line.endpoint, line.path, line.kind, line.by)))
