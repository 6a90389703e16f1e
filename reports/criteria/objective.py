"""Objective: do at most so many of the candidate's answers take longer than agreed, by endpoint.

Slow is a yes or no per request, so the exact bound for a rate decides; of a bucket that holds the limit every answer
counts as slow for a pass and as quick for a failure.
Cannot see: how much slower; requests that the candidate did not answer; waiting before a request was sent.
"""

from __future__ import annotations

import msgspec

from reports.document import Criterion
from reports.evidence.histogram import Histogram, Histograms
from reports.statistics.binomial import lower_bound, needed_trials, upper_bound
from reports.statistics.quantiles import rank_of, upper_rank
from reports.words import count, percent_down, percent_up, seconds
from shadow.config.model import Objective
from shadow.ledger.histogram import upper_bound as edge
from shadow.records import CheckStatus, Leg


def judge_objective(asked: Objective, histograms: Histograms, expected: frozenset[str]) -> tuple[Criterion, ...]:
    """Return a row for each endpoint whose candidate was timed and that has to stand alone or fails; one where there
    is none. Raises ValueError for settings that make no bound."""
    rows = []
    for (endpoint, leg), histogram in sorted(histograms.items()):
        if leg is Leg.candidate:
            row = judge_slow("objective", endpoint, asked.quantile, asked.max_s, asked.confidence, histogram)
            if not expected or endpoint in expected or row.status is CheckStatus.fail:
                rows.append(row)
    if rows:
        return tuple(rows)
    return (judge_slow("objective", "all", asked.quantile, asked.max_s, asked.confidence, None),)


def judge_slow(
    name: str, scope: str, quantile: float, max_s: float, confidence: float, histogram: Histogram | None
) -> Criterion:
    """Return the answer for one histogram; `required` and `observed` are seconds, the bound decides on shares."""
    row = Criterion(name=name, scope=scope, unit="s", required=max_s)
    label, allowance = f"p{quantile * 100:g}", 1.0 - quantile
    if histogram is None or histogram.n == 0:
        needed = needed_trials(0, allowance, confidence)
        return msgspec.structs.replace(
            row, status=CheckStatus.inconclusive, needed=needed, reason=f"{label}: no answer was timed."
        )
    n = histogram.n
    most, least = slow(histogram, max_s)
    worst, best = upper_bound(most, n, confidence), lower_bound(least, n, confidence)
    found = histogram.at_rank(rank_of(quantile, n))
    reason = (
        f"{label} {seconds(found.middle_s)}, {seconds(max_s)} allowed; {percent_up(most / n)} of "
        f"{count(n, 'answer')} took longer"
    )
    bound, total = bound_s(histogram, quantile, confidence), None
    if worst <= allowance + 1e-12:
        status = CheckStatus.passed
        reason += f", at most {percent_up(worst)} is plausible, {percent_up(allowance)} allowed."
    elif best > allowance:
        status = CheckStatus.fail
        reason += f", at least {percent_down(best)} is shown, {percent_up(allowance)} allowed."
    else:
        status = CheckStatus.inconclusive
        total = needed_trials(most, allowance, confidence)
        reason += f", up to {percent_up(worst)} is plausible, {percent_up(allowance)} allowed." + (
            "" if total is None else f" {count(max(total - n, 1), 'more answer')} in time would show it."
        )
    needed = None if total is None else max(total - n, 1)
    return msgspec.structs.replace(
        row, status=status, observed=found.middle_s, bound=bound, n=n, needed=needed, reason=reason
    )


def slow(histogram: Histogram, max_s: float) -> tuple[int, int]:
    """Return how many answers took longer than `max_s` at most and at least: a bucket is known, not the value."""
    scale = histogram.scale
    most = sum(n for bucket, n in histogram.counts if edge(bucket, scale) > max_s)
    least = sum(n for bucket, n in histogram.counts if edge(bucket - 1, scale) >= max_s)
    return most, least


def bound_s(histogram: Histogram, quantile: float, confidence: float) -> float | None:
    """Return the upper bound of the quantile in seconds, None where n is too small for one."""
    rank = upper_rank(quantile, histogram.n, confidence)
    return None if rank is None else histogram.at_rank(rank).high_s
