"""Bound on the mean log ratio of paired durations, from count, sum and sum of squares alone.

Source: Student, "The probable error of a mean", Biometrika 6 (1908) 1-25; the log makes the pairs additive.
Cannot see: the tails. A mean of logs says whether requests got slower at all, not which quantile did.
"""

from __future__ import annotations

from math import isfinite, sqrt

from reports.statistics.special import student_quantile


def mean_log_lower(n: int, total: float, squares: float, confidence: float) -> float | None:
    """Return the one-sided lower bound of the mean of ln(new / old), None below two pairs.

    Raises ValueError for sums that are not finite or a confidence outside (0, 1).
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    if not (isfinite(total) and isfinite(squares)):
        raise ValueError(f"log ratio sums must be finite, got {total} and {squares}")
    if n < 2:
        return None
    mean = total / n
    variance = max(squares - total * mean, 0.0) / (n - 1)
    return mean - student_quantile(n - 1, confidence) * sqrt(variance / n)
