"""Latency: did a quantile grow by more than the allowed ratio and by more than the floor.

Like against like: the candidate against the secondary, both sent by the same sender. Rank bounds of both quantiles
(half of the error on each side), widened to their buckets' edges, bound the ratio and the increase. A failure needs
both to exceed what is allowed, and the paired log ratios to say that requests got slower at all. A pass needs the
upper bound of the ratio or of the increase within its allowance.
Cannot see: quantiles that are not asked for, and requests that the candidate did not answer.
"""

from __future__ import annotations

from math import exp

import msgspec

from reports.document import Criterion
from reports.evidence.histogram import Histogram, Histograms
from reports.evidence.latency_blocks import LatencyBlocks
from reports.evidence.tally import EndpointTally
from reports.statistics.bootstrap import LEAST_BLOCKS
from reports.statistics.logratio import mean_log_lower
from reports.statistics.quantiles import lower_rank, rank_of, upper_rank, wilks_n
from reports.status import rank
from reports.words import count, seconds
from shadow.config.model import Latency
from shadow.ledger.evidence import Evidence, RatioRow
from shadow.records import CheckStatus, Leg

GROWTH = 2**12
"""How far a thin sample is extrapolated, in its own shape, when asking how many more pairs would decide."""


class Pairs(msgspec.Struct, frozen=True, kw_only=True):
    """The latency evidence of one endpoint; the sums are over ln(candidate / reference)."""

    endpoint: str
    candidate: Histogram | None
    reference: Histogram | None
    n: int = 0
    sum_log: float = 0.0
    sum_log2: float = 0.0
    blocks: int = 0


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One quantile on both sides: what was seen, and between which bounds the truth lies."""

    quantile: float
    candidate_s: float
    reference_s: float
    ratio_low: float
    ratio_high: float
    increase_low_s: float
    increase_high_s: float

    @property
    def ratio(self) -> float:
        """The ratio that was seen."""
        return self.candidate_s / self.reference_s


def pair_up(
    evidence: Evidence, against: Leg, tallies: dict[str, EndpointTally], histograms: Histograms
) -> tuple[Pairs, ...]:
    """Return the latency evidence of every endpoint that was compared or timed, sorted by name.

    An endpoint that was compared without being timed is in it with nothing, so that it cannot go unasked.
    """
    rows: dict[str, list[RatioRow]] = {name: [] for name, tally in tallies.items() if tally.compared}
    for row in evidence.ratios:
        if row.against == against:
            rows.setdefault(row.endpoint, []).append(row)
    return tuple(
        Pairs(
            endpoint=name,
            candidate=histograms.get((name, Leg.candidate)),
            reference=histograms.get((name, against)),
            n=sum(row.n for row in found),
            sum_log=sum(row.sum_log for row in found),
            sum_log2=sum(row.sum_log2 for row in found),
            blocks=len({row.block_at for row in found}),
        )
        for name, found in sorted(rows.items())
    )


def judge_latency(
    asked: Latency,
    pairs: tuple[Pairs, ...],
    expected: frozenset[str],
    has_secondary: bool,
    blocks: LatencyBlocks | None = None,
) -> tuple[Criterion, ...]:
    """Return a row for each endpoint with timings that has to stand alone or fails; one row where there is none.

    `blocks` are given where a pass also has to bear that whole time blocks are drawn again.
    Raises ValueError for sums that are not finite and for quantiles or a confidence without meaning.
    """
    rows = [judge_endpoint(asked, pair, blocks) for pair in pairs]
    kept = tuple(row for row in rows if not expected or row.scope in expected or row.status is CheckStatus.fail)
    if any(row.n for row in rows) and kept:
        return kept
    if asked.against == "secondary" and not has_secondary:
        reason = (
            "No secondary, so nothing to compare like with like; add `secondary:`, or set "
            "gate.latency.against: primary to judge against live latency."
        )
    else:
        reason = f"No request was timed on both the candidate and the {asked.against}."
    return (
        Criterion(
            name="latency", scope="all", status=CheckStatus.inconclusive, unit="factor", required=asked.max_ratio,
            reason=reason,
        ),
    )


def judge_endpoint(asked: Latency, pairs: Pairs, blocks: LatencyBlocks | None = None) -> Criterion:
    """Return the answer for one endpoint: that of its worst quantile."""
    answers = [by_blocks(asked, judge_quantile(asked, pairs, each), each, blocks) for each in asked.quantiles]
    if not answers:
        return Criterion(name="latency", scope=pairs.endpoint, unit="factor", reason="No quantile is asked for.")
    return min(answers, key=lambda row: (rank(row.status), -(row.observed or 0.0)))


def by_blocks(asked: Latency, row: Criterion, quantile: float, blocks: LatencyBlocks | None) -> Criterion:
    """Return a row that passes request by request as it stands when whole time blocks are drawn again."""
    if blocks is None or row.status is not CheckStatus.passed:
        return row
    found = blocks.grown(row.scope, quantile)
    if found is None:
        return msgspec.structs.replace(
            row,
            status=CheckStatus.inconclusive,
            reason=f"{row.reason} Too few hours to tell it from one good hour: at least {LEAST_BLOCKS} are needed.",
        )
    said = f"drawing its {count(found.blocks, 'time block')} again leaves up to {found.ratio:.2f}× plausible"
    row = msgspec.structs.replace(row, blocks=found.blocks)
    if found.ratio <= asked.max_ratio or found.increase_s <= asked.floor_s:
        return msgspec.structs.replace(row, reason=f"{row.reason[:-1]}, {said}.")
    return msgspec.structs.replace(
        row, status=CheckStatus.inconclusive, bound=found.ratio, reason=f"{row.reason} But {said}."
    )


def judge_quantile(asked: Latency, pairs: Pairs, quantile: float) -> Criterion:
    """Return the answer for one quantile of one endpoint."""
    least = least_pairs(asked, quantile)
    label = f"p{quantile * 100:g}"
    row = Criterion(
        name="latency", scope=pairs.endpoint, unit="factor", required=asked.max_ratio, n=pairs.n, blocks=pairs.blocks
    )
    found = compare(asked, pairs, quantile)
    if pairs.n < least or found is None:
        missing = max(least - pairs.n, 1)
        return msgspec.structs.replace(
            row,
            status=CheckStatus.inconclusive,
            observed=None,
            needed=missing,
            reason=f"{label}: {count(pairs.n, 'timed pair')}, {least:,} needed.",
        )
    slower = mean_log_lower(pairs.n, pairs.sum_log, pairs.sum_log2, asked.confidence)
    shown = (
        f"{label} {seconds(found.candidate_s)} against {seconds(found.reference_s)} of the {asked.against} "
        f"({found.ratio:.2f}×; {asked.max_ratio:g}× or {seconds(asked.floor_s)} more allowed)"
    )
    needed: int | None = None
    bound = found.ratio_high
    if found.ratio_high <= asked.max_ratio:
        status, reason = CheckStatus.passed, f"{shown}; at most {found.ratio_high:.2f}× is plausible."
    elif found.increase_high_s <= asked.floor_s:
        status, reason = CheckStatus.passed, f"{shown}; at most {seconds(found.increase_high_s)} more is plausible."
    elif found.ratio_low > asked.max_ratio and found.increase_low_s > asked.floor_s and slower and slower > 0.0:
        status, bound = CheckStatus.fail, found.ratio_low
        reason = (
            f"{shown}; at least {found.ratio_low:.2f}× and {seconds(found.increase_low_s)} more are shown, "
            f"pair by pair at least {exp(slower):.2f}×."
        )
    else:
        status, needed = CheckStatus.inconclusive, more_pairs(asked, pairs, quantile)
        reason = (
            f"{shown}; up to {found.ratio_high:.2f}× and {seconds(found.increase_high_s)} more are plausible."
            + (f" About {needed:,} more pairs of this kind would decide." if needed else "")
        )
    return msgspec.structs.replace(
        row, status=status, observed=found.ratio, bound=bound, needed=needed, reason=live(asked, reason)
    )


def live(asked: Latency, reason: str) -> str:
    """Mark a comparison with latency that was measured elsewhere."""
    return reason + (" Measured elsewhere: by the live path." if asked.against == Leg.primary else "")


def least_pairs(asked: Latency, quantile: float) -> int:
    """Return the pairs without which nothing is said: configured, and enough for bounds on either side."""
    side = side_confidence(asked.confidence)
    return max(asked.min_pairs, wilks_n(quantile, side), wilks_n(1.0 - quantile, side))


def side_confidence(confidence: float) -> float:
    """Return the confidence of each of two bounds that together keep to `confidence` (Bonferroni)."""
    return 1.0 - (1.0 - confidence) / 2.0


def compare(asked: Latency, pairs: Pairs, quantile: float, weight: int = 1) -> Comparison | None:
    """Return the comparison of one quantile, None where either side has too few samples for bounds."""
    candidate = bounds(asked, pairs.candidate, quantile, weight)
    reference = bounds(asked, pairs.reference, quantile, weight)
    if candidate is None or reference is None:
        return None
    return Comparison(
        quantile=quantile,
        candidate_s=candidate[1],
        reference_s=reference[1],
        ratio_low=candidate[0] / reference[2],
        ratio_high=candidate[2] / reference[0],
        increase_low_s=candidate[0] - reference[2],
        increase_high_s=candidate[2] - reference[0],
    )


def bounds(
    asked: Latency, histogram: Histogram | None, quantile: float, weight: int
) -> tuple[float, float, float] | None:
    """Return lower bound, estimate and upper bound of a quantile in seconds, None where n is too small."""
    if histogram is None:
        return None
    n, side = histogram.n * weight, side_confidence(asked.confidence)
    low, high = lower_rank(quantile, n, side), upper_rank(quantile, n, side)
    if low is None or high is None:
        return None
    return (
        histogram.at_rank(low, weight).low_s,
        histogram.at_rank(rank_of(quantile, n), weight).middle_s,
        histogram.at_rank(high, weight).high_s,
    )


def more_pairs(asked: Latency, pairs: Pairs, quantile: float) -> int | None:
    """Return how many more pairs of the same shape would let the quantile pass, None where they would not."""
    weight = 2
    while weight <= GROWTH:
        found = compare(asked, pairs, quantile, weight)
        if found and (found.ratio_high <= asked.max_ratio or found.increase_high_s <= asked.floor_s):
            return pairs.n * (weight - 1)
        weight *= 2
    return None
