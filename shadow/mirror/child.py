"""One supervised process: started with its assignment, watched, restarted when it dies, drained when told."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable

from shadow.clock import Clock
from shadow.ipc.assignment import GROUP_SIGNALS, Assignment, Command, Drain, line_of
from shadow.records import Gap, GapKind

_FIRST_DELAY_S = 0.05
_MOST_DELAY_S = 2.0
_HEALTHY_S = 10.0

log = logging.getLogger("shadow.supervisor")


class Child:
    """A role with its current process. `assign` makes a fresh assignment for every start; `on_lost` gets the gap that a
    death has left, and whether the process had stood still."""

    def __init__(
        self,
        module: str,
        name: str,
        *,
        gap_kind: GapKind,
        assign: Callable[[], Assignment],
        on_lost: Callable[[Gap, bool], None],
        on_exit: Callable[[Assignment], None],
        clock: Clock,
    ) -> None:
        self.name = name
        self._module = module
        self._gap_kind = gap_kind
        self._assign = assign
        self._on_lost = on_lost
        self._on_exit = on_exit
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._unsent: list[Command] | None = None
        self._draining = False
        self._still_s = 0.0
        self.restarts = 0
        self.exit_code: int | None = None
        self.ended = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Start, and start again whenever it ends without having been told to."""
        delay_s = _FIRST_DELAY_S
        died_at = 0.0
        died_how = ""
        while not self._draining:
            # What is told from here on is not in the assignment.
            self._unsent = []
            assignment = self._assign()
            started = self._clock.monotonic()
            await self._start(assignment)
            if died_at:
                gap = Gap(kind=self._gap_kind, started_at=died_at, ended_at=self._clock.now(), detail=died_how)
                self._on_lost(gap, self._still_s > 0)
                self._still_s = 0.0
            assert self._process is not None
            self.exit_code = code = await self._process.wait()
            self._process = None
            self._on_exit(assignment)
            if not self._draining:
                died_at = self._clock.now() - self._still_s
                died_how = f"{self.name} {_how(code, self._still_s)}"
                self.restarts += 1
                log.warning("%s; starting it again", died_how)
                if self._clock.monotonic() - started > _HEALTHY_S:
                    delay_s = _FIRST_DELAY_S
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, _MOST_DELAY_S)
        self.ended.set()

    @property
    def who(self) -> str:
        """The name by which it answers."""
        return self.name if self.name != "keeper" else "keeper 0"

    def tell(self, command: Command) -> bool:
        """Send a command and return True; a process that just died gets nothing, its successor's assignment says what
        holds then."""
        process = self._process
        if self._unsent is not None:
            self._unsent.append(command)
        elif process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line_of(command))
        else:
            return False
        return True

    async def drain(self, timeout_s: float) -> None:
        """Tell it to finish and wait for its end; kill it past the deadline."""
        self._draining = True
        self.tell(Drain())
        try:
            async with asyncio.timeout(timeout_s):
                await self.ended.wait()
        except TimeoutError:
            log.warning("%s did not drain within %.0f s and is killed", self.name, timeout_s)
            self.kill()
            await self.ended.wait()

    def replace(self, still_s: float) -> None:
        """Kill a process that has stood still for so long: `run` starts another one. Once for each process."""
        process = self._process
        if process is not None and not self._draining and not self._still_s:
            self._still_s = still_s
            log.warning("%s has shown no sign of life for %.0f s and is killed", self.name, still_s)
            process.send_signal(signal.SIGKILL)

    def kill(self) -> None:
        """End it at once."""
        self._draining = True
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)

    async def _start(self, assignment: Assignment) -> None:
        # In a group of its own no signal of a terminal reaches it; and one that is sent to all processes of a service
        # is held back until it can be ignored, which takes an interpreter a moment. The mask is inherited.
        signal.pthread_sigmask(signal.SIG_BLOCK, GROUP_SIGNALS)
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._module,
                stdin=asyncio.subprocess.PIPE,
                pass_fds=tuple(fd for fd in (assignment.listen_fd, assignment.up_fd) if fd >= 0),
                process_group=0,
            )
        finally:
            # Not "as before": another one may be on its way, and before it they were blocked too.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, GROUP_SIGNALS)
        assert self._process.stdin is not None
        self._process.stdin.write(line_of(assignment))
        unsent, self._unsent = self._unsent or [], None
        if self._draining and not any(isinstance(command, Drain) for command in unsent):
            # Told before its start began.
            unsent.append(Drain())
        for command in unsent:
            self.tell(command)


def _how(code: int, still_s: float) -> str:
    if still_s:
        return f"stood still for {still_s:.0f} s and was killed"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
