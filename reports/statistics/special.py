"""The special functions that the statistics rest on, typed; scipy.stats would triple the time to start."""

from __future__ import annotations

from reports.statistics.threads import one_thread

with one_thread():
    from scipy import special  # type: ignore[import-untyped]


def beta_quantile(a: float, b: float, probability: float) -> float:
    """Return the quantile of the beta distribution with shapes a and b."""
    return float(special.betaincinv(a, b, probability))


def normal_quantile(probability: float) -> float:
    """Return the quantile of the standard normal distribution."""
    return float(special.ndtri(probability))


def student_quantile(freedom: int, probability: float) -> float:
    """Return the quantile of Student's t with so many degrees of freedom."""
    return float(special.stdtrit(freedom, probability))


def binomial_below(successes: int, trials: int, rate: float) -> float:
    """Return the probability of at most so many successes in so many trials."""
    return float(special.bdtr(successes, trials, rate))


def beta_below(a: float, b: float, x: float) -> float:
    """Return the distribution function of the beta distribution with shapes a and b at x."""
    return float(special.betainc(a, b, x))
