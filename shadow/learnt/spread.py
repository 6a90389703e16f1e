"""The least and the greatest of some values, of which old ones are forgotten."""

from __future__ import annotations

from math import inf

import msgspec


class Spread(msgspec.Struct, array_like=True):
    """Values of two periods: of this one, and of the one before. What is older is forgotten.

    `n`, `old_n` are how many there were; `low` to `high` is empty (inf to -inf) where there were none."""

    low: float = inf
    high: float = -inf
    n: float = 0.0
    old_low: float = inf
    old_high: float = -inf
    old_n: float = 0.0

    def take(self, value: float) -> None:
        """Add one value."""
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        self.n += 1

    def merge(self, other: Spread) -> None:
        """Add what another has of its current period."""
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        self.n += other.n

    def turn(self, periods: int) -> None:
        """A number of periods has passed."""
        if periods == 1:
            self.old_low, self.old_high, self.old_n = self.low, self.high, self.n
        elif periods > 1:
            self.old_low, self.old_high, self.old_n = inf, -inf, 0.0
        if periods > 0:
            self.low, self.high, self.n = inf, -inf, 0.0

    @property
    def count(self) -> float:
        """How many values it stands for."""
        return self.n + self.old_n

    @property
    def least(self) -> float:
        """The least of them."""
        return min(self.low, self.old_low)

    @property
    def greatest(self) -> float:
        """The greatest of them."""
        return max(self.high, self.old_high)

    @property
    def width(self) -> float:
        """From the least to the greatest; 0 where there are none."""
        return max(self.greatest - self.least, 0.0)

    def holds(self, value: float, *, margin: float) -> bool:
        """Tell whether a value is at most `margin` outside."""
        return self.least - margin <= value <= self.greatest + margin
