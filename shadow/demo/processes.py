"""The processes of a demo run: started, waited for, and all of them stopped whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from shadow.errors import EnvironmentFailure

READY_S = 30.0
STOP_S = 5.0
POLL_S = 0.02
LAST_LINES = 3


class Processes:
    """Owns every process it starts; leaving the context ends them, newest first, by their own ids.

    Each writes to `<name>.log` in the folder and is out of reach of the terminal's Ctrl-C, so that the demo decides
    in which order they end.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._files = ExitStack()
        self._running: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._running):
            end(process)
        self._files.close()

    def log_of(self, name: str) -> Path:
        """Return where a process writes."""
        return self._folder / f"{name}.log"

    def start(self, name: str, command: list[str]) -> subprocess.Popen[str]:
        """Start a process whose output goes to its log. Raises EnvironmentFailure where it cannot be started."""
        return self._start(name, command, self._log(name))

    def run(self, name: str, command: list[str]) -> int:
        """Run a process to its end and return its exit code; its output goes to its log."""
        return self.start(name, command).wait()

    def lines(self, name: str, command: list[str]) -> Iterator[str]:
        """Run a process and give its output line by line as it comes; the last thing given is `exit CODE`."""
        process = self._start(name, command, subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                yield line.rstrip("\n")
        yield f"exit {process.wait()}"

    def _log(self, name: str) -> IO[str]:
        return self._files.enter_context(self.log_of(name).open("w", encoding="utf-8"))

    def _start(self, name: str, command: list[str], output: IO[str] | int) -> subprocess.Popen[str]:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not subprocess.PIPE else self._log(name),
                env=self._environment,
                text=True,
                start_new_session=True,
            )
        except OSError as error:
            raise EnvironmentFailure(
                f"cannot start {name} ({error.strerror}).", f"Try it by hand: {' '.join(command)}"
            ) from error
        self._running.append(process)
        return process

    def wait_listening(self, name: str, process: subprocess.Popen[str], port: int) -> None:
        """Wait until something accepts connections on a loopback port.

        Raises EnvironmentFailure with the end of the log where the process ends before, or takes too long.
        """
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            code = process.poll()
            if code is not None:
                raise EnvironmentFailure(f"{name} ended at once with {code}: {self.end_of(name)}", self.advice(name))
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(POLL_S)
            else:
                return
        raise EnvironmentFailure(
            f"{name} does not listen after {READY_S:g} s: {self.end_of(name)}", self.advice(name)
        )

    def end_of(self, name: str) -> str:
        """Return the last lines that a process wrote, on one line."""
        lines = self.log_of(name).read_text("utf-8", errors="replace").strip().splitlines()
        return " / ".join(lines[-LAST_LINES:]) or "it wrote nothing."

    def advice(self, name: str) -> str:
        """Return what to do about a process that failed."""
        return f"Look into {self.log_of(name)}."


def end(process: subprocess.Popen[str]) -> None:
    """End one process: ask, then insist. The session it leads goes with it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            # Its own children (the mirror's processes) are in its session; none of them may stay behind.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Return a loopback port that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
