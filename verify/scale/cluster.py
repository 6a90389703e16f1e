"""Tasks on a Dask cluster: its scheduler gives the ranges of a worker that dies to another one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self

from shadow.errors import ConfigError, EnvironmentFailure
from verify.scale.task import AnyTask, Outcome, run_task

CONNECT_S = 15
_PACKAGE = "shadow-parity"


class DaskCluster:
    """The workers behind a scheduler. They need this package in the same version, and a way to both stores."""

    pays_from = 50_000
    is_remote = True

    def __init__(self, address: str) -> None:
        self._address = address
        self._distributed = _import_distributed()
        self._client: Any = None
        self.workers = 1
        self._run = uuid.uuid4().hex[:12]
        self._tasks = 0

    @property
    def words(self) -> str:
        """How many workers there were at the beginning."""
        return f"a Dask cluster of {self._machines} worker{'s' if self._machines > 1 else ''}"

    async def __aenter__(self) -> Self:
        """Connect. Raises ConfigError for an address that is none, EnvironmentFailure where there are no workers, or
        ones of another version."""
        try:
            self._client = self._distributed.Client(
                self._address, asynchronous=True, timeout=CONNECT_S, name="shadow verify", set_as_default=False
            )
            await self._client
            await self._look_at_workers()
        except (OSError, TimeoutError) as error:
            await self._left()
            raise EnvironmentFailure(
                f"The Dask scheduler {self._address} does not answer ({type(error).__name__}).",
                "Check address and port; `dask scheduler` prints them.",
            ) from error
        except (ValueError, TypeError) as error:
            await self._left()
            remedy = "Write it as tcp://host:8786 or tls://host:8786."
            raise ConfigError(f"{self._address} is no address of a Dask scheduler.", remedy) from error
        except BaseException:
            await self._left()
            raise
        return self

    async def _look_at_workers(self) -> None:
        threads: dict[str, int] = await self._client.nthreads()
        if not threads:
            raise EnvironmentFailure(
                f"The Dask scheduler {self._address} has no workers.",
                f"Start some where {_PACKAGE}[dask] is installed: dask worker {self._address}",
            )
        self._machines, self.workers = len(threads), sum(threads.values())
        try:
            versions = await self._client.run(version, _PACKAGE)
        except Exception as error:
            raise EnvironmentFailure(
                f"A Dask worker cannot run this package ({type(error).__name__}).",
                f"Install {_PACKAGE}[dask]=={version(_PACKAGE)} on every worker.",
            ) from error
        others = sorted({str(one) for one in versions.values()} - {version(_PACKAGE)})
        if others:
            raise EnvironmentFailure(
                f"Dask workers have {_PACKAGE} {', '.join(others)}, this is {version(_PACKAGE)}.",
                "Install the same version on every worker.",
            )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; what still runs is given up by the workers at their next batch."""
        await self._left()

    async def _left(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def run(self, task: AnyTask) -> Outcome:
        """Do one task. Raises EnvironmentFailure where workers die of it, or the scheduler is lost."""
        self._tasks += 1
        # A key of its own: a result must never be taken from another run.
        key = f"shadow-verify-{self._run}-{self._tasks}"
        future = self._client.submit(_on_worker, task, key=key, pure=False)
        try:
            outcome: Outcome = await future
            return outcome
        except self._distributed.scheduler.KilledWorker as error:
            raise EnvironmentFailure(
                "A range was given to one Dask worker after the other, and each of them died.",
                "Look into the workers' logs, for their memory limit first.",
            ) from error
        except (self._distributed.client.FutureCancelledError, OSError) as error:
            raise EnvironmentFailure(
                f"The Dask scheduler {self._address} was lost.", "Start it again, and run this again."
            ) from error
        finally:
            future.release()


def _on_worker(task: AnyTask) -> Outcome:
    """Do a task in a worker; it is given up when nobody wants its result any more."""
    return run_task(task, _unwanted())


def _unwanted() -> Callable[[], bool]:
    """Return whether the task that runs in this thread was cancelled, or its client has gone."""
    worker = _import_distributed().get_worker()
    key = worker.get_current_task()

    def is_unwanted() -> bool:
        state = worker.state.tasks.get(key)
        return state is None or state.state == "cancelled"

    return is_unwanted


def _import_distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ConfigError(
            "--dask needs the package distributed, which is not installed.", f"Run: pip install '{_PACKAGE}[dask]'."
        ) from error
    return distributed
