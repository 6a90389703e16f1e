"""Latency by time blocks: the histograms of both legs of an endpoint over hours or days, resampled whole."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from reports.statistics.bootstrap import LEAST_BLOCKS, Grown, Resampled, grown
from shadow.ledger.evidence import Evidence
from shadow.ledger.histogram import upper_bound
from shadow.records import Leg

HOUR_S = 3600.0
DAY_S = 86400.0

DAYS_ENOUGH = 20
"""From so many days on a day is the block; before that, an hour."""

Sample = tuple[float, int, int, int]
"""Block, scale, bucket, n."""


class LatencyBlocks:
    """Answers by how much a quantile grew, by resampling blocks; each endpoint is resampled once."""

    def __init__(self, evidence: Evidence, against: Leg, confidence: float) -> None:
        self._confidence = confidence
        self._packed: dict[tuple[str, Leg], list[tuple[float, int, bytes]]] = defaultdict(list)
        self._fine: dict[tuple[str, Leg], list[Sample]] = defaultdict(list)
        legs = (Leg.candidate, against)
        for folded in evidence.latencies:
            if folded.leg in legs:
                self._packed[folded.endpoint, folded.leg].append((folded.block_at, folded.scale, folded.packed))
        for row in evidence.histograms:
            if row.leg in legs:
                self._fine[row.endpoint, row.leg].append((row.block_at, row.scale, row.bucket, row.n))
        times = {at for held in self._packed.values() for at, *_ in held}
        times |= {at for samples in self._fine.values() for at, *_ in samples}
        self._unit = DAY_S if len({at // DAY_S for at in times}) >= DAYS_ENOUGH else HOUR_S
        self._against = against
        self._held: tuple[str, tuple[Resampled, Resampled, np.ndarray, int] | None] = ("", None)

    def grown(self, endpoint: str, quantile: float) -> Grown | None:
        """Return the bounds of ratio and increase, None where there are too few blocks."""
        if self._held[0] != endpoint:
            self._held = (endpoint, self._resampled(endpoint))
        found = self._held[1]
        if found is None:
            return None
        new, old, edges, blocks = found
        return grown(new, old, edges, quantile, self._confidence, blocks)

    def _resampled(self, endpoint: str) -> tuple[Resampled, Resampled, np.ndarray, int] | None:
        sides = [self._samples(endpoint, leg) for leg in (Leg.candidate, self._against)]
        if any(not len(side) for side in sides):
            return None
        times = np.concatenate([side[:, 0] for side in sides])
        # There are few hours between the first and the last: counting finds them faster than sorting.
        units = np.flatnonzero(np.bincount(times - times.min())) + times.min()
        if len(units) < LEAST_BLOCKS:
            return None
        scale = int(min(side[:, 1].min() for side in sides))
        for side in sides:
            side[:, 2] >>= side[:, 1] - scale
        least = int(min(side[:, 2].min() for side in sides))
        width = int(max(side[:, 2].max() for side in sides)) - least + 1
        counts = []
        for side in sides:
            cells = np.searchsorted(units, side[:, 0]) * width + side[:, 2] - least
            matrix = np.bincount(cells, weights=side[:, 3], minlength=len(units) * width)
            counts.append(Resampled(matrix.reshape(len(units), width)))
        edges = np.array([upper_bound(least + place, scale) for place in range(width)])
        return counts[0], counts[1], edges, len(units)

    def _samples(self, endpoint: str, leg: Leg) -> np.ndarray:
        """Return rows of (block, scale, bucket, n)."""
        found = [
            np.array([[at // self._unit, scale, bucket, n] for at, scale, bucket, n in held], dtype=np.int64)
            for held in (self._fine.get((endpoint, leg)),)
            if held
        ]
        if folded := self._packed.get((endpoint, leg)):
            # One look at all of them: a numpy array for each of tens of thousands of rows takes longer than the rest.
            pairs = np.frombuffer(b"".join(packed for _, _, packed in folded), dtype=np.int32).reshape(-1, 2)
            lengths = [len(packed) // pairs.itemsize // 2 for _, _, packed in folded]
            rows = np.empty((len(pairs), 4), dtype=np.int64)
            rows[:, 0] = np.repeat([at // self._unit for at, _, _ in folded], lengths)
            rows[:, 1] = np.repeat([scale for _, scale, _ in folded], lengths)
            rows[:, 2:] = pairs
            found.append(rows)
        return np.concatenate(found) if found else np.empty((0, 4), dtype=np.int64)
