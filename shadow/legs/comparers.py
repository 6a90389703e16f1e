"""The links to the comparers: each gets whole exchanges, and what is outstanding at each is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from shadow.ipc.assignment import keep_connected
from shadow.ipc.frames import UNHURRIED_S, FrameLink, pack
from shadow.ipc.messages import LookAgain, settled_decoder
from shadow.ipc.wired import Carried
from shadow.records import Exchange

Key = tuple[str, int]

_MOST_BYTES = 8 * 1024 * 1024
_MOST_EXCHANGES = 1024


class ComparerLink:
    """One comparer. `outstanding` maps what was given to it and is not in the ledger yet to its size in bytes."""

    def __init__(
        self,
        path: str,
        *,
        on_ready: Callable[[], None],
        on_lost: Callable[[list[Key]], None],
        on_settled: Callable[[list[Key]], None],
        on_look: Callable[[ComparerLink, LookAgain], None] = lambda link, wanted: None,
    ) -> None:
        self._path = path
        self._on_ready = on_ready
        self._on_lost = on_lost
        self._on_settled = on_settled
        self._on_look = on_look
        self._link: FrameLink | None = None
        self.outstanding: dict[Key, int] = {}
        self.outstanding_bytes = 0

    @property
    def has_room(self) -> bool:
        """Whether it is connected and should be given more: what it holds is lost with it, so it holds little."""
        if self._link is None:
            return False
        return self.outstanding_bytes < _MOST_BYTES and len(self.outstanding) < _MOST_EXCHANGES

    def give(self, carried: Carried) -> None:
        """Hand an exchange over. The link must have room."""
        assert self._link is not None
        size = self._link.send_message(carried, carried.about_bytes)
        self.outstanding[(carried.lane, carried.seq)] = size
        self.outstanding_bytes += size

    def answer(self, exchange: Exchange) -> None:
        """Hand a second look over: nobody counts it, and where the comparer is gone nobody waits for it."""
        if self._link is not None:
            self._link.send_late(pack(Carried.of(exchange)))

    async def run(self) -> None:
        """Keep a connection for ever."""
        await keep_connected(self._connect)

    def close(self) -> None:
        """Close after what was given has been taken."""
        if self._link is not None:
            self._link.close()

    async def _connect(self) -> asyncio.Event:
        gone = asyncio.Event()

        def closed(link: FrameLink) -> None:
            self._link = None
            lost = list(self.outstanding)
            self.outstanding.clear()
            self.outstanding_bytes = 0
            self._on_lost(lost)
            gone.set()

        _, link = await asyncio.get_running_loop().create_unix_connection(
            lambda: FrameLink(on_frame=self._frame, on_closed=closed, late_s=UNHURRIED_S), self._path
        )
        if not link.closed:
            self._link = link
            self._on_ready()
        return gone

    def _frame(self, link: FrameLink, frame: bytes) -> None:
        message = settled_decoder.decode(frame)
        if isinstance(message, LookAgain):
            self._on_look(self, message)
            return
        settled = []
        for key in message.seqs:
            size = self.outstanding.pop(key, None)
            if size is not None:
                self.outstanding_bytes -= size
                settled.append(key)
        self._on_settled(settled)


def roomiest(links: Iterable[ComparerLink]) -> ComparerLink | None:
    """Return the one with the least to do, if any has room."""
    found: ComparerLink | None = None
    for link in links:
        if link.has_room and (found is None or link.outstanding_bytes < found.outstanding_bytes):
            found = link
    return found
