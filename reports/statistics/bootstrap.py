"""Upper bound of the ratio of two quantiles by resampling time blocks, so that bursts stay whole.

Sources: B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979) 1-26 (percentile
bounds); H. R. Kunsch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17
(1989) 1217-1241 (blocks).
Cannot see: dependence beyond a block, and what fewer than `LEAST_BLOCKS` blocks would have shown.
"""

from __future__ import annotations

from functools import cache
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


def resample(counts: Counts) -> NDArray[np.float32]:
    """Return the cumulated histogram of each resample (resamples by buckets)."""
    summed = weights(counts.shape[0]) @ counts.astype(np.float32)
    return np.cumsum(summed, axis=1, dtype=np.float32)


def places(cumulated: NDArray[np.float32], quantile: float) -> NDArray[np.intp]:
    """Return the column of the quantile in each resample: the first whose cumulated share reaches it."""
    rank = np.maximum(cumulated[:, -1:] * np.float32(quantile), np.float32(0.5))
    found: NDArray[np.intp] = np.argmax(cumulated >= rank, axis=1)
    return found


def grown(
    new: NDArray[np.float32],
    old: NDArray[np.float32],
    upper_s: NDArray[np.float64],
    quantile: float,
    confidence: float,
    blocks: int,
) -> Grown | None:
    """Return the bounds, from resamples of both sides (drawn with the same weights) over the same buckets, whose upper
    edges are `upper_s`. None below `LEAST_BLOCKS` blocks or where a resample of either side is empty."""
    if blocks < LEAST_BLOCKS or not (new[:, -1] > 0).all() or not (old[:, -1] > 0).all():
        return None
    ours, theirs = upper_s[places(new, quantile)], upper_s[places(old, quantile)]
    return Grown(
        ratio=float(np.quantile(ours / theirs, confidence, method="higher")),
        increase_s=float(np.quantile(ours - theirs, confidence, method="higher")),
        blocks=blocks,
    )
