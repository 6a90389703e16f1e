"""One-sided bounds for the difference of two failure rates seen on the same requests.

`new_bad` requests failed on the new side only, `old_bad` on the old side only, out of `pairs`.
Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample
design", Statistics in Medicine 17 (1998) 891-908.
Cannot see: dependence between pairs; pairs of which one side is missing.
"""

from __future__ import annotations

from math import sqrt

from reports.statistics.binomial import check_counts, lower_bound, upper_bound
from reports.statistics.search import smallest
from reports.statistics.special import normal_quantile

FEW = 10
"""Below so many old-only failures the score bound is backed by the exact bound on the new-only ones."""

STEPS = 60
"""Bisections of [-1, 1]: the bound is exact to 2**-59."""


def score(new_bad: int, old_bad: int, pairs: int, difference: float) -> float:
    """Return Tango's z for the hypothesis that the new side fails more often by `difference` (-1..1)."""
    a = 2.0 * pairs
    b = -new_bad - old_bad + (2.0 * pairs - new_bad + old_bad) * difference
    c = -old_bad * difference * (1.0 - difference)
    q = (sqrt(max(b * b - 4.0 * a * c, 0.0)) - b) / (2.0 * a)
    spread = pairs * (2.0 * q + difference * (1.0 - difference))
    distance = new_bad - old_bad - pairs * difference
    if spread <= 0.0:
        return 0.0 if distance == 0 else (float("inf") if distance > 0 else float("-inf"))
    return distance / sqrt(spread)


def tango_upper(new_bad: int, old_bad: int, pairs: int, confidence: float) -> float:
    """Return the upper score bound of (new rate - old rate), 1.0 where there are no pairs.

    Raises ValueError for impossible counts or a confidence outside (0, 1).
    """
    check_counts(new_bad + old_bad, pairs, confidence)
    if pairs == 0:
        return 1.0
    limit = -normal_quantile(confidence)
    low, high = (new_bad - old_bad) / pairs, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        if score(new_bad, old_bad, pairs, middle) > limit:
            low = middle
        else:
            high = middle
    return high


def tango_lower(new_bad: int, old_bad: int, pairs: int, confidence: float) -> float:
    """Return the lower score bound of (new rate - old rate): the upper one with the sides exchanged."""
    return -tango_upper(old_bad, new_bad, pairs, confidence)


def difference_upper(new_bad: int, old_bad: int, pairs: int, confidence: float) -> float:
    """Return the upper bound that decides: Tango's, or the exact bound on the new-only failures if that is larger
    and the old side failed too seldom alone for an approximation to rest on it."""
    bound = tango_upper(new_bad, old_bad, pairs, confidence)
    if old_bad < FEW:
        bound = max(bound, upper_bound(new_bad, pairs, confidence))
    return bound


def difference_lower(new_bad: int, old_bad: int, pairs: int, confidence: float) -> float:
    """Return the lower bound that decides, backed by the exact one in the same way."""
    bound = tango_lower(new_bad, old_bad, pairs, confidence)
    if old_bad < FEW:
        bound = min(bound, lower_bound(new_bad, pairs, confidence))
    return bound


def needed_pairs(new_bad: int, old_bad: int, margin: float, confidence: float) -> int | None:
    """Return the least number of pairs that brings the bound within `margin` when no further pair disagrees."""
    start = max(new_bad + old_bad, 1)
    return smallest(start, lambda pairs: difference_upper(new_bad, old_bad, pairs, confidence) <= margin)
