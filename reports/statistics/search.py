"""Search for the least number of trials that satisfies a condition which stays true once it is true."""

from __future__ import annotations

from collections.abc import Callable

LARGEST = 10**9


def smallest(start: int, holds: Callable[[int], bool]) -> int | None:
    """Return the least n >= start for which `holds(n)`, None where it holds nowhere up to 10**9."""
    high = max(start, 1)
    if holds(high):
        return high
    low = high
    while not holds(high):
        if high >= LARGEST:
            return None
        low, high = high, min(2 * high, LARGEST)
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
