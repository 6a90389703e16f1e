"""Intended changes: does what an `expect` rule asserts happen at all?

A rule that says `happens: always` fails exchange by exchange, within parity. One that says `happens: sometimes` fails
here, where something was compared and the change was never seen.
Cannot see: whether the change happened often enough.
"""

from __future__ import annotations

from reports.document import Better, Criterion
from reports.words import count
from shadow.records import CheckStatus
from shadow.rules.reevaluate import Reevaluated


def judge_intended(found: Reevaluated) -> tuple[Criterion, ...]:
    """Return one failing row for each intended change that never happened."""
    return tuple(
        Criterion(
            name="rules",
            scope=each.rule,
            status=CheckStatus.fail,
            unit="count",
            better=Better.higher,
            required=1.0,
            observed=0.0,
            n=each.n,
            reason=f"The change that rule {each.rule} expects was not seen in {count(each.n, 'compared exchange')} at "
            f"{each.endpoint}; build it, or end the rule.",
        )
        for each in found.unmet
    )
