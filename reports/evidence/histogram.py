"""Latency histograms added up over blocks, and quantiles as intervals: a bucket is known, the value in it is not.

Buckets follow OpenTelemetry's base-2 exponential histogram: bucket i at scale s holds (base**i, base**(i+1)] seconds
with base = 2**(2**-s); buckets of a finer scale fold into a coarser one by a shift (Metrics data model,
"Exponential scale", https://opentelemetry.io/docs/specs/otel/metrics/data-model/).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate
from math import sqrt

import msgspec
import numpy as np

from reports.statistics.quantiles import rank_of
from shadow.ledger.evidence import HistogramRow, LatencyRow
from shadow.ledger.histogram import upper_bound
from shadow.records import Leg

Counts = dict[int, dict[int, int]]
"""How many samples by scale, and in it by bucket."""


class Interval(msgspec.Struct, frozen=True):
    """Somewhere above `low_s` and not above `high_s`, in seconds."""

    low_s: float
    high_s: float

    @property
    def middle_s(self) -> float:
        """The geometric middle: off by at most the root of the bucket's relative width."""
        return sqrt(self.low_s * self.high_s)


class Histogram(msgspec.Struct, frozen=True, dict=True):
    """Counts by bucket at one scale, in order of the buckets."""

    scale: int
    counts: tuple[tuple[int, int], ...]

    @cached_property
    def sums(self) -> list[int]:
        """Samples up to each bucket."""
        return list(accumulate(n for _, n in self.counts))

    @property
    def n(self) -> int:
        """Samples."""
        return self.sums[-1] if self.sums else 0

    @property
    def error_ratio(self) -> float:
        """The relative width of a bucket: its upper edge is so much above its lower one."""
        return float(2.0 ** (2.0**-self.scale)) - 1.0

    def edges(self, bucket: int) -> Interval:
        """Return the bounds of a bucket."""
        return Interval(upper_bound(bucket - 1, self.scale), upper_bound(bucket, self.scale))

    def at_rank(self, rank: int, weight: int = 1) -> Interval:
        """Return the bucket in which the sample of this rank lies, every count taken `weight` times.

        Raises ValueError for a rank outside 1..n.
        """
        if not 1 <= rank <= self.n * weight:
            raise ValueError(f"there is no rank {rank} among {self.n * weight} samples")
        return self.edges(self.counts[bisect_left(self.sums, -(-rank // weight))][0])

    def quantile(self, quantile: float) -> Interval | None:
        """Return where the sample quantile lies, None without samples."""
        return self.at_rank(rank_of(quantile, self.n)) if self.n else None

    def bars(self) -> tuple[tuple[float, int], ...]:
        """Return (upper edge in seconds, count) of each bucket that holds anything."""
        return tuple([(upper_bound(bucket, self.scale), n) for bucket, n in self.counts])


Histograms = dict[tuple[str, Leg], Histogram]
"""By endpoint and leg."""


def add_up(rows: Iterable[HistogramRow]) -> Histogram | None:
    """Return the rows as one histogram at the coarsest scale among them, None where they hold nothing."""
    counts: Counts = {}
    for row in rows:
        add(counts.setdefault(row.scale, {}), row.bucket, row.n)
    return fold(counts)


def add(counts: dict[int, int], bucket: int, n: int) -> None:
    """Count so many more samples in a bucket."""
    counts[bucket] = counts.get(bucket, 0) + n


def fold(counts: Counts) -> Histogram | None:
    """Return counts by scale and bucket as one histogram at the coarsest scale, None where there is nothing."""
    held = {scale: full for scale, own in counts.items() if (full := {each: n for each, n in own.items() if n > 0})}
    if not held:
        return None
    scale = min(held)
    folded = held.pop(scale)
    for finer, own in held.items():
        for bucket, n in own.items():
            add(folded, bucket >> (finer - scale), n)
    return Histogram(scale, tuple(sorted(folded.items())))


def histograms_by_leg(rows: Iterable[HistogramRow], folded: Iterable[LatencyRow] = ()) -> Histograms:
    """Return the histogram of each endpoint's legs, of blocks and of folded hours and days; one pass, because these
    rows are by far the most."""
    found: dict[tuple[str, Leg], Counts] = {}
    packed: dict[tuple[str, Leg, int], list[bytes]] = defaultdict(list)
    for each in folded:
        packed[each.endpoint, each.leg, each.scale].append(each.packed)
    for (endpoint, leg, scale), parts in packed.items():
        found.setdefault((endpoint, leg), {})[scale] = summed(parts)
    for row in rows:
        add(found.setdefault((row.endpoint, row.leg), {}).setdefault(row.scale, {}), row.bucket, row.n)
    whole = {key: fold(counts) for key, counts in found.items()}
    return {key: histogram for key, histogram in whole.items() if histogram}


def summed(packed: list[bytes]) -> dict[int, int]:
    """Return packed histograms added up; numpy, since there may be millions of buckets."""
    pairs = np.frombuffer(b"".join(packed), dtype=np.int32).reshape(-1, 2)
    if not len(pairs):
        return {}
    least = int(pairs[:, 0].min())
    counts = np.bincount(pairs[:, 0] - least, weights=pairs[:, 1])
    full = np.flatnonzero(counts)
    return dict(zip((full + least).tolist(), counts[full].astype(np.int64).tolist(), strict=True))


def together(histograms: Iterable[Histogram]) -> Histogram | None:
    """Return several histograms as one, None where there is nothing."""
    counts: Counts = {}
    for histogram in histograms:
        own = counts.setdefault(histogram.scale, {})
        for bucket, n in histogram.counts:
            add(own, bucket, n)
    return fold(counts)
