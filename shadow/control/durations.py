"""Latencies of one leg at one endpoint, counted in the buckets that OpenTelemetry advises for HTTP. Pure."""

from __future__ import annotations

from bisect import bisect_left

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


class Durations:
    """A histogram: `counts[i]` are durations up to `BOUNDS_S[i]`, the last one those beyond all bounds."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration; a bound itself belongs to the bucket below it."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.total_s += seconds

    def merge(self, other: Durations) -> None:
        """Add another histogram's counts."""
        for index, n in enumerate(other.counts):
            self.counts[index] += n
        self.total_s += other.total_s

    @property
    def n(self) -> int:
        """How many were counted."""
        return sum(self.counts)

    def cumulative(self) -> list[tuple[str, float]]:
        """Return (upper bound, how many are at most that), as Prometheus wants them; the last bound is `+Inf`."""
        result: list[tuple[str, float]] = []
        below = 0
        for bound, n in zip((*map(str, BOUNDS_S), "+Inf"), self.counts, strict=True):
            below += n
            result.append((bound, float(below)))
        return result
