"""Spreading the ranges of one table over processes of this machine, or over a Dask cluster."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from shadow.config.verification import Verify
from verify.scale.executor import Executor


def executor_of(settings: Verify, dask: str | None = None) -> AbstractAsyncContextManager[Executor | None]:
    """Return who reads the ranges of a run: a cluster where its scheduler's address is given, else processes of this
    machine, None where this process does it alone. Raises ConfigError, where it is entered EnvironmentFailure."""
    if dask:
        from verify.scale.cluster import DaskCluster

        return DaskCluster(dask)
    from verify.scale.pool import ProcessPool, processes_here

    processes = processes_here(settings.processes)
    return ProcessPool(processes) if processes > 1 else nullcontext()
