"""Who does the tasks: processes of this machine, or a Dask cluster."""

from __future__ import annotations

from typing import Protocol

from verify.scale.task import AnyTask, Outcome


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
