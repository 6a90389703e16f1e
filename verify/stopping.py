"""Running a job until it ends or somebody stops it: Ctrl-C, SIGTERM and the end of a terminal (SIGHUP) all unwind it,
so that nothing is left behind on a server."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def run_stoppable(job: Coroutine[Any, Any, Result]) -> Result:
    """Run a job in an event loop of its own and return its result.

    Raises KeyboardInterrupt when it was stopped, after its transactions, cursors and connections were let go.
    """
    stopped = False

    async def watched() -> Result:
        task = asyncio.current_task()
        assert task is not None

        def stop() -> None:
            nonlocal stopped
            stopped = True
            task.cancel()

        # Ctrl-C is asyncio's own affair; without a handler SIGTERM ends a process at once. Signals are the main
        # thread's.
        is_main = threading.current_thread() is threading.main_thread()
        for number in _SIGNALS if is_main else ():
            asyncio.get_running_loop().add_signal_handler(number, stop)
        try:
            return await job
        finally:
            for number in _SIGNALS if is_main else ():
                asyncio.get_running_loop().remove_signal_handler(number)

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        if stopped:
            raise KeyboardInterrupt from None
        raise


async def at_once(old: Coroutine[Any, Any, Result], new: Coroutine[Any, Any, Result]) -> tuple[Result, Result]:
    """Return what is done for both sides at the same time. Where one fails the other is given up, and then the error is
    raised as it is."""
    tasks = asyncio.ensure_future(old), asyncio.ensure_future(new)
    try:
        one, other = await asyncio.gather(*tasks)
        return one, other
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def both(old: Awaitable[Result], new: Awaitable[Result]) -> tuple[Result, Result]:
    """Return what is asked of both sides at the same time. Raises what a side raises, but not before the other has
    answered too: unlike with `at_once`, its connection can be used again in the transaction in which it is.
    """
    found = await asyncio.gather(old, new, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return found[0], found[1]  # type: ignore[return-value]


async def surely(work: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of what has to be done to its end, however often it is told to stop meanwhile.

    Raises what the work raises, and CancelledError after it where it was told to stop.
    """
    task = asyncio.ensure_future(work)
    told = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            told = True
    result = task.result()
    if told:
        raise asyncio.CancelledError
    return result
