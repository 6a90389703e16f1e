"""A clock for tests (`shadow.clock.Clock`)."""

from __future__ import annotations


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, at: float = 0.0) -> None:
        self.at = at

    def now(self) -> float:
        """Return the instant that was set."""
        return self.at

    def monotonic(self) -> float:
        """Return the same reading as `now`."""
        return self.at

    def advance(self, seconds: float) -> None:
        """Move forward. Raises ValueError for a negative number: clocks under test do not go back by accident."""
        if seconds < 0:
            raise ValueError(f"seconds must not be negative, got {seconds}")
        self.at += seconds
