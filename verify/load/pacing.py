"""How much to ask of a database at a time: pieces that take about half a second, at most so many rows a second."""

from __future__ import annotations

import asyncio
from time import monotonic

_GROWTH = 2.0
"""By how much a piece may grow over the one before: a guess that was too small costs little, one too large hurts."""


class Pacer:
    """Says how many buckets the next piece should have, and waits where more rows were read than allowed."""

    def __init__(self, target_s: float, max_rows_per_second: int = 0, first: int = 32) -> None:
        self._target_s = target_s
        self._limit = max_rows_per_second
        self._size = float(first)
        self._began = monotonic()
        self._rows = 0

    @property
    def size(self) -> int:
        """How many buckets the next piece should have."""
        return max(1, round(self._size))

    def took(self, buckets: int, seconds: float) -> None:
        """Learn from a finished piece."""
        wanted = buckets * self._target_s / max(seconds, 1e-4)
        self._size = max(1.0, min(wanted, self._size * _GROWTH))

    async def spend(self, rows: int) -> None:
        """Count rows that were read; wait until they are within the limit."""
        self._rows += rows
        if self._limit:
            ahead = self._rows / self._limit - (monotonic() - self._began)
            if ahead > 0:
                await asyncio.sleep(ahead)
