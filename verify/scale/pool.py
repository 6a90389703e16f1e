"""Tasks in processes of this machine: Python digests on all cores."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from multiprocessing.synchronize import Event
from pathlib import Path
from types import TracebackType
from typing import Self

from shadow.errors import EnvironmentFailure
from verify.scale.task import AnyTask, Outcome, run_task

_ATTEMPTS = 3
"""How often a task is begun whose process dies: once may be anybody's fault, three times is the task's."""


class ProcessPool:
    """Processes that are started when the first task comes and end with the pool, or with this process."""

    pays_from = 500_000
    is_remote = False

    def __init__(self, processes: int) -> None:
        self.workers = processes
        self._context = multiprocessing.get_context("spawn")
        self._stopped = self._context.Event()
        self._pool: ProcessPoolExecutor | None = None

    @property
    def words(self) -> str:
        """How many processes there are."""
        return f"{self.workers} processes"

    async def run(self, task: AnyTask) -> Outcome:
        """Do one task; one whose process was killed is done again. Raises EnvironmentFailure."""
        for _ in range(_ATTEMPTS):
            pool = self._started()
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, _pooled, task)
            except BrokenProcessPool:
                # One process takes the others with it. Tasks that have ended are not lost, the rest begins anew.
                if self._pool is pool:
                    self._pool = None
                pool.shutdown(wait=False)
        raise EnvironmentFailure(
            f"A process that read a range was killed {_ATTEMPTS} times.",
            "Look for the kernel's out-of-memory killer, or read in one process: verify.processes: 1.",
        )

    def close(self) -> None:
        """Let running tasks end at their next batch, and all processes after them."""
        self._stopped.set()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.workers, mp_context=self._context, initializer=_prepare, initargs=(self._stopped,)
            )
        return self._pool


MOST_PROCESSES = 8
"""Processes that are started unless more are asked for: each takes some 100 MB."""


def processes_here(wanted: int = 0, cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Return how many processes to use: as many as wanted, else one per core that this process may use, of which a
    container's quota leaves fewer than the machine has."""
    if wanted:
        return wanted
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _quota(cgroup), MOST_PROCESSES))


def _quota(cgroup: Path) -> int:
    """Return how many whole cores a control group (version 2) leaves, MOST_PROCESSES where it says nothing."""
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
        return MOST_PROCESSES if quota == "max" else int(quota) // int(period)
    except (OSError, ValueError):
        return MOST_PROCESSES


_STOPPED: list[Event] = []


def _prepare(stopped: Event) -> None:
    """Make a process ready: it ends when its parent says so, or is no more, and not by itself at Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _STOPPED.append(stopped)
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel

        def follow() -> None:
            wait([sentinel])
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


def _pooled(task: AnyTask) -> Outcome:
    return run_task(task, _STOPPED[0].is_set)
