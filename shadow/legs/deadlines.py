"""Deadlines of many calls with one timer: making and cancelling a timer for each call would cost more than the call's
own bookkeeping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic


class Deadlines:
    """Calls `expire` of whoever is still here when its time is up, never early."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._due: dict[Callable[[], None], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def __len__(self) -> int:
        return len(self._due)

    def add(self, expire: Callable[[], None], after_s: float) -> None:
        """Call `expire` after so many seconds, unless it is discarded before."""
        due = self._due[expire] = monotonic() + after_s
        if self._timer is None or due < self._timer_at:
            self._arm(due)

    def discard(self, expire: Callable[[], None]) -> None:
        """Forget it. The timer runs on, and finds nothing to do."""
        self._due.pop(expire, None)

    def close(self) -> None:
        """Forget all of them."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        # A millisecond more: loops count in whole ones.
        self._timer = self.loop.call_later(max(0.0, due - monotonic()) + 0.001, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = monotonic()
        for expire in [each for each, due in self._due.items() if due <= now]:
            del self._due[expire]
            expire()
        if self._due and self._timer is None:
            self._arm(min(self._due.values()))
