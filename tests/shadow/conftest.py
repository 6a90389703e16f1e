"""Real loops and real loopback sockets: running a scenario, a backend that plays a script, a raw client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop

from shadow.ipc.frames import FrameLink, pack

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]
Run = Callable[..., Any]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a coroutine to its end on either loop; what hangs fails after `limit_s`."""

    def go(scenario: Coroutine[Any, Any, Any], limit_s: float = 20.0) -> Any:
        async def bounded() -> Any:
            async with asyncio.timeout(limit_s):
                return await scenario

        return uvloop.run(bounded()) if request.param == "uvloop" else asyncio.run(bounded())

    return go


@pytest.fixture(scope="session")
def backend() -> Callable[[Play], Any]:
    """`async with backend(play) as port`: `play(reader, writer, number)` is called for each connection."""

    @asynccontextmanager
    async def serving(play: Play) -> AsyncIterator[int]:
        tasks: set[asyncio.Task[None]] = set()
        made = 0

        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal made
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            made += 1
            try:
                await play(reader, writer, made)
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass  # the other side left, or the test is over
            finally:
                tasks.discard(task)
                writer.transport.abort()

        server = await asyncio.start_server(one, "127.0.0.1", 0, limit=1 << 24)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return serving


@pytest.fixture(scope="session")
def client() -> Callable[[int], Any]:
    """`async with client(port) as (reader, writer)`: a raw connection."""

    @asynccontextmanager
    async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()
            await asyncio.sleep(0)

    return connected


@pytest.fixture(scope="session")
def answer() -> Callable[..., Awaitable[tuple[int, list[tuple[str, str]], bytes]]]:
    """Read one answer with a Content-Length (or to HEAD, or of a bodyless status): status, headers, body."""

    async def read(
        reader: asyncio.StreamReader, *, to_head: bool = False
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = [(k.lower(), v) for k, _, v in (line.partition(": ") for line in lines[1:] if line)]
        length = 0 if to_head or status < 200 or status in (204, 304) else int(dict(headers)["content-length"])
        return status, headers, await reader.readexactly(length)

    return read


class Peer:
    """A process at the other end of a unix socket: it remembers what it is told, answers on demand, and may die."""

    def __init__(self, path: Path, decoder: Any) -> None:
        self.path = path
        self.messages: list[Any] = []
        self.links: list[FrameLink] = []
        self._decoder = decoder
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.get_running_loop().create_unix_server(
            lambda: FrameLink(on_frame=self._frame, on_open=self.links.append, on_closed=self.links.remove),
            str(self.path),
        )

    async def die(self) -> None:
        """Whatever was not read is lost, and nobody listens any more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in list(self.links):
            link.close()
        while self.links:
            await asyncio.sleep(0.001)

    async def has(self, count: int, kind: type = object) -> list[Any]:
        """Wait until so many messages of a kind have come, and return them."""
        while len(found := [message for message in self.messages if isinstance(message, kind)]) < count:
            await asyncio.sleep(0.001)
        return found

    def say(self, message: msgspec.Struct) -> None:
        """Tell everyone who is connected."""
        for link in self.links:
            link.send(pack(message))

    def _frame(self, link: FrameLink, frame: bytes) -> None:
        self.messages.append(self._decoder.decode(frame))


@pytest.fixture
def peer(tmp_path: Path) -> Callable[..., Any]:
    """`async with peer("keeper.sock", decoder) as it`: see Peer."""

    @asynccontextmanager
    async def made(name: str, decoder: Any) -> AsyncIterator[Peer]:
        it = Peer(tmp_path / name, decoder)
        await it.start()
        try:
            yield it
        finally:
            await it.die()

    return made
