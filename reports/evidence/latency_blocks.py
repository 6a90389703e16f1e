"""Latency by time blocks: the histograms of both legs of an endpoint over hours or days, resampled whole."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from reports.statistics.bootstrap import LEAST_BLOCKS, Grown, Resampled, grown
from shadow.ledger.evidence import Evidence, HistogramRow
from shadow.ledger.histogram import upper_bound
from shadow.records import Leg

HOUR_S = 3600.0
DAY_S = 86400.0

DAYS_ENOUGH = 20
"""From so many days on a day is the block; before that, an hour."""

PAIR_BYTES = 8
"""A bucket and its count, 32 bits each."""

Key = tuple[str, Leg]

Ints = NDArray[np.int64]


class LatencyBlocks:
    """Answers by how much a quantile grew, by resampling blocks; each endpoint is resampled once."""

    def __init__(self, evidence: Evidence, against: Leg, confidence: float) -> None:
        self._confidence = confidence
        self._folded: dict[Key, list[tuple[float, int, bytes]]] = defaultdict(list)
        self._fine: dict[Key, list[HistogramRow]] = defaultdict(list)
        legs = (Leg.candidate, against)
        for folded in evidence.latencies:
            if folded.leg in legs:
                self._folded[folded.endpoint, folded.leg].append((folded.block_at, folded.scale, folded.packed))
        for row in evidence.histograms:
            if row.leg in legs:
                self._fine[row.endpoint, row.leg].append(row)
        times = {at for held in self._folded.values() for at, *_ in held}
        times |= {row.block_at for held in self._fine.values() for row in held}
        self._unit = DAY_S if len({at // DAY_S for at in times}) >= DAYS_ENOUGH else HOUR_S
        self._against = against
        self._held: tuple[str, tuple[Resampled, Resampled, NDArray[np.float64], int] | None] = ("", None)

    def grown(self, endpoint: str, quantile: float) -> Grown | None:
        """Return the bounds of ratio and increase, None where there are too few blocks."""
        if self._held[0] != endpoint:
            self._held = (endpoint, self._resampled(endpoint))
        found = self._held[1]
        if found is None:
            return None
        new, old, edges, blocks = found
        return grown(new, old, edges, quantile, self._confidence, blocks)

    def _resampled(self, endpoint: str) -> tuple[Resampled, Resampled, NDArray[np.float64], int] | None:
        keys = [(endpoint, leg) for leg in (Leg.candidate, self._against)]
        scales = {scale for key in keys for _, scale, _ in self._folded.get(key, ())}
        scales |= {row.scale for key in keys for row in self._fine.get(key, ())}
        sides = [self._samples(key, min(scales, default=0)) for key in keys]
        if any(not len(buckets) for _, buckets, _ in sides):
            return None
        first = min(int(units.min()) for units, _, _ in sides)
        # There are few hours between the first and the last: counting finds them faster than sorting.
        seen = np.bincount(np.concatenate([units for units, _, _ in sides]) - first) > 0
        blocks = int(np.count_nonzero(seen))
        if blocks < LEAST_BLOCKS:
            return None
        place = np.cumsum(seen) - 1
        least = min(int(buckets.min()) for _, buckets, _ in sides)
        width = max(int(buckets.max()) for _, buckets, _ in sides) - least + 1
        new, old = (
            Resampled(
                np.bincount((buckets - least) * blocks + place[units - first], weights=n, minlength=width * blocks)
                .reshape(width, blocks)
                .T
            )
            for units, buckets, n in sides
        )
        scale = min(scales)
        return new, old, np.array([upper_bound(least + column, scale) for column in range(width)]), blocks

    def _samples(self, key: Key, scale: int) -> tuple[Ints, Ints, Ints]:
        """Return blocks (as numbers of hours or days), buckets at this scale, and counts."""
        fine = self._fine.get(key, ())
        own = [(row.block_at // self._unit, row.bucket >> (row.scale - scale), row.n) for row in fine]
        units, buckets, counts = np.array(own, dtype=np.int64).reshape(-1, 3).T
        rows = self._folded.get(key)
        if not rows:
            return units, buckets, counts
        times, scales, packed = zip(*rows, strict=True)
        # One look at all of them: a numpy array for each of tens of thousands of rows takes longer than the rest.
        pairs = np.frombuffer(b"".join(packed), dtype=np.int32).reshape(-1, 2).T.astype(np.int64)
        lengths = [len(each) // PAIR_BYTES for each in packed]
        folded = pairs[0]
        if set(scales) != {scale}:
            folded >>= np.repeat(np.array(scales) - scale, lengths)
        starts = (np.array(times) // self._unit).astype(np.int64)
        return (
            np.concatenate((units, np.repeat(starts, lengths))),
            np.concatenate((buckets, folded)),
            np.concatenate((counts, pairs[1])),
        )
