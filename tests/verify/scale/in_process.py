"""An executor without processes: what the others do elsewhere, done here."""

from __future__ import annotations

import asyncio
from threading import Event

from verify.scale.task import AnyTask, Outcome, run_task


class InProcess:
    """Does tasks in a thread of this process: what the other executors do elsewhere, without their processes."""

    workers = 1
    pays_from = 0
    words = "this process"
    is_remote = False

    async def run(self, task: AnyTask) -> Outcome:
        """Do one task. A task that is cancelled goes on to its next batch."""
        stopped = Event()
        try:
            return await asyncio.to_thread(run_task, task, stopped.is_set)
        finally:
            stopped.set()
