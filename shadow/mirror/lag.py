"""When a listener stops mirroring by itself: its own event loop lags, so whatever it does beside the live path costs
clients time. A slow primary does not show here: waiting for it takes no time of the loop. Pure.
"""

from __future__ import annotations

from collections import deque
from statistics import median

TICK_S = 0.05
_WINDOW = 20
_CALM_S = 5.0


class LagWatch:
    """Judges how late the ticks of a loop come. What counts is the median of the last second: a single long stop (the
    collector, a stolen processor) pauses nothing, a loop that is always late does."""

    def __init__(self, limit_s: float) -> None:
        """Pause above `limit_s` (0: never), go on once the lag stayed below half of it for five seconds."""
        self.limit_s = limit_s
        self._late: deque[float] = deque(maxlen=_WINDOW)
        self._calm_since: float | None = None
        self.paused = False
        self.lag_s = 0.0

    def tick(self, late_s: float, now: float) -> bool:
        """Take how late a tick came, in seconds; return whether to pause. `now` is monotonic."""
        self._late.append(max(0.0, late_s))
        self.lag_s = median(self._late)
        if self.limit_s == 0:
            self.paused = False
        elif not self.paused:
            # Not before the window is full: the first ticks of a process that just started are late.
            self.paused = len(self._late) == _WINDOW and self.lag_s > self.limit_s
            self._calm_since = None
        elif self.lag_s >= self.limit_s / 2:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        elif now - self._calm_since >= _CALM_S:
            self.paused = False
        return self.paused
