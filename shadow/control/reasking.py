"""What the senders ask again, added up over senders that come and go."""

from __future__ import annotations

from collections import Counter

from shadow.ipc.messages import Reasked

PURPOSES = ("noise", "triage")
REFUSALS = ("share", "rate", "stopped")
STOPS = ("limited", "failing", "slow")


class Reasking:
    """Counts of this run. Each sender tells its own totals, which begin with its process."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.stops: Counter[str] = Counter()
        self._last: dict[str, Reasked] = {}

    @property
    def stopped(self) -> int:
        """Senders that ask nothing again for now."""
        return sum(last.stopped for last in self._last.values())

    def take(self, source: str, now: Reasked) -> None:
        """Take a sender's word; what is less than before is a new process's."""
        before = self._last.get(source, Reasked())
        for total, new, old in (
            (self.asked, now.asked, before.asked),
            (self.refused, now.refused, before.refused),
            (self.stops, now.stops, before.stops),
        ):
            for name, n in new.items():
                known = old.get(name, 0)
                total[name] += n - known if n >= known else n
        self._last[source] = now

    def forget(self, source: str) -> None:
        """A sender is gone: it is not stopped any more, and its successor counts from nothing."""
        self._last.pop(source, None)
