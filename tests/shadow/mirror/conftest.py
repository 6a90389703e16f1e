"""A listener in this process: its real sockets, its lane file, and a stand-in for the sender that remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Config, ListenTls, Mirror, Primary, Route, ShadowLeg
from shadow.ipc.assignment import Assignment, Lifeline
from shadow.ipc.frames import FrameLink
from shadow.ipc.lanes import LaneFile
from shadow.ipc.messages import Handed, Hello, Note, tee_decoder
from shadow.mirror.listener import Listener
from shadow.mirror.runtime import listen
from shadow.records import Lane


class Sender:
    """The other end of the tee."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.messages: list[Hello | Handed | Note] = []
        self.links: list[FrameLink] = []
        self._server: asyncio.Server | None = None

    async def start(self, *, reading: bool = True) -> None:
        self.path.unlink(missing_ok=True)

        def opened(link: FrameLink) -> None:
            self.links.append(link)
            if not reading:
                link.pause()

        self._server = await asyncio.get_running_loop().create_unix_server(
            lambda: FrameLink(on_frame=self._frame, on_open=opened), str(self.path)
        )

    async def stop(self) -> None:
        """Die: whatever was not read is lost."""
        if self._server is not None:
            self._server.close()
            self._server = None
        links, self.links = self.links, []
        for link in links:
            link.close()
        await settle(lambda: all(link.closed for link in links))

    def _frame(self, link: FrameLink, frame: bytes) -> None:
        self.messages.append(tee_decoder.decode(frame))

    @property
    def handed(self) -> list[Handed]:
        return [m for m in self.messages if isinstance(m, Handed)]

    @property
    def notes(self) -> list[Note]:
        return [m for m in self.messages if isinstance(m, Note)]


class Mirrored:
    """A running listener and what can be known of it from outside."""

    def __init__(self, port: int, lanes: LaneFile, sender: Sender, listener: Listener, lifeline: Lifeline) -> None:
        self.port = port
        self.sender = sender
        self.listener = listener
        self.lifeline = lifeline
        self.serving: asyncio.Task[None]
        self._lanes = lanes

    def lane(self) -> Lane:
        (lane,) = self._lanes.read()
        assert lane.accepted == lane.open + lane.handed + sum(lane.local.values()), lane
        return lane

    async def sender_has(self, count: int) -> None:
        """Wait until so many exchanges arrived at the other end of the tee."""
        await settle(lambda: len(self.sender.handed) + len(self.sender.notes) >= count)
        assert len(self.sender.handed) + len(self.sender.notes) == count

    async def settled(self, accepted: int) -> Lane:
        """Wait until so many requests were accepted and none is open."""
        await settle(lambda: self.lane().accepted >= accepted and self.lane().open == 0)
        lane = self.lane()
        assert lane.accepted == accepted
        assert self.listener.budget.used_bytes == 0
        assert not self.listener.waiting
        return lane


async def settle(done: Callable[[], object]) -> None:
    while not done():
        await asyncio.sleep(0.001)


@pytest.fixture(name="settle")
def _settle() -> Any:
    return settle


@pytest.fixture
def mirroring(tmp_path: Path) -> Any:
    """`async with mirroring(primary_port, …) as m`: keywords go to Mirror, `primary` to Primary."""

    @asynccontextmanager
    async def running(
        primary_port: int,
        *,
        path: str = "",
        primary: dict[str, Any] | None = None,
        routes: tuple[Route, ...] = (),
        sender: bool = True,
        tls: ListenTls | None = None,
        drain_s: float = 5.0,
        **settings: Any,
    ) -> AsyncIterator[Mirrored]:
        config = Config(
            primary=Primary(**({"url": f"http://127.0.0.1:{primary_port}{path}"} | (primary or {}))),
            tls=tls,
            candidate=ShadowLeg(url="http://127.0.0.1:1", store="own"),
            mirror=Mirror(drain_s=drain_s, **settings),
            routes=routes,
        )
        lanes = LaneFile(tmp_path / "lanes", slots=1)
        lanes.reserve(0, 1.0)
        sock = listen("127.0.0.1:0")
        stand_in = Sender(tmp_path / "sender.sock")
        if sender:
            await stand_in.start()
        lifeline = Lifeline()
        listener = Listener(
            Assignment(role="listener", run_id=lanes.run_id, index=0, config=config, listen_fd=sock.fileno(),
                       lane_path=str(tmp_path / "lanes"), slots=(0,), sender_paths=(str(stand_in.path),))
        )
        m = Mirrored(sock.getsockname()[1], lanes, stand_in, listener, lifeline)
        m.serving = asyncio.create_task(listener.serve(sock, lifeline))
        try:
            if sender:
                await settle(lambda: stand_in.messages)
            yield m
        finally:
            lifeline.drain.set()
            await asyncio.wait([m.serving])
            await stand_in.stop()
            lane = m.lane()
            lanes.close()
            sock.close()
            assert m.serving.exception() is None
            assert lane.open == 0

    return running
