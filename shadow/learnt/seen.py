"""What was seen to vary at one place between two answers of one build."""

from __future__ import annotations

import msgspec

from shadow.learnt.spread import Spread

MAX_FORMATS = 8
NUMBER, STEP, LENGTH, FROM_NOW = "number", "step", "length", "from_now"
"""The names of spreads: of numbers, of second minus first, of lengths of text, of instants minus now (seconds)."""


class Seen(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Weights of what varied; they fade, so that none is a whole number for long.

    `varied`: pairs in which it did. `before`: pairs of its endpoint before the first of these. `kinds`, `formats`: of
    the differences and of both their values. `up`, `down`: whether the second answer's number was the greater.
    `period`: of which period the spreads' current halves are.
    """

    varied: float = 0.0
    before: float = 0.0
    clock: float = 0.0
    up: float = 0.0
    down: float = 0.0
    kinds: dict[str, float] = {}
    formats: dict[str, float] = {}
    spreads: dict[str, Spread] = {}

    def merge(self, other: Seen) -> None:
        """Add another's weights and spreads; its clock does not matter."""
        self.varied += other.varied
        self.up += other.up
        self.down += other.down
        for name, weight in other.kinds.items():
            self.kinds[name] = self.kinds.get(name, 0.0) + weight
        for name, weight in other.formats.items():
            self.count_format(name, weight)
        for name, spread in other.spreads.items():
            self.spread(name).merge(spread)

    def count_format(self, name: str, weight: float = 1.0) -> None:
        """Count a format; where there are too many, the rarest makes room."""
        formats = self.formats
        if name not in formats and len(formats) >= MAX_FORMATS:
            rarest = min(formats, key=formats.__getitem__)
            if formats[rarest] > weight:
                return
            del formats[rarest]
        formats[name] = formats.get(name, 0.0) + weight

    def spread(self, name: str) -> Spread:
        """Return the spread of this name, empty where it is new."""
        held = self.spreads.get(name)
        if held is None:
            held = self.spreads[name] = Spread()
        return held

    def fade(self, clock: float) -> None:
        """Let what was seen fade to this reading of its endpoint's clock, which counts half-lives."""
        passed = clock - self.clock
        if passed <= 0:
            return
        left = 0.5**passed
        self.varied *= left
        self.before *= left
        self.up *= left
        self.down *= left
        for weights in (self.kinds, self.formats):
            for name in weights:
                weights[name] *= left
        periods = int(clock) - int(self.clock)
        if periods:
            for spread in self.spreads.values():
                spread.turn(periods)
        self.clock = clock
