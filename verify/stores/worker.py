"""A thread of one's own: embedded engines block, and their connections like to stay in one thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class Worker:
    """Runs blocking calls one after the other in a single thread.

    When the caller is cancelled, `interrupt` is called so that the engine gives up its query.
    """

    def __init__(self, name: str, interrupt: Callable[[], None]) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._interrupt = interrupt
        self._finished = False

    async def call(self, function: Callable[[], Result]) -> Result:
        """Return what the function returns, or raise what it raises."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function)
        except asyncio.CancelledError:
            self._interrupt()
            raise

    async def finish(self, last: Callable[[], None]) -> None:
        """Make a last call and end the thread; does nothing when repeated."""
        if not self._finished:
            self._finished = True
            try:
                await self.call(last)
            finally:
                self._pool.shutdown(wait=True)
