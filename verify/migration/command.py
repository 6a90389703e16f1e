"""Running a migration command: no shell, its own process group, bounded output, ended when we end."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec

from shadow.errors import ConfigError

KEPT_BYTES = 65_536
"""What is kept of a command's output: its end."""
SHOWN_CHARS = 4_000
GRACE_S = 5.0
"""How long a command may take to end when it is told to."""

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")
_IN_URL = re.compile(r"://[^/\s@]*:[^/\s@]*@")

Hide = Callable[[str], str]


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended: its exit code (negative: a signal; None: it took too long), how long it took, and the end
    of its output, redacted."""

    code: int | None
    seconds: float
    output: str = ""

    @property
    def words(self) -> str:
        """The last lines of the output in one line."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return " / ".join(lines[-6:])[-600:]


def parse_command(text: str, option: str) -> tuple[str, ...]:
    """Return a command line as arguments, as a shell would cut it. Raises ConfigError."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise ConfigError(f"{option} cannot be read: {error}.", "Close every quote.") from error
    if not words:
        raise ConfigError(f"{option} is empty.", 'Name the migration: --command "alembic upgrade head".')
    return words


class Output:
    """The end of what a stream says."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._cut = False

    async def take(self, stream: asyncio.StreamReader | None) -> None:
        """Read to the end."""
        assert stream is not None
        while chunk := await stream.read(KEPT_BYTES):
            self._kept += chunk
            if len(self._kept) > KEPT_BYTES:
                self._cut = True
                del self._kept[:-KEPT_BYTES]

    def text(self) -> str:
        """Return it as text without control characters."""
        text = _CONTROL.sub("", self._kept.decode("utf-8", "replace"))
        # A line whose beginning is lost may have lost what marks a secret in it.
        return text.partition("\n")[2] if self._cut else text


async def run_command(
    words: tuple[str, ...], url: str, environment: Mapping[str, str], hide: Hide, timeout_s: float
) -> Ran:
    """Run a command with `{url}` replaced in its arguments, and wait for its end.

    Raises ConfigError where there is no such program.
    """
    arguments = [word.replace("{url}", url) for word in words]
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env={**os.environ, **environment}, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise ConfigError(
            f"{words[0]!r} cannot be run ({error.strerror}).", "Name a program that is on the PATH, or its path."
        ) from error
    output = Output()
    code: int | None = None
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s or None):
                await output.take(process.stdout)
                code = await process.wait()
    finally:
        await ended(process)
    shown = hide(_IN_URL.sub("://‹login›@", output.text()))[-SHOWN_CHARS:]
    return Ran(code=code, seconds=loop.time() - began, output=shown)


async def ended(process: asyncio.subprocess.Process) -> None:
    """End a process and all that it has started in its group."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is None or number is signal.SIGKILL:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        if process.returncode is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE_S)
