"""Rules that observed differences suggest, the one first that would make most exchanges clean. Pure.

A suggestion is a question to the owners: is this intended? Nothing is suggested for a status, for a crashed
comparison, or for an intended change that did not happen.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

import msgspec

from shadow.config.model import Rule
from shadow.ledger.evidence import Evidence, SetRow, SignatureRow
from shadow.paths import parse_pattern
from shadow.records import Difference, Disposition, Kind, Outcome
from shadow.rules.place import read_group
from shadow.validation.governance import rule_problems

_NEVER = frozenset({Kind.status, Kind.compare_error, Kind.timing})
LIFE_DAYS = 30


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that could be, with the evidence: it makes `clean` exchanges agree, together with those before it, of the
    `n` in which it covers something. `old`, `new`: redacted values of one example; `note`: the cause in words."""

    rule: Rule
    n: int
    clean: int
    share: float
    old: str | None = None
    new: str | None = None
    note: str = ""


def suggest(
    evidence: Evidence, at: float, most: int = 10, taken: frozenset[str] = frozenset()
) -> tuple[Suggestion, ...]:
    """Return up to `most` suggestions from evidence as today's rules see it; `taken` are the ids in use."""
    known = {row.id: row for row in evidence.signatures}
    left = [
        (row, {m.signature for m in row.members if m.disposition is Disposition.open})
        for row in evidence.sets
        if row.outcome is Outcome.mismatch
    ]
    compared = Counter[str]()
    for outcome in evidence.outcomes:
        if outcome.outcome in (Outcome.mismatch, Outcome.expected, Outcome.noise_only, Outcome.match):
            compared[outcome.endpoint] += outcome.n
    found: list[Suggestion] = []
    names = set(taken)
    skipped: set[str] = set()
    while len(found) < most:
        signature = _best(left, skipped)
        if signature is None:
            break
        skipped.add(signature)
        row = known.get(signature)
        rule = _rule_for(row, names, at) if row is not None else None
        if row is None or rule is None:
            continue
        partner = _renamed(row, left, known)
        gone = {signature}
        if partner is not None:
            rule = _rename(rule, row, partner)
            gone.add(partner.id)
            skipped.add(partner.id)
        n = sum(each.n for each, opened in left if opened & gone)
        clean = sum(each.n for each, opened in left if opened and opened <= gone)
        left = [(each, opened - gone) for each, opened in left]
        names.add(rule.id)
        shown = _shown(row)
        found.append(
            Suggestion(
                rule=rule, n=n, clean=clean, share=n / compared[row.endpoint] if compared[row.endpoint] else 0.0,
                old=shown.old if shown else None, new=shown.new if shown else None, note=row.note,
            )
        )  # fmt: skip
    return tuple(found)


def _best(left: list[tuple[SetRow, set[str]]], skipped: set[str]) -> str | None:
    """Return the signature that alone keeps most exchanges from agreeing; then the one that most have at all."""
    alone: Counter[str] = Counter()
    at_all: Counter[str] = Counter()
    for row, opened in left:
        for signature in opened - skipped:
            at_all[signature] += row.n
            if len(opened) == 1:
                alone[signature] += row.n
    return max(at_all, key=lambda each: (alone[each], at_all[each], each), default=None)


def _rule_for(row: SignatureRow, names: set[str], at: float) -> Rule | None:
    if row.kind in _NEVER or read_group(row.group) is None:
        return None
    today = datetime.fromtimestamp(at, UTC).date()
    rule = Rule(
        id=_name(row, names),
        endpoint=row.endpoint,
        path=row.group.removeprefix("body:") if row.group.startswith("body:") else row.group,
        kinds=(str(row.kind),),
        owner="?",
        reason="?",
        created=today.isoformat(),
        expires=(today + timedelta(days=LIFE_DAYS)).isoformat(),
    )
    step = _step(row)
    if step is not None:
        rule = msgspec.structs.replace(rule, what="tolerate", absolute=float(step))
    return None if any(rule_problems((rule,))) else rule


def _name(row: SignatureRow, names: set[str]) -> str:
    place = parse_pattern(row.group)
    words = [str(each) for each in place.segments or () if isinstance(each, str)] or [place.area]
    base = "-".join(("".join(c if c.isalnum() else "-" for c in words[-1].lower()).strip("-") or "rule", str(row.kind)))
    return next(name for k in range(1, 10_000) if (name := base if k == 1 else f"{base}-{k}") not in names)


def _shown(row: SignatureRow) -> Difference | None:
    return next((d for e in row.examples for d in e.differences if d.group == row.group and d.kind is row.kind), None)


def _step(row: SignatureRow) -> Decimal | None:
    """Return how far apart two numbers were at most in the examples, None where not all were numbers."""
    if row.kind not in (Kind.value, Kind.precision):
        return None
    steps = []
    for example in row.examples:
        for each in example.differences:
            if each.group == row.group and each.kind is row.kind:
                try:
                    steps.append(abs(Decimal(each.old or "") - Decimal(each.new or "")))
                except InvalidOperation:
                    return None
    return max(steps, default=None) or None


def _renamed(
    row: SignatureRow, left: list[tuple[SetRow, set[str]]], known: dict[str, SignatureRow]
) -> SignatureRow | None:
    """Return the member that came where this one went, in all the same exchanges and with the same values."""
    if row.kind is not Kind.missing:
        return None
    mine = [opened for _, opened in left if row.id in opened]
    shown = _shown(row)
    place = parse_pattern(row.group)
    for other in set.intersection(*mine) if mine else ():
        partner = known.get(other)
        if partner is None or partner.kind is not Kind.extra or shown is None:
            continue
        there, come = parse_pattern(partner.group), _shown(partner)
        same_parent = (there.area, (there.segments or ())[:-1]) == (place.area, (place.segments or ())[:-1])
        is_name = bool(there.segments) and isinstance((there.segments or (0,))[-1], str)
        if same_parent and is_name and come is not None and come.new == shown.old:
            return partner
    return None


def _rename(rule: Rule, row: SignatureRow, partner: SignatureRow) -> Rule:
    name = (parse_pattern(partner.group).segments or ("",))[-1]
    return msgspec.structs.replace(rule, what="rename", kinds=(), to=str(name), absolute=0.0)
