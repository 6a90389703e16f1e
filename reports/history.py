"""Today's rules over yesterday's exchanges: what that changed, for the document and in words."""

from __future__ import annotations

from reports.document import RuleChange, RuleDoubt, RuleHistory
from reports.words import count, listed
from shadow.ledger.caps import OVERFLOW
from shadow.rules.reevaluate import Reevaluated

MOST_CHANGES = 50
MOST_DOUBTS = 50


def rule_history(found: Reevaluated) -> RuleHistory:
    """Return the part of the document."""
    return RuleHistory(
        digest=found.digest,
        recorded=found.recorded,
        changed=found.changed,
        changes=tuple(
            RuleChange(
                endpoint=each.endpoint, before=str(each.before), after=str(each.after), rules=each.rules, n=each.n
            )
            for each in found.changes[:MOST_CHANGES]
        ),
        doubts=tuple(
            RuleDoubt(endpoint=each.endpoint, rule=each.rule, n=each.n) for each in found.doubts[:MOST_DOUBTS]
        ),
        unknown=found.unknown,
        unmet=tuple(each.rule for each in found.unmet),
    )


def about_history(found: Reevaluated) -> tuple[str, ...]:
    """Return the sentences about what rules changed, and what they could not change for want of evidence."""
    said = []
    if found.changed:
        said.append(changed_since(found.changed, sorted({rule for each in found.changes for rule in each.rules})))
    for doubt in found.doubts:
        what = "what was not kept apart" if doubt.rule == OVERFLOW else f"rule {doubt.rule}"
        said.append(
            f"Whether {what} covers the differences of {count(doubt.n, 'exchange')} at {doubt.endpoint}: they were "
            "recorded under other rules, and without the values it cannot be told. They count as failing."
        )
    if found.unknown:
        said.append(
            f"{count(found.unknown, 'exchange')} with differences do not tell under which rules they were recorded; "
            "only what today's rules cover by place and kind is excused."
        )
    return tuple(said)


def changed_since(n: int, rules: list[str]) -> str:
    """Return the sentence that says how many exchanges ended otherwise than recorded, and because of which rules."""
    because = f" because of {listed(rules)}" if rules else ""
    return f"Rules changed since: {count(n, 'exchange')} changed outcome{because}."
