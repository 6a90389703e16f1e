"""What asking again may cost: a share of the mirrored exchanges, a rate, and nothing while the old build suffers. Pure:
time is an argument."""

from __future__ import annotations

from collections import Counter
from math import exp, log

from shadow.config.again import Reask

BURST = 20.0
"""Requests that may be asked again before any share has been earned, and that may be saved up."""
MOST_STOP_S = 3600.0
_FAST, _SLOW = 1 / 30, 1 / 1000
_WARM = 200


class Slowing:
    """Tells whether answers take longer than they did: the geometric mean of about the last 30 against that of about
    the last thousand.

    Cannot see: a slowing that takes longer than a thousand answers, and requests that became heavier."""

    def __init__(self) -> None:
        self._n = 0
        self._fast = 0.0
        self._slow = 0.0

    def saw(self, duration_s: float) -> None:
        """An answer took so long."""
        if duration_s <= 0:
            return
        x = log(duration_s)
        self._n += 1
        self._fast += (x - self._fast) * max(_FAST, 1 / self._n)
        self._slow += (x - self._slow) * max(_SLOW, 1 / self._n)

    @property
    def factor(self) -> float:
        """By how much answers take longer now; 1.0 while too few were seen."""
        return exp(self._fast - self._slow) if self._n >= _WARM else 1.0

    def forget(self) -> None:
        """Begin anew: what is now becomes what it was."""
        self._n = 0


class Budget:
    """Grants requests. `refused` and `stops` count by reason (`share`, `rate`, `stopped`; `limited`, `failing`,
    `slow`), `asked` by purpose."""

    def __init__(self, settings: Reask, *, senders: int) -> None:
        self.asked: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.stops: Counter[str] = Counter()
        self.slowing = Slowing()
        self._share = BURST
        self._rate = 1.0
        self._at = 0.0
        self._until = 0.0
        self.use(settings, senders=senders)

    def use(self, settings: Reask, *, senders: int) -> None:
        """Work by these settings from now on; each sender has its part of the rate."""
        self._settings = settings
        self._per_s = settings.rate_per_s / senders
        self._most = max(1.0, self._per_s)

    def earn(self) -> None:
        """One more exchange is mirrored."""
        self._share = min(self._share + self._settings.most_ratio, BURST)

    def saw(self, duration_s: float, status: int, now: float) -> None:
        """The old build's own answer to an exchange took so long. `status` 429: it is limiting clients."""
        self.slowing.saw(duration_s)
        if status == 429:
            self.stop("limited", now)
        elif self.slowing.factor > self._settings.latency_factor:
            self.slowing.forget()
            self.stop("slow", now)

    def stop(self, reason: str, now: float, *, for_s: float = 0.0) -> None:
        """Ask nothing for a while, at least `for_s`; the first stop of a while counts."""
        if now >= self._until:
            self.stops[reason] += 1
        self._until = max(self._until, now + min(max(self._settings.stop_s, for_s), MOST_STOP_S))

    def is_stopped(self, now: float) -> bool:
        """Whether nothing may be asked now."""
        return now < self._until

    def take(self, purpose: str, now: float) -> str:
        """Take one request; return why it may not be asked, or an empty string."""
        self._rate = min(self._rate + (now - self._at) * self._per_s, self._most) if self._at else self._most
        self._at = now
        reason = ""
        if self.is_stopped(now):
            reason = "stopped"
        elif self._settings.most_ratio <= 0 or self._share < 1.0 - 1e-9:
            reason = "share"
        elif self._rate < 1.0:
            reason = "rate"
        if reason:
            self.refused[reason] += 1
        else:
            self._share -= 1.0
            self._rate -= 1.0
            self.asked[purpose] += 1
        return reason
