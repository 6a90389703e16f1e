"""Evidence that a rate is below a limit, valid however often one looks: a mixture of betting e-values over time blocks.

Under "the mean of D is at least the limit", each product over blocks of 1 - lambda (D - limit) is a nonnegative
supermartingale for a fixed 0 < lambda < 1 / (1 - limit), and so is their weighted average; by Ville's inequality it
ever reaches 1/alpha with probability at most alpha. Sources: J. Ville, Etude critique de la notion de collectif (1939);
I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024) 1-27;
S. Howard et al., "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49 (2021).
D is a block's failing share (0..1) or its difference of two shares (-1..1). The mean is one over time: each block
counts the same, however many requests it holds.
Cannot see: bursts that span blocks (`reports.statistics.bursts` does), and changes of the mean after the last block.
"""

from __future__ import annotations

from math import exp, inf, isfinite, log

import msgspec

from reports.statistics.search import smallest

BETS = (0.1, 0.25, 0.5, 0.75, 0.98)
"""Shares of the greatest lambda; small ones bear failures, great ones are quick without any."""

WEIGHTS = (0.05, 0.1, 0.15, 0.2, 0.5)
"""What part of the stake each bet gets; fixed in advance, as it has to be. Half of it on quick bets, because what ought
to pass hardly ever fails."""


class Blocks(msgspec.Struct, frozen=True, kw_only=True):
    """Time blocks: how many had D = 0, and the D of each other one, in [-1, 1]. `bursts` are the failures of the new
    side in each run of blocks that follow one another without a quiet one."""

    quiet: int = 0
    noisy: tuple[float, ...] = ()
    bursts: tuple[int, ...] = ()

    @property
    def n(self) -> int:
        """Blocks."""
        return self.quiet + len(self.noisy)


def log_e_value(blocks: Blocks, limit: float) -> float:
    """Return the natural log of the e-value against "the mean of D is at least `limit`"; 0 without blocks.

    Raises ValueError for a limit outside (0, 1) or a D that is no number in [-1, 1].
    """
    if not 0.0 < limit < 1.0:
        raise ValueError(f"limit must lie between 0 and 1, got {limit}")
    if blocks.quiet < 0 or not all(isfinite(d) and -1.0 <= d <= 1.0 for d in blocks.noisy):
        raise ValueError("a block's share must be a number between -1 and 1")
    logs = []
    for share, weight in zip(BETS, WEIGHTS, strict=True):
        bet = share / (1.0 - limit)
        total = log(weight) + blocks.quiet * log(1.0 + bet * limit)
        for d in blocks.noisy:
            total += log(max(1.0 - bet * (d - limit), 1e-300))
        logs.append(total)
    most = max(logs)
    return most + log(sum(exp(one - most) for one in logs))


def e_value(blocks: Blocks, limit: float) -> float:
    """Return the e-value itself, infinity beyond what a double holds."""
    exponent = log_e_value(blocks, limit)
    return exp(exponent) if exponent < 700.0 else inf


def threshold(confidence: float) -> float:
    """Return what the e-value has to reach: 1 / (1 - confidence). Raises ValueError outside (0, 1)."""
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    return 1.0 / (1.0 - confidence)


def is_shown(blocks: Blocks, limit: float, confidence: float) -> bool:
    """Tell whether the e-value has reached its threshold."""
    return log_e_value(blocks, limit) >= log(threshold(confidence))


def blocks_needed(blocks: Blocks, limit: float, confidence: float) -> int | None:
    """Return how many further blocks without a failure would show it; 0 where it is shown, None beyond 10**9."""
    if is_shown(blocks, limit, confidence):
        return 0
    return smallest(
        1,
        lambda more: is_shown(Blocks(quiet=blocks.quiet + more, noisy=blocks.noisy), limit, confidence),
    )
