"""What a rule would have hidden, before it is saved. Pure."""

from __future__ import annotations

import msgspec

from shadow.compare.rules import endpoint_matches
from shadow.config.model import Compare, Rule
from shadow.ledger.evidence import Evidence, SignatureRow
from shadow.records import Disposition, Outcome
from shadow.rules.reevaluate import Doubt, reevaluate

MOST_SHOWN = 20


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """One signature that the rule would cover, in how many exchanges; `old` and `new` are redacted values of one."""

    endpoint: str
    group: str
    kind: str
    n: int
    old: str | None = None
    new: str | None = None


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of history with the rule: `compared` exchanges at the endpoints it names, `covered` of them have a
    difference that it covers, `clean` agree only because of it, and `doubts` could not be told. `hidden` are the
    signatures it covers; `is_all` tells that it covers every difference ever seen at its endpoints."""

    compared: int
    covered: int
    clean: int
    hidden: tuple[Hidden, ...] = ()
    hidden_total: int = 0
    doubts: tuple[Doubt, ...] = ()
    is_all: bool = False


def dry_run(evidence: Evidence, compare: Compare, rule: Rule, at: float) -> DryRun:
    """Return what history looks like with one more rule, beside what it looks like without.

    Raises ConfigError for a rule that cannot be compiled. Cannot see: values, so that a `tolerate`, a `map` or a
    `rename` shows as doubts what it might cover.
    """
    without = reevaluate(evidence, compare, at)
    book = msgspec.structs.replace(compare, rules=(*compare.rules, rule))
    with_rule = reevaluate(evidence, book, at)
    known = {row.id: row for row in evidence.signatures}
    covered: dict[str, int] = {}
    exchanges = 0
    other: set[str] = set()
    endpoints: set[str] = set()
    for row in with_rule.evidence.sets:
        mine = {member.signature for member in row.members if member.by == rule.id}
        exchanges += row.n if mine else 0
        if mine:
            endpoints.add(row.endpoint)
        for signature in mine:
            covered[signature] = covered.get(signature, 0) + row.n
    for row in with_rule.evidence.sets:
        if row.endpoint in endpoints:
            apart = (m for m in row.members if m.by != rule.id and m.disposition is not Disposition.noise)
            other |= {member.signature for member in apart}
    hidden = tuple(
        _hidden(known[signature], n)
        for signature, n in sorted(covered.items(), key=lambda item: (-item[1], item[0]))
        if signature in known
    )
    return DryRun(
        compared=_compared(evidence, rule),
        covered=exchanges,
        clean=_failing(without.evidence) - _failing(with_rule.evidence),
        hidden=hidden[:MOST_SHOWN],
        hidden_total=len(covered),
        doubts=tuple(each for each in with_rule.doubts if each.rule == rule.id),
        is_all=len(covered) > 1 and not other,
    )


def _failing(evidence: Evidence) -> int:
    return sum(row.n for row in evidence.outcomes if row.outcome is Outcome.mismatch)


def _compared(evidence: Evidence, rule: Rule) -> int:
    counted = (Outcome.mismatch, Outcome.expected, Outcome.noise_only, Outcome.match)
    return sum(
        row.n for row in evidence.outcomes if row.outcome in counted and endpoint_matches(rule.endpoint, row.endpoint)
    )


def _hidden(row: SignatureRow, n: int) -> Hidden:
    shown = next((d for example in row.examples for d in example.differences if d.group == row.group), None)
    return Hidden(
        endpoint=row.endpoint,
        group=row.group,
        kind=str(row.kind),
        n=n,
        old=shown.old if shown else None,
        new=shown.new if shown else None,
    )
