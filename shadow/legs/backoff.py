"""When to try again to connect to a leg that could not be reached: after longer and longer pauses.

What backs off is connecting, nothing else. A leg that restarts is found again within a second or two, and one that is
gone is asked for a connection twice a minute rather than for every copy. Calls over connections that stand go on.
How often a leg that *answers badly* or not in time is asked is the breaker's: its pause is always `breaker_open_s`,
whether it trips for the first time or again. Where a pause of this one lasts longer, it prevails.
"""

from __future__ import annotations

from shadow.config.model import ShadowLeg


class Backoff:
    """Pure: time and chance are arguments."""

    def __init__(self, settings: ShadowLeg) -> None:
        self._first_s = settings.backoff_first_s
        self._factor = settings.backoff_factor
        self._most_s = settings.backoff_most_s
        self._jitter_ratio = settings.backoff_jitter_ratio
        self._pause_s = self._first_s
        self.until = 0.0

    def allows(self, now: float) -> bool:
        """Whether a connection may be tried."""
        return now >= self.until

    def failed(self, now: float, draw: float) -> None:
        """No connection could be had; `draw` is a uniform random number in [0, 1). Attempts that were under way
        together are one: what fails during a pause does not prolong it."""
        if not self.allows(now):
            return
        self.until = now + self._pause_s * (1 + self._jitter_ratio * (2 * draw - 1))
        self._pause_s = min(self._pause_s * self._factor, self._most_s)

    def succeeded(self) -> None:
        """There is a connection: the next pause is the first again."""
        self._pause_s = self._first_s
        self.until = 0.0
