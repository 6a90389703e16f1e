"""The verdict in one sentence, with the criterion that decides and its margin."""

from __future__ import annotations

from reports.document import Criterion
from reports.status import rank
from reports.words import count
from shadow.records import CheckStatus

WORDS = {
    CheckStatus.error: "ERROR",
    CheckStatus.fail: "NO-GO",
    CheckStatus.inconclusive: "NOT YET",
    CheckStatus.waived: "GO",
    CheckStatus.passed: "GO",
}

TITLES = {
    "parity": "parity",
    "error_rate": "error rate",
    "latency": "latency",
    "coverage": "coverage",
    "completeness": "completeness",
    "data": "data",
}


def title_of(row: Criterion) -> str:
    """Return the criterion and its scope as words: `parity of GET /orders/{id}`."""
    name = TITLES.get(row.name, row.name)
    return name if row.scope == "all" else f"{name} of {row.scope}"


def severity(row: Criterion) -> tuple[int, float, str, str]:
    """Return the order of rows: worst status first, then the one that misses its requirement by most."""
    return (rank(row.status), -excess(row), row.name, row.scope)


def excess(row: Criterion) -> float:
    """Return by how much the allowance is overdrawn, as a multiple that compares across criteria; 0.0 if unknown."""
    if row.required is None or row.observed is None:
        return 0.0
    if row.name == "parity":
        return (1.0 - row.observed) / max(1.0 - row.required, 1e-9)
    if row.name == "coverage":
        return (row.required - row.observed) / max(row.required, 1.0)
    return row.observed / max(row.required, 1e-9)


def write_headline(status: CheckStatus, criteria: tuple[Criterion, ...]) -> str:
    """Return the sentence; `criteria` are in order of severity."""
    word = WORDS[status]
    if not criteria:
        return f"{word}: no criterion is configured, so nothing was asked."
    first = criteria[0]
    if status is CheckStatus.passed:
        return (
            f"{word}: {count(len(criteria), 'criterion', 'criteria')} passed. Closest: {sentence(closest(criteria))}"
        )
    others = sum(1 for row in criteria if row.status is first.status) - 1
    more = f" {others:,} more {verb_of(first.status, others)}." if others else ""
    return f"{word}: {sentence(first)}{more}"


def verb_of(status: CheckStatus, n: int) -> str:
    """Return what the others do, in words: `fail`, `are inconclusive`."""
    if status is CheckStatus.fail:
        return "fails" if n == 1 else "fail"
    words = {CheckStatus.error: "could not be evaluated", CheckStatus.waived: "waived"}
    verb = "is" if n == 1 else "are"
    return words[status] if status is CheckStatus.error else f"{verb} {words.get(status, str(status))}"


def closest(criteria: tuple[Criterion, ...]) -> Criterion:
    """Return the passed criterion with the least room left between bound and requirement.

    Latency has two allowances, of which the bound in the row is one, so its room does not compare.
    """

    def room(row: Criterion) -> float:
        if row.bound is None or row.required is None or row.name == "latency":
            return float("inf")
        if row.name == "parity":
            return (row.bound - row.required) / max(1.0 - row.required, 1e-9)
        return (row.required - row.bound) / max(row.required, 1e-9)

    return min(criteria, key=lambda row: (room(row), row.name, row.scope))


def sentence(row: Criterion) -> str:
    """Return title and reason as one sentence."""
    return f"{title_of(row)}: {row.reason}"
