"""A Dask cluster of real processes on the loopback address."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.verify.servers import free_port

WORKERS = 3


class Cluster:
    """A scheduler and its workers, each a process with one thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.workers: list[subprocess.Popen[bytes]] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self._log = (folder / "log").open("wb")
        host = ["--host", "127.0.0.1", "--port", self.address.rpartition(":")[2], "--no-dashboard", "--no-show"]
        self._start("scheduler", *host)

    def add_worker(self) -> None:
        options = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
        self.workers.append(self._start("worker", self.address, *options, "--local-directory", str(self.folder)))

    def _start(self, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
            stdout=self._log, stderr=self._log, env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
        self._processes.append(process)
        return process

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def wait(self) -> None:
        until = time.monotonic() + 90
        while self.log().count("Registered to:") < len(self.workers):
            assert time.monotonic() < until, self.log()
            time.sleep(0.1)

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        self._log.close()


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("dask"))
    try:
        for _ in range(WORKERS):
            started.add_worker()
        started.wait()
        yield started
    finally:
        started.close()
