"""Are the rules still right? Those that have expired, do nothing, do far more than they did, or hide all. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Literal

import msgspec

from shadow.compare.rules import endpoint_matches, ends_at
from shadow.config.model import Compare, Rule
from shadow.config.rulebook import parse_rulebook
from shadow.ledger.evidence import Evidence
from shadow.records import Disposition, Outcome

DAY_S = 86_400.0
SOON_DAYS = 14
DEAD_AFTER = 100
"""Exchanges compared at its endpoints in which a rule had nothing to cover, before it is called dead."""
BUSIER_TIMES = 3.0
BUSIER_LEAST = 20
ALL_OF = 3
"""Signatures seen at an endpoint, before a rule that covers all of them is called too broad."""

_COMPARED = frozenset({Outcome.mismatch, Outcome.expected, Outcome.noise_only, Outcome.match})


class RuleState(msgspec.Struct, frozen=True, kw_only=True):
    """How a rule does: its state, its hits in the epoch, the last day it had one, and what is wrong with it in words.

    `faults` are (kind, sentence): `expired`, `expiring`, `dead`, `busier`, `broad`. `expiring` is a warning alone.
    """

    id: str
    state: Literal["in force", "expired"]
    hits: int = 0
    last_hit: str = ""
    faults: tuple[tuple[str, str], ...] = ()


def rule_states(compare: Compare, evidence: Evidence | None, at: float) -> tuple[RuleState, ...]:
    """Return the state of every rule at an instant, in the order of the configuration; without evidence (no ledger
    yet) only what the rules say of themselves."""
    return tuple(_state(rule, evidence, at) for rule in compare.rules)


def _state(rule: Rule, evidence: Evidence | None, at: float) -> RuleState:
    in_force = at < ends_at(rule)
    faults: list[tuple[str, str]] = []
    today = datetime.fromtimestamp(at, UTC).date()
    if not in_force:
        gone = f"expired on {rule.expires} and covers nothing any more; renew it with {rule.owner}, or remove it"
        faults.append(("expired", gone))
    elif date.fromisoformat(rule.expires) - today <= timedelta(days=SOON_DAYS):
        faults.append(("expiring", f"expires on {rule.expires}; ask {rule.owner}"))
    if evidence is None:
        return RuleState(id=rule.id, state="in force" if in_force else "expired", faults=tuple(faults))
    by_day: Counter[float] = Counter()
    for row in evidence.hits:
        if row.rule == rule.id:
            by_day[row.day_at] += row.n
    if in_force:
        faults += _dead(rule, by_day, evidence)
        faults += _busier(rule, by_day, evidence)
        faults += _broad(rule, evidence)
    return RuleState(
        id=rule.id,
        state="in force" if in_force else "expired",
        hits=sum(by_day.values()),
        last_hit=_day(max(by_day)) if by_day else "",
        faults=tuple(faults),
    )


def _compared_by_day(rule: Rule, evidence: Evidence) -> Counter[float]:
    found: Counter[float] = Counter()
    for row in evidence.outcomes:
        if row.outcome in _COMPARED and endpoint_matches(rule.endpoint, row.endpoint):
            found[row.block_at // DAY_S * DAY_S] += row.n
    return found


def _dead(rule: Rule, by_day: Counter[float], evidence: Evidence) -> list[tuple[str, str]]:
    """Count only what was compared with the rule in force: one that was just added has had no chance yet."""
    if by_day or any(member.by == rule.id for row in evidence.sets for member in row.members):
        return []
    books = {row.digest: parse_rulebook(row.content) for row in evidence.rulebooks}
    having = {digest for digest, book in books.items() if book and any(each.id == rule.id for each in book.rules)}
    compared = sum(
        row.n for row in evidence.rules if row.digest in having and endpoint_matches(rule.endpoint, row.endpoint)
    )
    if compared < DEAD_AFTER:
        return []
    return [("dead", f"had nothing to cover in {compared:,} compared exchanges at {rule.endpoint}; remove it")]


def _busier(rule: Rule, by_day: Counter[float], evidence: Evidence) -> list[tuple[str, str]]:
    """Compare the last day's share of exchanges with the median of the days before, since the first hit."""
    compared = {day: n for day, n in _compared_by_day(rule, evidence).items() if by_day and day >= min(by_day)}
    if len(compared) < 2:
        return []
    *before, last = sorted(compared)
    usual = median(by_day[day] / compared[day] for day in before)
    expected = usual * compared[last]
    if by_day[last] < BUSIER_LEAST + expected or by_day[last] < BUSIER_TIMES * expected:
        return []
    share = by_day[last] / compared[last]
    said = f"covers {share:.1%} of the exchanges on {_day(last)}, {usual:.1%} on a usual day; see what it hides now"
    return [("busier", said)]


def _broad(rule: Rule, evidence: Evidence) -> list[tuple[str, str]]:
    covered: dict[str, set[str]] = defaultdict(set)
    other: dict[str, set[str]] = defaultdict(set)
    for row in evidence.sets:
        for member in row.members:
            if member.disposition is Disposition.noise:
                continue
            (covered if member.by == rule.id else other)[row.endpoint].add(member.signature)
    return [
        ("broad", f"hides every one of the {len(found)} differences ever seen at {endpoint}; name what is meant")
        for endpoint, found in sorted(covered.items())
        if len(found) >= ALL_OF and not other[endpoint] - found
    ]


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
