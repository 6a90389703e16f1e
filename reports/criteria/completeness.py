"""Completeness: do the outcomes add up to the requests, and how much evidence was lost.

The sum is exact and breaks with `error`. The lost share is a census, not a sample, so there is no bound. Losing more
than allowed leaves the question open, except where the candidate itself drew the breaker: that is its failure.
Which requests the listeners shed is told by method and size, since what remains is a biased sample where some were
shed far more than others; that alone decides nothing, and is known for the whole ledger only.
Cannot see: requests that reached the primary past the mirror; by endpoint what a listener shed.
"""

from __future__ import annotations

from math import isfinite

from reports.criteria.pairing import pairing_of
from reports.document import Accounting, Criterion, OutcomeCount
from reports.evidence.tally import LOST, EndpointTally
from reports.words import count, listed, percent_up
from shadow.config.model import Completeness
from shadow.ledger.evidence import Evidence
from shadow.ledger.shedding import ClassRow, by_class, most_biased
from shadow.records import CheckStatus, Outcome

BREAKER = "breaker_open"
"""The reason, under whichever outcome of a lost exchange."""


def account(evidence: Evidence, pooled: EndpointTally) -> Accounting:
    """Return the sum over the whole ledger, with the outcomes of the judged window in detail.

    It also breaks where the window holds more outcomes than the ledger as a whole.
    """
    settled = evidence.in_flight_total + evidence.outcomes_total
    counted = min(evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total) >= 0
    return Accounting(
        accepted=evidence.accepted_total,
        in_flight=evidence.in_flight_total,
        outcomes=evidence.outcomes_total,
        holds=counted and evidence.accepted_total == settled and pooled.requests <= evidence.outcomes_total,
        by_outcome=outcome_counts(pooled),
        shed_by_class=by_class(evidence.lanes),
        pairing=pairing_of(evidence),
    )


def outcome_counts(tally: EndpointTally) -> tuple[OutcomeCount, ...]:
    """Return the tally's outcomes, worst first, larger first within an outcome."""
    order = {outcome: index for index, outcome in enumerate(Outcome)}
    found = sorted(tally.by_reason.items(), key=lambda item: (order[item[0][0]], -item[1], item[0][1]))
    return tuple(OutcomeCount(outcome=str(key[0]), reason=key[1], n=n) for key, n in found if n)


def judge_completeness(
    asked: Completeness,
    sums: Accounting,
    pooled: EndpointTally,
    *,
    is_abandoned: bool = False,
    stalled_s: float = 0.0,
) -> Criterion:
    """Return the one row of this criterion. What an abandoned run accepted last is not in the sums, and neither is
    what a mirror accepted that has stored nothing for `stalled_s` seconds."""
    meant, lost = pooled.meant, pooled.lost
    share = lost / meant if meant else None
    breaker = sum(n for (outcome, reason), n in pooled.by_reason.items() if outcome in LOST and reason == BREAKER)
    if not sums.holds:
        status = CheckStatus.error
        reason = (
            f"The sum does not hold: {sums.accepted:,} accepted, {sums.in_flight:,} in flight, "
            f"{sums.outcomes:,} with an outcome, {pooled.requests:,} of them in the window."
        )
    elif share is None:
        status, reason = CheckStatus.inconclusive, "No request was meant for the candidate."
    elif share <= asked.max_lost_ratio and is_abandoned:
        status = CheckStatus.inconclusive
        reason = (
            "The last run ended without settling its counts, so requests may be missing here. `shadow mirror` on this "
            "ledger counts them as it starts."
        )
    elif share <= asked.max_lost_ratio and stalled_s:
        status, reason = CheckStatus.inconclusive, stalled_words(stalled_s)
    elif share <= asked.max_lost_ratio:
        status = CheckStatus.passed
        reason = f"{lost:,} of {count(meant, 'mirrored request')} lost ({percent_up(share)})."
    else:
        drawn = breaker / meant > asked.max_lost_ratio
        status = CheckStatus.fail if drawn else CheckStatus.inconclusive
        reason = (
            f"{lost:,} of {count(meant, 'mirrored request')} lost ({percent_up(share)}, "
            f"{percent_up(asked.max_lost_ratio)} allowed): {listed(lost_words(pooled))}."
        )
        if drawn:
            reason += " The candidate failed so often in a row that it was left alone."
    reason += bias_words(sums.shed_by_class)
    return Criterion(
        name="completeness",
        scope="all",
        status=status,
        required=asked.max_lost_ratio,
        observed=share,
        n=meant,
        blocks=pooled.blocks,
        reason=reason,
    )


def stalled_words(stalled_s: float) -> str:
    """Say since when a mirror at work has stored nothing."""
    since = f"for {stalled_s:,.0f} s" if isfinite(stalled_s) else "so far"
    return (
        f"The mirror is at work and has stored nothing {since}, so requests may be missing here. Look at its log: its "
        "disk may be full, or its ledger locked."
    )


def bias_words(classes: tuple[ClassRow, ...]) -> str:
    """Say which class of requests was shed most against its share, where that was no accident; else nothing. What
    remains then stands for other traffic than what came."""
    worst = most_biased(classes)
    if worst is None:
        return ""
    n, shed = worst.mirrored + worst.shed, sum(row.shed for row in classes)
    share = shed / sum(row.mirrored + row.shed for row in classes)
    method = "other methods" if worst.method == "*" else worst.method
    return (
        f" Shedding at the listeners was biased: of {method} with bodies {worst.size} {percent_up(worst.shed_ratio)} "
        f"were shed ({worst.shed:,} of {n:,}), of all requests {percent_up(share)}; what was compared stands for less "
        "of them than came."
    )


def lost_words(pooled: EndpointTally) -> list[str]:
    """Return what was lost and why, the largest first: `120 shed (tee_full)`."""
    found = sorted((-n, str(key[0]), key[1]) for key, n in pooled.by_reason.items() if key[0] in LOST and n)
    return [
        f"{-n:,} {outcome.replace('_', ' ')}" + (f" ({reason})" if reason else "") for n, outcome, reason in found
    ]
