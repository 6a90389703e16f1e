"""One client's exchanges in their order, from whichever listener they come.

One listener hands them over in the order in which the primary answered them. But it writes the answer first and hands
the copy over a moment later, so that a client's next request may pass it by on its way through another listener. Where
that can happen, every exchange is held for a moment, and those of one client are let go by the time at which they
began: who waits for an answer before asking again began later.

Cannot see: the order of two exchanges whose listeners hand them over further apart than that moment.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

WINDOW_S = 0.2


class _Held(NamedTuple):
    started_at: float
    number: int
    start: Callable[[], None]


class Turns:
    """Lets exchanges start in their order."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._held: dict[str, list[_Held]] = {}
        self._arrived = 0
        self.window_s = 0.0
        self.held = 0

    def is_free(self, client: str) -> bool:
        """Whether nothing can have overtaken what arrives of this client now."""
        return not self.window_s and client not in self._held

    def arrive(self, client: str, started_at: float, start: Callable[[], None]) -> None:
        """Call `start` in the client's order: at once, where nothing can have overtaken it."""
        if self.is_free(client):
            start()
            return
        self._arrived += 1
        entry = _Held(started_at, self._arrived, start)
        insort(self._held.setdefault(client, []), entry)
        self.held += 1
        self._loop.call_later(self.window_s, partial(self._let_go, client, entry))

    def _let_go(self, client: str, entry: _Held) -> None:
        """The time of an entry is up: it goes, and before it what began before."""
        held = self._held.get(client, [])
        due = [each for each in held if each <= entry]
        if not due:
            return  # it went with a later one
        del held[: len(due)]
        if not held:
            del self._held[client]
        self.held -= len(due)
        for each in due:
            each.start()
