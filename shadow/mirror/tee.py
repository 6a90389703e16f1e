"""The hand-off to the sender: bounded in bytes, never awaited, never pushing back on the live path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from shadow.ipc.assignment import keep_connected
from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.lanes import LaneCounters
from shadow.ipc.messages import Hello
from shadow.records import Outcome

TEE_FULL = (Outcome.shed, "tee_full")
SENDER_LOST = (Outcome.shed, "sender_lost")


class Tee:
    """Writes exchanges to the sender's socket while there is room, and counts those for which there was none."""

    def __init__(self, path: str, lane: str, counters: LaneCounters, *, limit_bytes: int) -> None:
        self._path = path
        self._lane = lane
        self.counters = counters
        self.limit_bytes = limit_bytes
        self._link: FrameLink | None = None
        self._closed = asyncio.Event()

    def accept(self) -> None:
        """Count a request that began."""
        self.counters.accept()

    def hand_over(
        self,
        make: Callable[[int], msgspec.Struct],
        *,
        size_bytes: int,
        request_class: int,
        otherwise: tuple[Outcome, str] | None = None,
    ) -> None:
        """End an open request: as a message made with its sequence number, or, where the sender is away or behind,
        as a count (`otherwise`, or why it was shed). `size_bytes` estimates the message, `request_class`
        (`shadow.ipc.classes`) tells what is shed from what is mirrored."""
        link, counters = self._link, self.counters
        ending = otherwise
        if link is None:
            ending = ending or SENDER_LOST
            counters.end(ending)
        elif link.buffered_bytes + size_bytes > self.limit_bytes:
            ending = ending or TEE_FULL
            counters.end(ending)
        else:
            # Counted before it is sent: whoever receives it finds its number among those handed over.
            link.send_soon(pack(make(counters.hand_over())))
        if ending is None:
            counters.mirrored(request_class)
        elif ending[0] is Outcome.shed:
            counters.shed(request_class)

    def beat(self, now: float, *, held_bytes: int, refused: int) -> None:
        """Write the listener's pulse, with what waits here."""
        buffered = 0 if self._link is None else self._link.buffered_bytes
        self.counters.beat(now, waiting_bytes=buffered + held_bytes, refused=refused)

    async def run(self) -> None:
        """Keep a connection to the sender for ever."""
        await keep_connected(self._connect)

    async def close(self) -> None:
        """Wait until the sender has taken what was written, then close."""
        link, self._link = self._link, None
        if link is not None:
            link.close()
            await self._closed.wait()

    async def _connect(self) -> asyncio.Event:
        gone = asyncio.Event()

        def closed(link: FrameLink) -> None:
            self._link = None
            self._closed.set()
            gone.set()

        _, link = await asyncio.get_running_loop().create_unix_connection(
            lambda: FrameLink(on_frame=lambda link, frame: None, on_closed=closed), self._path
        )
        if not link.closed:
            link.send(pack(Hello(lane=self._lane, first_seq=self.counters.handed + 1)))
            self._closed.clear()
            self._link = link
        return gone
