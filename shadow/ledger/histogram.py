"""Base-2 exponential latency buckets, as in OpenTelemetry's data model (ExponentialHistogram). Pure.

At scale s the base is 2**(2**-s); bucket i holds durations in (base**i, base**(i + 1)] seconds. The scale is fixed,
so histograms of any two blocks, legs or ledgers add up bucket by bucket. At scale 4 a bucket is 4.4 % wide.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import ceil, inf, isfinite, log2

SCALE = 4
SMALLEST_S = 1e-6


def bucket_of(duration_s: float, scale: int = SCALE) -> int:
    """Return the bucket that holds a duration; anything up to a microsecond, zero and negatives included, falls into
    the smallest one. Raises ValueError for a duration that is not finite."""
    if not isfinite(duration_s):
        raise ValueError(f"duration_s must be finite, got {duration_s}")
    if duration_s < SMALLEST_S:
        duration_s = SMALLEST_S
    bucket = ceil(log2(duration_s) * (1 << scale)) - 1
    # log2 rounds: next to a bound the estimate may be one off, and the bounds decide.
    if duration_s > upper_bound(bucket, scale):
        return bucket + 1
    if duration_s <= upper_bound(bucket - 1, scale):
        return bucket - 1
    return bucket


@cache
def upper_bound(bucket: int, scale: int = SCALE) -> float:
    """Return the greatest duration in a bucket, seconds; the bucket below ends where this one begins."""
    exponent = (bucket + 1) / (1 << scale)
    return 2.0**exponent if exponent < 1024 else inf


def quantile(buckets: Mapping[int, int], q: float, scale: int = SCALE) -> float:
    """Return the upper bound of the bucket that holds the `q`-quantile (the value of rank ceil(q * n), at least 1):
    the true quantile is at most that, and at least that divided by the base.

    Raises ValueError for `q` outside 0..1, a negative count, or no durations at all.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"q must be between 0 and 1, got {q}")
    if any(n < 0 for n in buckets.values()):
        raise ValueError("counts must not be negative")
    total = sum(buckets.values())
    if not total:
        raise ValueError("a quantile needs at least one duration")
    rank = max(1, ceil(q * total))
    for bucket in sorted(buckets):
        rank -= buckets[bucket]
        if rank <= 0:
            return upper_bound(bucket, scale)
    raise AssertionError("ranks end within the counts")
