"""At most so many at once, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque


class Cap:
    """Like a semaphore, with a way to take a place without a coroutine where one is free."""

    def __init__(self, places: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a place if one is free; never waits."""
        if self._free:
            self._free -= 1
            return True
        return False

    async def wait(self) -> None:
        """Take a place, waiting for one in line."""
        if self.take():
            return
        turn: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # A place that was given at that very moment goes to the next in line.
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Give a place back: to whoever waits longest, so that nobody who comes later overtakes."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
