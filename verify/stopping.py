"""Running a job until it ends or somebody stops it: Ctrl-C and SIGTERM both unwind it, so that nothing is left behind
on a server."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


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
        if is_main:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
        try:
            return await job
        finally:
            if is_main:
                asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        if stopped:
            raise KeyboardInterrupt from None
        raise
