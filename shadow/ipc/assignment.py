"""What a child process is told: one line of JSON on its standard input, then a line for each command.

Nothing secret is in arguments or environment. The open pipe is also the lifeline: when it closes, the supervisor is
gone, and the child drains and exits.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import IO, Any

import msgspec

from shadow import logs
from shadow.config.model import Config
from shadow.errors import EXIT_ENVIRONMENT, ShadowError
from shadow.ipc.beats import Beat
from shadow.records import Gap

# The collector's thresholds in every child: it runs seldom, and never looks at what was loaded at start.
COLLECTOR = (50_000, 50, 100)

log = logging.getLogger("shadow.child")


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """Who the child is and where the others are. `listen_fd` is a listening socket that the supervisor owns."""

    role: str
    run_id: str
    index: int
    config: Config
    listen_fd: int
    lane_path: str
    slots: tuple[int, ...] = ()
    previous_lane_paths: tuple[str, ...] = ()
    sender_paths: tuple[str, ...] = ()
    comparer_paths: tuple[str, ...] = ()
    keeper_path: str = ""
    redaction_key: bytes = b""
    # Where it writes what the supervisor shall hear, a line for each command; all children share one pipe.
    up_fd: int = -1
    # Where it shows that it is alive (`shadow.ipc.beats`).
    beat_path: str = ""
    beat_place: int = 0
    paused: bool = False
    log_format: logs.Format = "console"
    # The processor cores it may use; none: all of them.
    cores: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"<Assignment {self.role} {self.index}>"


class Drain(msgspec.Struct, frozen=True, kw_only=True, tag="drain"):
    """Finish what is under way within the deadline, then exit."""


class Pause(msgspec.Struct, frozen=True, kw_only=True, tag="pause"):
    """Stop (or go on) mirroring; live traffic is not concerned."""

    paused: bool


class Lost(msgspec.Struct, frozen=True, kw_only=True, tag="lost"):
    """To the keeper: a process died; from when to when nobody did its work."""

    gap: Gap
    # It had not died by itself: it stood still, and was killed for that.
    hung: bool = False


class Reload(msgspec.Struct, frozen=True, kw_only=True, tag="reload"):
    """Work by this configuration from now on. The supervisor has checked it; nothing under way is disturbed.
    `number` is repeated in the answer."""

    config: Config
    number: int = 0


class Reloaded(msgspec.Struct, frozen=True, kw_only=True, tag="reloaded"):
    """To the supervisor: `who` (`sender 0`) works by the configuration of that number; by the former one, where a
    `problem` is told."""

    number: int
    who: str
    problem: str = ""


Command = Drain | Pause | Lost | Reload | Reloaded

_assignment_decoder = msgspec.json.Decoder(Assignment)
command_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Drain | Pause | Lost | Reload | Reloaded)


def line_of(message: msgspec.Struct) -> bytes:
    """The line that carries an assignment or a command."""
    return msgspec.json.encode(message) + b"\n"


class Lifeline:
    """The child's end of the pipe: commands arrive as events. What `on_command` returns is awaited before the next
    one is taken; a ShadowError tells that a reload could not be taken over, and is told to the supervisor."""

    def __init__(self, *, who: str = "", up_fd: int = -1, beat: Beat | None = None) -> None:
        self.beat = beat or Beat("", 0)
        self._who = who
        self._up_fd = up_fd
        self.drain = asyncio.Event()
        self.on_command: Callable[[Command], Awaitable[None] | None] = lambda command: None

    async def watch(self) -> None:
        """Read commands until the pipe closes, which is a command to drain."""
        loop = asyncio.get_running_loop()
        # A line may carry a whole configuration.
        reader = asyncio.StreamReader(limit=16 << 20)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(0, "rb", 0))
        while line := await reader.readline():
            command = command_decoder.decode(line)
            if isinstance(command, Drain):
                self.drain.set()
            else:
                await self.take(command)
        self.drain.set()

    async def take(self, command: Command) -> None:
        """Do what is told, and answer a reload."""
        problem = ""
        try:
            work = self.on_command(command)
            if work is not None:
                await work
        except ShadowError as error:
            problem = str(error)
            log.error("going on with the configuration as it was: %s", error)
        if isinstance(command, Reload) and self._up_fd >= 0:
            # Without a supervisor the lifeline ends in a moment, and there is nobody to tell.
            with contextlib.suppress(OSError):
                os.write(self._up_fd, line_of(Reloaded(number=command.number, who=self._who, problem=problem[:500])))


async def commands_of(pipe: IO[bytes]) -> AsyncIterator[Command]:
    """Yield the commands that arrive on a pipe, until it closes; lines that are none are passed over."""
    reader = asyncio.StreamReader(limit=1 << 16)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        while line := await reader.readline():
            # A writer that was killed in the middle of a line is no reason to stop listening to its successor.
            with contextlib.suppress(msgspec.DecodeError):
                yield command_decoder.decode(line)
    finally:
        transport.close()


def read_assignment() -> Assignment:
    """Read the first line of standard input, byte by byte so that no command behind it is swallowed."""
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            sys.exit("shadow: this process is started by `shadow mirror`, not by hand")
        line += piece
    return _assignment_decoder.decode(line)


def run_child(
    main: Callable[[Assignment, Lifeline], Coroutine[Any, Any, None]],
    *,
    uvloop: bool = True,
    prepare: Callable[[Assignment], None] | None = None,
) -> None:
    """Run a child's main coroutine to its end, with the lifeline watched beside it."""
    # A terminal, a service manager or `timeout` may signal the whole group; the supervisor alone decides what it means
    # and in which order the others end.
    for number in GROUP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    # They were held back since before the first instruction (`shadow.mirror.child`), and are ignored by now.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, GROUP_SIGNALS)
    assignment = read_assignment()
    logs.set_up(assignment.log_format, f"{assignment.role} {assignment.index}")
    if assignment.cores:
        os.sched_setaffinity(0, assignment.cores)
    _offer_to_the_kernel(assignment.role)
    if prepare is not None:
        prepare(assignment)

    async def whole() -> None:
        beat = Beat(assignment.beat_path, assignment.beat_place)
        lifeline = Lifeline(who=f"{assignment.role} {assignment.index}", up_fd=assignment.up_fd, beat=beat)
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(lifeline.watch(), name="lifeline")
            beating = group.create_task(beat.keep(), name="signs of life")
            # The collector has nothing to find in what was loaded at start; pauses on the live path are dear.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*COLLECTOR)
            await main(assignment, lifeline)
            watch.cancel()
            beating.cancel()

    try:
        if uvloop:
            import uvloop as loops

            loops.run(whole())
        else:
            asyncio.run(whole())
    except* ShadowError as group:
        # Something a user can act on: one line each. Anything else is a bug of ours and keeps its traceback.
        for error in group.exceptions:
            logging.getLogger(f"shadow.{assignment.role}").error("%s", error)
        sys.exit(EXIT_ENVIRONMENT)


GROUP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)

# Who goes first when memory runs out: evidence can be counted as lost, live traffic cannot.
_OOM_SCORES = {"comparer": 900, "sender": 700, "keeper": 500}


def _offer_to_the_kernel(role: str) -> None:
    score = _OOM_SCORES.get(role)
    if score is None:
        return
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(str(score))
    except OSError as error:
        logging.getLogger(f"shadow.{role}").warning("no change of oom_score_adj: %s", error.strerror)


async def keep_connected(
    connect: Callable[[], Awaitable[asyncio.Event]], *, first_delay_s: float = 0.02, most_delay_s: float = 0.5
) -> None:
    """Call `connect` for ever: it returns the event that tells when the connection is gone. Backs off on OSError."""
    delay_s = first_delay_s
    while True:
        try:
            gone = await connect()
        except OSError:
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, most_delay_s)
            continue
        delay_s = first_delay_s
        await gone.wait()
