"""Distribution-free bounds of a quantile by the ranks of order statistics.

Sources: S. S. Wilks, "Determination of sample sizes for setting tolerance limits", Annals of Mathematical Statistics
12 (1941) 91-96; H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed. (2003), section 7.1.
Cannot see: dependence between samples.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, log

from reports.statistics.special import binomial_below


def wilks_n(quantile: float, confidence: float) -> int:
    """Return the least n for which the largest sample bounds the quantile from above: ln(1-confidence)/ln(quantile).

    Raises ValueError unless both lie between 0 and 1.
    """
    check_open(quantile, confidence)
    n = max(1, ceil(log(1.0 - confidence) / log(quantile)))
    # ceil of a quotient of floats may be one off; the definition decides.
    while quantile**n > 1.0 - confidence:
        n += 1
    while n > 1 and quantile ** (n - 1) <= 1.0 - confidence:
        n -= 1
    return n


def rank_of(quantile: float, n: int) -> int:
    """Return the rank (1..n) of the sample quantile."""
    return min(n, max(1, ceil(quantile * n)))


@lru_cache(maxsize=4096)
def upper_rank(quantile: float, n: int, confidence: float) -> int | None:
    """Return the least rank whose sample is an upper bound of the quantile; None where n is too small for one."""
    check_open(quantile, confidence)
    if n < 1 or quantile**n > 1.0 - confidence:
        return None
    low, high = 0, n
    while high - low > 1:
        middle = (low + high) // 2
        if binomial_below(middle - 1, n, quantile) >= confidence:
            high = middle
        else:
            low = middle
    return high


def lower_rank(quantile: float, n: int, confidence: float) -> int | None:
    """Return the greatest rank whose sample is a lower bound of the quantile; None where n is too small for one."""
    rank = upper_rank(1.0 - quantile, n, confidence)
    return None if rank is None else n + 1 - rank


def check_open(quantile: float, confidence: float) -> None:
    """Raise ValueError unless both lie strictly between 0 and 1; NaN fails too."""
    if not (0.0 < quantile < 1.0 and 0.0 < confidence < 1.0):
        raise ValueError(f"quantile and confidence must lie between 0 and 1, got {quantile} and {confidence}")
