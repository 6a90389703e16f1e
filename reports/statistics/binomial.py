"""Exact one-sided bounds for a failure rate, and how many trials it takes to show one.

Sources: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26 (1934) 404-413; the rule of three: E. Eypasch et al., BMJ 311 (1995) 619-620.
Cannot see: dependence. Trials are taken as independent; failures that come in bursts make the bounds too narrow.
"""

from __future__ import annotations

from math import inf, log

from reports.statistics.search import smallest
from reports.statistics.special import beta_below, beta_quantile


def upper_bound(failures: int, trials: int, confidence: float) -> float:
    """Return the one-sided upper Clopper-Pearson bound of the failure rate, 1.0 where there were no trials.

    Raises ValueError for impossible counts or a confidence outside (0, 1).
    """
    check_counts(failures, trials, confidence)
    if trials == 0 or failures == trials:
        return 1.0
    return beta_quantile(failures + 1, trials - failures, confidence)


def lower_bound(failures: int, trials: int, confidence: float) -> float:
    """Return the one-sided lower Clopper-Pearson bound of the failure rate, 0.0 where nothing failed.

    Raises ValueError for impossible counts or a confidence outside (0, 1).
    """
    check_counts(failures, trials, confidence)
    if failures == 0:
        return 0.0
    return beta_quantile(failures, trials - failures + 1, 1.0 - confidence)


def needed_trials(failures: int, limit: float, confidence: float) -> int | None:
    """Return the least number of trials whose upper bound is within `limit` when only `failures` of them fail.

    None where no number up to 10**9 suffices, as with a limit of zero.
    """
    return smallest(max(failures, 1), lambda trials: upper_bound(failures, trials, confidence) <= limit)


def check_counts(failures: int, trials: int, confidence: float) -> None:
    """Raise ValueError unless 0 <= failures <= trials and 0 < confidence < 1; NaN fails too."""
    if not 0 <= failures <= trials:
        raise ValueError(f"{failures} failures in {trials} trials cannot be")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")


def excess_p(failures: int, trials: int, limit: float) -> float:
    """Return the probability of at least so many failures if the rate were `limit`: small where it is exceeded.

    Raises ValueError for impossible counts or a limit outside [0, 1].
    """
    check_counts(failures, trials, 0.5)
    if not 0.0 <= limit <= 1.0:
        raise ValueError(f"limit must lie between 0 and 1, got {limit}")
    if failures == 0:
        return 1.0
    return beta_below(failures, trials - failures + 1, limit)


def zero_rate(hours: float, confidence: float) -> float:
    """Return the greatest rate per hour that no event in so many hours leaves plausible: -ln(1 - confidence)/hours,
    infinity for no hours at all. Source: the exact Poisson bound at zero events (F. Garwood, Biometrika 28 (1936))."""
    return -log(1.0 - confidence) / hours if hours > 0 else inf
