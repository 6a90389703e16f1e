"""What a demo run has to find, and whether it did. Pure but for reading the list of plants."""

from __future__ import annotations

from pathlib import Path

import msgspec

DECIDABLE = 5000
"""Requests from which on every plant has to be found, the slower endpoint too, which needs enough timed pairs."""


class Plant(msgspec.Struct, frozen=True, kw_only=True):
    """One planted divergence, and the finding that it has to become (see examples/orders/plants.json)."""

    id: str
    source: str
    scope: str
    path: str
    kind: str
    sentence: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a finding in the result document."""

    source: str
    scope: str
    kind: str
    path: str = ""
    title: str = ""


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of the accounting."""

    accepted: int
    outcomes: int
    holds: bool = False


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of the result document."""

    status: str
    headline: str
    accounting: Sum
    reasons: tuple[str, ...] = ()
    findings: tuple[Seen, ...] = ()
    findings_total: int = 0


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Planted and found, planted and not found, found and not planted; `problems` says what is not as expected."""

    found: tuple[Plant, ...]
    missed: tuple[Plant, ...]
    unexpected: tuple[Seen, ...]
    problems: tuple[str, ...]

    @property
    def is_expected(self) -> bool:
        """Whether the run ended as it has to."""
        return not self.problems


def load_plants(path: Path) -> tuple[Plant, ...]:
    """Return the list of plants."""
    return msgspec.json.decode(path.read_bytes(), type=tuple[Plant, ...])


def account_for(verdict: Verdict, planted: tuple[Plant, ...], requests: int) -> Account:
    """Compare a verdict with what was planted; nothing is planted in a fixed run.

    A plant is found by a finding of the same source, scope, path and kind. Fewer than `DECIDABLE` requests may miss
    plants, but must never report what is not there, and never pass. Without plants a pass is expected, or an
    inconclusive verdict, never a finding.
    """
    wanted = {(one.source, one.scope, one.path, one.kind): one for one in planted}
    seen = {(one.source, one.scope, one.path, one.kind) for one in verdict.findings}
    found = tuple(one for key, one in wanted.items() if key in seen)
    missed = tuple(one for key, one in wanted.items() if key not in seen)
    unexpected = tuple(
        one for one in verdict.findings if (one.source, one.scope, one.path, one.kind) not in wanted
    )
    problems = [f"not planted, yet found: {one.title}" for one in unexpected]
    if len(verdict.findings) != verdict.findings_total:
        problems.append(f"{verdict.findings_total} findings, of which {len(verdict.findings)} are in the document")
    if requests >= DECIDABLE:
        problems += [f"planted, yet not found: {one.id}: {one.sentence}" for one in missed]
    sums = verdict.accounting
    if not sums.holds or sums.accepted != requests:
        problems.append(f"{requests} requests were sent, {sums.accepted} accepted, {sums.outcomes} accounted for")
    allowed = allowed_statuses(bool(planted), requests)
    if verdict.status not in allowed:
        problems.append(f"the verdict is {verdict.status}, where {' or '.join(allowed)} is expected")
    return Account(found=found, missed=missed, unexpected=unexpected, problems=tuple(problems))


def allowed_statuses(planted: bool, requests: int) -> tuple[str, ...]:
    """Return which statuses a run may end with."""
    if planted:
        return ("fail",) if requests >= DECIDABLE else ("fail", "inconclusive")
    return ("pass", "inconclusive") if requests >= DECIDABLE else ("inconclusive",)
