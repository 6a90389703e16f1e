"""Parity: do the candidate's answers agree with the primary's, shown with confidence.

One-sided Clopper-Pearson bounds on the failing share of the compared exchanges, per endpoint and pooled. Passing at
every endpoint needs no correction for their number (intersection-union test). Endpoints outside a given list of
expected ones count within `all`, and get a row of their own as soon as they fail.
Where a pass would not stand if every answer that was lost, perhaps because of the candidate, disagreed, it is open.
Mismatches that a second look called transient or unstable count neither way; too many of them, and it cannot pass.
Cannot see: what a rule or noise covered, and requests that never reached the candidate.
"""

from __future__ import annotations

from reports.criteria.looks import USUAL, Nightly, hold
from reports.document import Better, Criterion
from reports.evidence.tally import LOST, EndpointTally, together
from reports.statistics.binomial import lower_bound, needed_trials, upper_bound
from reports.statistics.sequential import Blocks
from reports.words import count, listed, percent_down, percent_up
from shadow.config.model import Parity
from shadow.records import CheckStatus


def judge_parity(
    asked: Parity,
    pooled: EndpointTally,
    tallies: dict[str, EndpointTally],
    expected: frozenset[str],
    blocks: dict[str, Blocks] | None = None,
    nightly: Nightly = USUAL,
) -> tuple[Criterion, ...]:
    """Return the row for `all`, then one for every endpoint that was compared and has to stand alone, and with
    `tier_1` one for all others together.

    `blocks` (by endpoint and `all`) are given where the gate is asked night after night.
    Raises ValueError where the settings make no bound (a confidence of 0 or 1).
    """

    def judged(tally: EndpointTally) -> Criterion:
        row = judge_share(asked, tally)
        if blocks is None or tally.endpoint == TAIL:
            return row
        held = blocks.get(tally.endpoint, Blocks())
        return hold(row, held, 1.0 - asked.min_ratio, asked.confidence, nightly)

    alone = frozenset(asked.tier_1) or expected
    rows = [judged(pooled)]
    for name, tally in tallies.items():
        if tally.compared == 0:
            continue
        row = judged(tally)
        if not alone or name in alone or row.status is CheckStatus.fail:
            rows.append(row)
    if asked.tier_1:
        missing = [name for name in asked.tier_1 if name not in tallies or not tallies[name].compared]
        rows += [judge_share(asked, EndpointTally(endpoint=name, by_reason={})) for name in missing]
        rest = [tally for name, tally in tallies.items() if name not in alone and tally.compared]
        if rest:
            rows.append(judged(together(TAIL, rest)))
    return tuple(rows)


TAIL = "tail"
"""The scope of all endpoints that are not in `tier_1`."""


def judge_share(asked: Parity, tally: EndpointTally) -> Criterion:
    """Return the answer for one tally: fail only where even the optimistic bound is too low."""
    n, failing = tally.compared, tally.failing
    allowance = 1.0 - asked.min_ratio
    worst = upper_bound(failing, n, asked.confidence)
    best = lower_bound(failing, n, asked.confidence)
    if n == 0:
        shown = count(tally.excused, "mismatch", "mismatches")
        return Criterion(
            name="parity",
            scope=tally.endpoint,
            status=CheckStatus.inconclusive,
            better=Better.higher,
            required=asked.min_ratio,
            needed=needed_trials(0, allowance, asked.confidence),
            reason=f"Nothing but {shown} that a second look did not confirm." if tally.excused
            else "Nothing was compared.",
        )
    needed: int | None = None
    bound = 1.0 - worst
    unstable = tally.excused / (n + tally.excused)
    shown = f"{percent_down(tally.agreeing / n)} of {count(n, 'compared answer')} {agree(n)}"
    if unstable > asked.max_unstable_ratio and best <= allowance:
        status = CheckStatus.inconclusive
        mismatches = count(tally.excused, "mismatch", "mismatches")
        reason = (
            f"{shown}, but {percent_up(unstable)} of all, {mismatches}, went away or contradicted itself on a second "
            f"look; at most {percent_up(asked.max_unstable_ratio)} may."
        )
    elif within(worst, allowance) and (doubtful := doubtful_of(tally)) and not within(
        upper_bound(failing + doubtful, n + doubtful, asked.confidence), allowance
    ):
        status = CheckStatus.inconclusive
        bound = 1.0 - upper_bound(failing + doubtful, n + doubtful, asked.confidence)
        reason = (
            f"{shown}, but of {count(doubtful, 'further answer')} nothing is known, and the candidate may be why "
            f"({listed(doubtful_words(tally))}); if they all disagreed, only {percent_down(bound)} would be shown, "
            f"{percent_down(asked.min_ratio)} required."
        )
    elif within(worst, allowance):
        status = CheckStatus.passed
        reason = f"{shown}; at least {percent_down(bound)} is shown, {percent_down(asked.min_ratio)} required."
    elif best > allowance:
        status = CheckStatus.fail
        bound = 1.0 - best
        reason = f"{shown}; at most {percent_down(bound)} is plausible, {percent_down(asked.min_ratio)} required."
    else:
        status = CheckStatus.inconclusive
        total = needed_trials(failing, allowance, asked.confidence)
        needed = None if total is None else max(total - n, 1)
        reason = f"{shown}; only {percent_down(bound)} is shown, {percent_down(asked.min_ratio)} required. " + (
            "No number of requests can show this share; lower gate.parity.min_ratio."
            if needed is None
            else f"{needed:,} more without a difference would show it."
        )
    return Criterion(
        name="parity",
        scope=tally.endpoint,
        status=status,
        better=Better.higher,
        required=asked.min_ratio,
        observed=tally.agreeing / n,
        bound=bound,
        n=n,
        blocks=tally.blocks,
        needed=needed,
        reason=reason,
    )


DOUBTFUL = frozenset({"undecodable", "deadline", "limit", "truncated", "leg_missing", "breaker_open"})
"""Reasons for which an exchange was lost that may lie in the candidate's answer. Others (a full tee, a body too large
for comparing, a client that went away) fall on good and bad answers alike."""


def doubtful_of(tally: EndpointTally) -> int:
    """Return how many exchanges were lost for a reason that may lie in the candidate's answer."""
    return sum(n for (outcome, reason), n in tally.by_reason.items() if outcome in LOST and reason in DOUBTFUL)


def doubtful_words(tally: EndpointTally) -> list[str]:
    """Return these reasons, the most frequent first."""
    found = [
        (-n, reason) for (outcome, reason), n in tally.by_reason.items() if outcome in LOST and reason in DOUBTFUL and n
    ]
    return [f"{-n:,} {reason.replace('_', ' ')}" for n, reason in sorted(found)]


def agree(n: int) -> str:
    """Return the verb: `1 compared answer agrees`, `2 compared answers agree`."""
    return "agrees" if n == 1 else "agree"


def within(bound: float, allowance: float) -> bool:
    """Tell whether a bound keeps to its allowance; 1 - 0.995 is not 0.005 in binary, hence the dust."""
    return bound <= allowance + 1e-12
