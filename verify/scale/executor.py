"""Who does the tasks: this process with the snapshots that it holds, processes of this machine, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from verify.scale.task import Outcome, RangeTask, digest_range
from verify.store import Snapshot


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

    async def run(self, task: RangeTask) -> Outcome:
        """Do one task; cancelling it gives up the work. Raises EnvironmentFailure where nobody can do it."""


class InProcess:
    """Does tasks here, one after the other on each side, with snapshots that are open already."""

    workers = 1
    pays_from = 0
    words = "1 process"
    is_remote = False

    def __init__(self, snapshots: Mapping[str, Snapshot]) -> None:
        self._snapshots = snapshots

    async def run(self, task: RangeTask) -> Outcome:
        """Do one task. Raises StoreError, KeyOrderLost, CanonicalError."""
        return Outcome(digests=await digest_range(self._snapshots[task.source.side], task))


