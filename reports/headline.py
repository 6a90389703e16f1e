"""The verdict in one sentence, with the criterion that decides and its margin."""

from __future__ import annotations

from reports.document import Better, Criterion
from reports.status import rank
from reports.words import count, listed
from shadow.records import CheckStatus

BUILDS = "builds"
"""The scope of the row that says which builds are unknown."""

WORDS = {
    CheckStatus.error: "ERROR",
    CheckStatus.fail: "NO-GO",
    CheckStatus.inconclusive: "NOT YET",
    CheckStatus.waived: "GO",
    CheckStatus.passed: "GO",
}

OPEN = (CheckStatus.passed, CheckStatus.waived)

TITLES = {
    "parity": "parity",
    "error_rate": "error rate",
    "latency": "latency",
    "coverage": "coverage",
    "completeness": "completeness",
    "data": "data",
    "success": "success",
    "days": "days in a row",
    "objective": "latency objective",
    "trips": "breaker trips",
    "counters": "backend counters",
    "group_success": "group success",
    "group_latency": "group latency",
    "load": "load",
    "sensitivity": "sensitivity",
    "rules": "intended change",
    "approval": "approval",
}
"""What a criterion is called, wherever it is named."""

UNCOMPARABLE = frozenset({"latency", "trips", "sensitivity"})
"""Criteria whose bound and requirement are not on one scale of room left."""


def title_of(row: Criterion) -> str:
    """Return the criterion and its scope as words: `parity of GET /orders/{id}`."""
    if row.scope == BUILDS:
        return "builds"
    if row.name == "counters" and row.scope != "all":
        return f"the backend's {row.scope}"
    name = TITLES.get(row.name, row.name.replace("_", " "))
    return name if row.scope == "all" else f"{name} of {row.scope}"


def severity(row: Criterion) -> tuple[int, float, str, bool, str]:
    """Return the order of rows: worst status first, then the one that misses its requirement by most, the whole
    before its parts."""
    return (rank(row.status), -excess(row), row.name, row.scope != "all", row.scope)


def excess(row: Criterion) -> float:
    """Return by how much the allowance is overdrawn, as a multiple that compares across criteria; 0.0 if unknown."""
    if row.required is None or row.observed is None:
        return 0.0
    if row.better is Better.lower:
        return row.observed / max(row.required, 1e-9)
    if row.unit == "ratio":
        return (1.0 - row.observed) / max(1.0 - row.required, 1e-9)
    return (row.required - row.observed) / max(row.required, 1.0)


def write_headline(status: CheckStatus, criteria: tuple[Criterion, ...]) -> str:
    """Return the sentence; `criteria` are in order of severity."""
    word = WORDS[status]
    criteria = tuple(row for row in criteria if not row.dry_run)
    if not criteria:
        return f"{word}: no criterion is configured, so nothing was asked."
    first = criteria[0]
    rest = {row.status for row in criteria if row.name != "approval"}
    if first.name == "approval" and first.status is CheckStatus.inconclusive and rest <= set(OPEN):
        return f"WAITING: {sentence(first)}"
    if status is CheckStatus.waived:
        waived = sum(row.status is CheckStatus.waived for row in criteria)
        signed = any(row.name == "approval" for row in criteria)
        overrides = count(waived, "override")
        lead = f"{word}, with {overrides}" if signed else f"WAITING for approval of {overrides}"
        return f"{lead}: {sentence(first)}"
    if status is CheckStatus.passed:
        return (
            f"{word}: {count(len(criteria), 'criterion', 'criteria')} passed. Closest: {sentence(closest(criteria))}"
        )
    others = sum(1 for row in criteria if row.status is first.status) - 1
    more = f" {others:,} more {verb_of(first.status, others)}." if others else ""
    return f"{word}: {sentence(first)}{more}"


def write_reasons(criteria: tuple[Criterion, ...]) -> tuple[str, ...]:
    """Return one sentence for each criterion and status that is no pass: the worst row, and which others are alike.

    `criteria` are in order of severity.
    """
    groups: dict[tuple[str, CheckStatus], list[Criterion]] = {}
    for row in criteria:
        if row.status is not CheckStatus.passed and not row.dry_run:
            name = BUILDS if row.scope == BUILDS else row.name
            groups.setdefault((name, row.status), []).append(row)
    sentences = []
    for first, *others in groups.values():
        # The row on all endpoints names those that lack coverage already.
        likewise = [] if first.name == "coverage" and first.scope == "all" else [scope_of(row) for row in others]
        sentences.append(sentence(first) + (f" Likewise: {listed(likewise)}." if likewise else ""))
    return tuple(sentences)


def scope_of(row: Criterion) -> str:
    """Return the scope as words."""
    return "the whole" if row.scope == "all" else row.scope


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
        if row.bound is None or row.required is None or row.name in UNCOMPARABLE:
            return float("inf")
        if row.better is Better.higher:
            return (row.bound - row.required) / max(1.0 - row.required, 1e-9)
        return (row.required - row.bound) / max(row.required, 1e-9)

    return min(criteria, key=lambda row: (room(row), row.name, row.scope))


def sentence(row: Criterion) -> str:
    """Return title and reason as one sentence."""
    return f"{title_of(row)}: {row.reason}"
