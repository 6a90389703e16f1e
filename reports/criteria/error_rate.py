"""Error rate: does the candidate fail more often than the primary on the same requests.

Paired: only requests that one side failed and the other did not speak. Tango's score bound, backed by the exact one.
A row for `all`, and one for each endpoint where something failed on the candidate alone or n could decide.
Cannot see: requests of which only one side was recorded; those are in completeness.
"""

from __future__ import annotations

from reports.criteria.looks import USUAL, Nightly, hold
from reports.document import Criterion
from reports.evidence.tally import JointTally
from reports.statistics.binomial import needed_trials
from reports.statistics.paired import difference_lower, difference_upper, needed_pairs
from reports.statistics.sequential import Blocks
from reports.words import count, percent_up
from shadow.config.model import ErrorRate
from shadow.records import CheckStatus


def judge_error_rate(
    asked: ErrorRate,
    joints: dict[str, JointTally],
    blocks: dict[str, Blocks] | None = None,
    nightly: Nightly = USUAL,
) -> tuple[Criterion, ...]:
    """Return the row for `all`, then those of the endpoints. `blocks` are given where the gate is asked night after
    night. Raises ValueError for an impossible confidence."""

    def judged(scope: str, joint: JointTally) -> Criterion:
        row = judge_difference(asked, scope, joint)
        if blocks is None:
            return row
        return hold(row, blocks.get(scope, Blocks()), asked.margin_ratio, asked.confidence, nightly)

    rows = [judged("all", joints.get("all", JointTally()))]
    enough = needed_trials(0, asked.margin_ratio, asked.confidence)
    for name, joint in joints.items():
        if name == "all":
            continue
        if joint.new_bad or (enough is not None and joint.pairs >= enough):
            rows.append(judged(name, joint))
    return tuple(rows)


def judge_difference(asked: ErrorRate, scope: str, joint: JointTally) -> Criterion:
    """Return the answer for one 2x2 table."""
    n, margin = joint.pairs, asked.margin_ratio
    worst = difference_upper(joint.new_bad, joint.old_bad, n, asked.confidence)
    best = difference_lower(joint.new_bad, joint.old_bad, n, asked.confidence)
    if n == 0:
        return Criterion(
            name="error_rate",
            scope=scope,
            status=CheckStatus.inconclusive,
            required=margin,
            needed=needed_pairs(0, 0, margin, asked.confidence),
            reason="No request was answered or failed on both sides.",
        )
    observed = (joint.new_bad - joint.old_bad) / n
    needed: int | None = None
    bound = worst
    shown = (
        f"Of {count(n, 'pair')} {joint.new_bad:,} failed on the candidate alone, {joint.old_bad:,} on the primary "
        f"alone, {joint.both_bad:,} on both"
    )
    if worst <= margin:
        status = CheckStatus.passed
        reason = f"{shown}; at most {percent_up(bound)} more failures are plausible, {percent_up(margin)} allowed."
    elif best > margin:
        status = CheckStatus.fail
        bound = best
        reason = f"{shown}; at least {percent_up(bound)} more failures are shown, {percent_up(margin)} allowed."
    else:
        status = CheckStatus.inconclusive
        total = needed_pairs(joint.new_bad, joint.old_bad, margin, asked.confidence)
        needed = None if total is None else max(total - n, 1)
        reason = f"{shown}; up to {percent_up(bound)} more failures are plausible, {percent_up(margin)} allowed. " + (
            "No number of requests can show this margin; raise gate.error_rate.margin_ratio."
            if needed is None
            else f"{needed:,} more without one on the candidate alone would show it."
        )
    return Criterion(
        name="error_rate",
        scope=scope,
        status=status,
        required=margin,
        observed=observed,
        bound=bound,
        n=n,
        blocks=joint.blocks,
        needed=needed,
        reason=reason,
    )
