"""What the comparison would not have noticed: mistakes that were put into answers on purpose, and what blinded it."""

from __future__ import annotations

from collections import Counter, defaultdict

from reports.document import ProofLine
from reports.words import count, listed, percent_down
from shadow.ledger.evidence import Evidence

MASKED = ("rule:", "noise:")
MOST_STATEMENTS = 10


def proof_lines(evidence: Evidence) -> tuple[ProofLine, ...]:
    """Return one line for each endpoint and mistake, what was missed most first."""
    tested: Counter[tuple[str, str]] = Counter()
    detected: Counter[tuple[str, str]] = Counter()
    blinded: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in evidence.proofs:
        key = (row.endpoint, row.mutation)
        tested[key] += row.n
        if row.detected:
            detected[key] += row.n
        else:
            blinded[key][row.by] += row.n
    lines = (
        ProofLine(
            endpoint=key[0], mutation=key[1], tested=n, detected=detected[key],
            blinded=tuple(sorted(blinded[key].items(), key=lambda item: (-item[1], item[0]))),
        )
        for key, n in tested.items()
    )  # fmt: skip
    return tuple(sorted(lines, key=lambda line: (line.detected - line.tested, line.endpoint, line.mutation)))


def about_proofs(evidence: Evidence) -> tuple[str, ...]:
    """Return sentences on what mistakes would go unnoticed, most first; one where none was tried."""
    n = sum(row.n for row in evidence.proofs)
    if not n:
        if not evidence.sets and not evidence.outcomes:
            return ()
        return ("That a mistake would be noticed: none was put into an answer (compare.self_proof_ratio).",)
    missed: Counter[tuple[str, str]] = Counter()
    kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in evidence.proofs:
        if not row.detected:
            missed[row.endpoint, row.by] += row.n
            kinds[row.endpoint, row.by].add(row.mutation.replace("_", " "))
    said = []
    for (endpoint, by), times in sorted(missed.items(), key=lambda item: (-item[1], item[0]))[:MOST_STATEMENTS]:
        what = listed(sorted(kinds[endpoint, by]))
        said.append(
            f"{count(times, 'mistake')} put into answers of {endpoint} on purpose ({what}) went unnoticed, blinded by "
            f"{by.replace(':', ' ', 1)}."
        )
    if missed:
        seen = sum(row.n for row in evidence.proofs if row.detected)
        unmasked = n - sum(k for (_, by), k in missed.items() if by.startswith(MASKED))
        said.insert(
            0,
            f"Self-proof: {percent_down(seen / n)} of {count(n, 'mistake')} put into answers on purpose were noticed"
            + (f", {percent_down(seen / unmasked)} outside of what rules and noise mask." if unmasked else "."),
        )
    return tuple(said)
