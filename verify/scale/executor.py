"""Who does the tasks: this process with the snapshots that it holds, processes of this machine, or a Dask cluster."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import Protocol

from verify.scale.task import AnyTask, Outcome, run_task


class Executor(Protocol):
    """Does tasks elsewhere."""

    @property
    def workers(self) -> int:
        """How many tasks can run at the same time."""

    @property
    def pays_from(self) -> int:
        """From how many rows of both sides on it is worth its overhead."""

    @property
    def words(self) -> str:
        """Who does the tasks, for the report: `2 processes`."""

    @property
    def is_remote(self) -> bool:
        """Whether tasks leave this machine; then they carry no secrets."""

    async def run(self, task: AnyTask) -> Outcome:
        """Do one task; cancelling it gives up the work. Raises EnvironmentFailure where nobody can do it."""


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
