"""Upper bound of the ratio of two quantiles by resampling time blocks, so that bursts stay whole.

Sources: B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979) 1-26 (percentile
bounds); H. R. Kunsch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17
(1989) 1217-1241 (blocks).
Cannot see: dependence beyond a block, and what fewer than `LEAST_BLOCKS` blocks would have shown.
"""

from __future__ import annotations

from functools import cache
from math import ceil, sqrt
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
LEAST_BLOCKS = 8
"""Below so many blocks a resample is no picture of anything."""

SEED = 20240229

Counts = NDArray[Any]
"""Blocks by buckets: how many samples of a block lie in a bucket."""


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """One-sided upper bounds of ratio and increase (seconds) of a quantile, new against old."""

    ratio: float
    increase_s: float
    blocks: int


@cache
def weights(blocks: int) -> NDArray[np.float32]:
    """Return how often each block is drawn in each resample; the same for the same number of blocks."""
    drawn = np.random.default_rng(SEED).multinomial(blocks, np.full(blocks, 1.0 / blocks), size=RESAMPLES)
    return drawn.astype(np.float32)


@cache
def turned(blocks: int) -> NDArray[np.float32]:
    """Return the weights, a resample a column: so products and comparisons run along rows of a thousand."""
    return np.ascontiguousarray(weights(blocks).T)


class Resampled:
    """A histogram by blocks, drawn again. Of each resample only the buckets are made in which a quantile can lie."""

    def __init__(self, counts: Counts) -> None:
        self._drawn = turned(counts.shape[0])
        self._cumulated: NDArray[np.float32] = np.cumsum(np.ascontiguousarray(counts.T), axis=0, dtype=np.float32)
        self._totals = self._cumulated[-1] @ self._drawn
        pooled = self._cumulated.sum(axis=1)
        self._shares = pooled / max(float(pooled[-1]), 1.0)

    @property
    def is_full(self) -> bool:
        """Whether no resample is empty."""
        return bool((self._totals > 0).all())

    def places(self, quantile: float) -> NDArray[np.intp]:
        """Return the column of the quantile in each resample: the first whose cumulated share reaches it."""
        rank = np.maximum(self._totals * np.float32(quantile), np.float32(0.5))
        room = BAND * sqrt(quantile * (1.0 - quantile)) or BAND
        while True:
            low, high = np.searchsorted(self._shares, (quantile - room, quantile + room))
            low, high = max(int(low) - 1, 0), min(int(high) + 1, len(self._shares))
            below = self._cumulated[low:high] @ self._drawn < rank
            if (low == 0 or below[0].all()) and (high == len(self._shares) or not below[-1].any()):
                # Cumulated shares only grow, so those below the rank are the first ones; the last reaches every rank.
                found: NDArray[np.intp] = below[:-1].view(np.uint8).sum(axis=0, dtype=np.uint16).astype(np.intp) + low
                return found
            room *= 4.0


BAND = 0.06
"""How far from its share over all blocks the buckets of a quantile are looked for first, in standard deviations of a
single sample: shares near 0 and 1 vary less."""


def grown(
    new: Resampled,
    old: Resampled,
    upper_s: NDArray[np.float64],
    quantile: float,
    confidence: float,
    blocks: int,
) -> Grown | None:
    """Return the bounds, from resamples of both sides (drawn with the same weights) over the same buckets, whose upper
    edges are `upper_s`. None below `LEAST_BLOCKS` blocks or where a resample of either side is empty."""
    if blocks < LEAST_BLOCKS or not new.is_full or not old.is_full:
        return None
    ours, theirs = upper_s[new.places(quantile)], upper_s[old.places(quantile)]
    return Grown(
        ratio=reached(ours / theirs, confidence),
        increase_s=reached(ours - theirs, confidence),
        blocks=blocks,
    )


def reached(values: NDArray[np.float64], confidence: float) -> float:
    """Return the value of the rank that the share `confidence` of all reaches, NaN where any is: numpy's quantile by
    the method `higher`, without its preparations for arrays of other shapes, which take longer than the answer."""
    rank, last = ceil((len(values) - 1) * confidence), len(values) - 1
    parted = np.partition(values, (rank, last))
    return float(parted[last] if np.isnan(parted[last]) else parted[rank])
