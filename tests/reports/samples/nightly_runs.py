"""A service that fails in bursts of requests that follow one another, asked every night; and what the gate says."""

from __future__ import annotations

import math
import random

from reports.criteria.looks import USUAL, Nightly, hold
from reports.document import Criterion
from reports.evidence.blocks import Counted

NIGHT_BLOCKS = 288


class Service:
    """Requests whose failures come `burst` in a row (where `geometric`, in the mean), at a failing share of `rate`;
    `rare` is a share of failures that come 20 in a row besides."""

    def __init__(self, rng: random.Random, rate: float, burst: int, *, geometric: bool = False, rare: float = 0.0):
        self._rng = rng
        self._kinds = [[rate / burst / (1 - rate * (1 - 1 / burst)), burst, geometric, 0]]
        if rare:
            self._kinds.append([rare / 20, 20, False, 0])
        for kind in self._kinds:
            kind[3] = self._pause(kind)
        self._left = 0

    def _pause(self, kind: list) -> int:
        """How many requests pass until the next burst begins: geometric, so that quiet ones cost nothing."""
        return int(math.log(1.0 - self._rng.random()) / math.log(1.0 - kind[0]))

    def failures(self, requests: int) -> int:
        """Of the next requests so many fail."""
        failed = 0
        while requests:
            if self._left:
                taken = min(self._left, requests)
                self._left -= taken
                failed += taken
            else:
                kind = min(self._kinds, key=lambda kind: kind[3])
                taken = min(kind[3], requests)
                for each in self._kinds:
                    each[3] -= taken
                if not kind[3]:
                    _, burst, geometric, _ = kind
                    mean = 1 / burst
                    self._left = burst if not geometric or burst == 1 else 1 + int(
                        math.log(1.0 - self._rng.random()) / math.log(1.0 - mean)
                    )
                    kind[3] = self._pause(kind)
            requests -= taken
        return failed


def first_pass(
    service: Service, limit: float, per_night: int, most: int, nightly: Nightly = USUAL
) -> tuple[int, int] | None:
    """Return the night on which the gate passes and how many bursts it had seen by then, None if on none of `most`;
    each look is at everything so far."""
    counted, n = Counted(), 0
    size = per_night / NIGHT_BLOCKS
    for night in range(1, most + 1):
        for block in range(NIGHT_BLOCKS):
            requests = round((block + 1) * size) - round(block * size)
            failed = service.failures(requests)
            counted.add((requests, failed, 0, 0))
            n += requests
        row = hold(Criterion(name="success", scope="all", n=n), counted.failures(), limit, 0.95, nightly)
        if (row.e_value or 0.0) >= (row.e_needed or 0.0):
            return night, len(counted.failures().bursts)
    return None


def night_of_pass(
    service: Service, limit: float, per_night: int, most: int, nightly: Nightly = USUAL
) -> int | None:
    """Return the night on which the gate passes, None if on none of `most`."""
    found = first_pass(service, limit, per_night, most, nightly)
    return found[0] if found else None


def false_passes(seed: int, burst: int, per_night: int, runs: int, **how: bool) -> float:
    """Return the share of runs that pass within 30 nights although the service is just at the limit of 0.5 %."""
    rng = random.Random(seed)
    nights = (night_of_pass(Service(rng, 0.005, burst, **how), 0.005, per_night, 30) for _ in range(runs))
    return sum(night is not None for night in nights) / runs
