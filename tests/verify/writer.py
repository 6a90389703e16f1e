"""Somebody who writes to the old side, and to the new side a second later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

LAG_S = 1.0
RATE = 500

Change = TypeVar("Change")


@asynccontextmanager
async def lagging(
    to_old: Callable[[list[Change]], Awaitable[object]],
    to_new: Callable[[list[Change]], Awaitable[object]],
    change: Callable[[int], Change],
) -> AsyncIterator[None]:
    """Apply 500 changes a second to the old side, and the same a second later to the new one; all at the end."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, list[Change]]] = asyncio.Queue()
    over = False

    async def write() -> None:
        n, began = 0, loop.time()
        while not over:
            batch = [change(n + at) for at in range(10)]
            n += 10
            await to_old(batch)
            queue.put_nowait((loop.time() + LAG_S, batch))
            await asyncio.sleep(max(0.0, began + n / RATE - loop.time()))

    async def follow() -> None:
        while not over or not queue.empty():
            due, batch = await queue.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await to_new(batch)

    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        group.create_task(follow())
        await asyncio.sleep(LAG_S + 0.2)
        yield
        over = True
