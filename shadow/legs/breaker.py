"""A circuit breaker: after enough failures in a row a leg is left alone for a while, then tried with one request."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class BreakerState(StrEnum):
    """Whether calls go out."""

    open = "open"
    half_open = "half_open"
    closed = "closed"


class Breaker:
    """Pure: time is an argument. Only transport failures count, an answer of any status is a success. `on_change` is
    called once for each change of the state, with the state before it."""

    def __init__(
        self, *, failures: int, open_s: float, on_change: Callable[[BreakerState], None] = lambda before: None
    ) -> None:
        self._on_change = on_change
        self._limit = failures
        self._open_s = open_s
        self._in_a_row = 0
        self._opened_at = 0.0
        self._probing = False
        self.state = BreakerState.closed
        self.trips_total = 0

    def allows(self, now: float) -> bool:
        """Whether a call may go out; in the half-open state one at a time may."""
        if self.state is BreakerState.open and now - self._opened_at >= self._open_s:
            self._probing = False
            self._become(BreakerState.half_open)
        if self.state is BreakerState.closed:
            return True
        if self.state is BreakerState.half_open and not self._probing:
            self._probing = True
            return True
        return False

    def is_shut(self, now: float) -> bool:
        """Whether no call may go out; asking changes nothing."""
        if self.state is BreakerState.open:
            return now - self._opened_at < self._open_s
        return self.state is BreakerState.half_open and self._probing

    def succeeded(self) -> None:
        """A call was answered."""
        self._in_a_row = 0
        self._probing = False
        self._become(BreakerState.closed)

    def failed(self, now: float) -> None:
        """A call failed. Opens at the limit, or at once when it was the probe."""
        self._in_a_row += 1
        if self.state is BreakerState.half_open or (
            self.state is BreakerState.closed and self._in_a_row >= self._limit
        ):
            self._opened_at = now
            self._probing = False
            self.trips_total += 1
            self._become(BreakerState.open)

    def _become(self, state: BreakerState) -> None:
        before, self.state = self.state, state
        if before is not state:
            self._on_change(before)
