"""Evidence that a rate is below a limit where failures come in bursts that span time blocks, valid however often one
looks: a likelihood-ratio e-value over bursts instead of blocks.

Model: bursts begin at a rate mu per request, independently of each other, and hold a number of failures that is
geometric with mean b; the failing share is mu b. From n requests with k bursts and F failures in them, the likelihood
is e^(-mu n) mu^k b^-k (1 - 1/b)^(F-k). The e-value is a mixture of it over (mu, b), divided by its greatest value where
mu b is at least the limit and b at most `longest`: universal inference, so that under such a null it ever reaches
1/alpha with probability at most alpha. Without a failure the worst case is bursts of `longest`, which takes
`longest` times the requests that independent ones would; failures that were seen one by one say that they come one by
one, and the price falls.
Sources: L. Wasserman, A. Ramdas, S. Balakrishnan, "Universal inference", PNAS 117 (2020) 16880-16890; J. Ville, Etude
critique de la notion de collectif (1939).
Cannot see: rare long bursts behind frequent short ones, since what was not seen is taken to be like what was; bursts
longer than both `longest` and any that was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, lgamma, log, sqrt

from reports.statistics.search import smallest
from reports.statistics.sequential import threshold

NO_BURSTS = 0.5
"""What part of the stake is on no failure at all."""

PRIOR = 4.0
"""Of the rest, bursts are expected at a mean rate of the limit divided by this (exponential), and the share of
bursts that end at a failure after Jeffreys (beta, 1/2 and 1/2)."""


def log_burst_e_value(n: int, bursts: Sequence[int], limit: float, longest: int) -> float:
    """Return the natural log of the e-value against "at least `limit` of the requests fail", from `n` requests and the
    failures in each burst; 0 without requests.

    A burst that was longer than `longest` makes that one the longest. Raises ValueError for a limit outside (0, 1), a
    burst without a failure, more failures than requests, or `longest` below 1.
    """
    failing = sum(bursts)
    if not 0.0 < limit < 1.0:
        raise ValueError(f"limit must lie between 0 and 1, got {limit}")
    if longest < 1 or failing > n or any(burst < 1 for burst in bursts):
        raise ValueError("bursts hold at least one failure each, and no more than there are requests")
    if n == 0:
        return 0.0
    k = len(bursts)
    return _mixture(n, k, failing, limit) - _null(n, k, failing, limit, max(longest, *bursts, 1))


def _mixture(n: int, k: int, failing: int, limit: float) -> float:
    prior = PRIOR / limit
    rate = log(prior) + lgamma(k + 1) - (k + 1) * log(n + prior)
    if k == 0:
        return log(NO_BURSTS + (1.0 - NO_BURSTS) * exp(rate))
    return log(1.0 - NO_BURSTS) + rate + _log_beta(k + 0.5, failing - k + 0.5) - _log_beta(0.5, 0.5)


def _null(n: int, k: int, failing: int, limit: float, longest: int) -> float:
    """Return the greatest log likelihood with a failing share of at least the limit: concave in x = 1/b."""
    expected = n * limit
    if failing >= expected:
        x = k / failing
        return _likelihood(n, k, failing, k / n, x)
    # On the border mu = limit x: d/dx = -n limit + 2k/x - (F - k)/(1 - x) = 0.
    total = expected + k + failing
    x = (total - sqrt(max(total * total - 8.0 * k * expected, 0.0))) / (2.0 * expected)
    x = min(max(x, 1.0 / longest), 1.0)
    return _likelihood(n, k, failing, limit * x, x)


def _likelihood(n: int, k: int, failing: int, rate: float, x: float) -> float:
    found = -rate * n
    if k:
        found += k * log(rate * x)
    if failing > k:
        found += (failing - k) * log(1.0 - x) if x < 1.0 else -inf
    return found


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def requests_needed(n: int, bursts: Sequence[int], limit: float, longest: int, confidence: float) -> int | None:
    """Return how many further requests without a failure would show it; None beyond 10**9."""
    least = log(threshold(confidence))
    return smallest(1, lambda more: log_burst_e_value(n + more, bursts, limit, longest) >= least)
