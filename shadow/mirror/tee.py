"""The hand-off to the sender: bounded in bytes, never awaited, never pushing back on the live path."""

from __future__ import annotations

import asyncio
from typing import Protocol

from shadow.ipc.assignment import keep_connected
from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.lanes import LaneCounters
from shadow.ipc.messages import Handed, Hello, Note
from shadow.mirror.capture import Budget
from shadow.mirror.copies import NOTE_BYTES
from shadow.records import Outcome

TEE_FULL = (Outcome.shed, "tee_full")
SENDER_LOST = (Outcome.shed, "sender_lost")


class Ended(Protocol):
    """An exchange that has ended, for the sender."""

    @property
    def target_bytes(self) -> int:
        """The length of its target."""

    def handed(self, seq: int) -> Handed:
        """The whole exchange, under its number."""

    def noted(self, seq: int, ending: tuple[Outcome, str]) -> Note:
        """What the sender is told where it is not mirrored."""


class Tee:
    """Writes exchanges to the sender's socket while there is room, and counts those for which there was none."""

    def __init__(self, path: str, lane: str, counters: LaneCounters, *, limit_bytes: int, budget: Budget) -> None:
        """At most `limit_bytes` wait here, and all that waits anywhere counts against the listener's budget."""
        self._path = path
        self._lane = lane
        self._budget = budget
        self._waiting_bytes = 0
        self.counters = counters
        self.limit_bytes = limit_bytes
        self._link: FrameLink | None = None
        self._closed = asyncio.Event()

    def accept(self) -> None:
        """Count a request that began."""
        self.counters.accept()

    def hand_over(
        self, exchange: Ended, ending: tuple[Outcome, str] | None, *, size_bytes: int, held_bytes: int,
        request_class: int,
    ) -> None:
        """End an open request: as a message with a sequence number, to be mirrored where it has no ending yet, or,
        where the sender is away or behind, as a count.

        An exchange for which there is no room is told of in a note, so that it is known whose endpoint's it was; for
        those a part of the budget is kept free. `size_bytes` estimates the exchange, `held_bytes` of it are in the
        budget already, `request_class` (`shadow.ipc.classes`) tells what is shed from what is mirrored."""
        link, counters, budget = self._link, self.counters, self._budget
        if link is None:
            ending = ending or SENDER_LOST
            counters.end(ending)
        else:
            waiting = self._measure(link)
            if ending is None:
                room = self.limit_bytes - budget.reserve_bytes - waiting
                if size_bytes > room or not budget.has_room(size_bytes - held_bytes):
                    ending = TEE_FULL
            if ending is None:
                # Counted before it is sent: whoever receives it finds its number among those handed over.
                link.send_message(exchange.handed(counters.hand_over()), size_bytes)
            else:
                size = NOTE_BYTES + exchange.target_bytes
                if size <= self.limit_bytes - waiting and budget.has_room_for_note(size):
                    link.send_message(exchange.noted(counters.hand_over(), ending), size)
                else:
                    counters.end(ending)
        if ending is None:
            counters.mirrored(request_class)
        elif ending[0] is Outcome.shed:
            counters.shed(request_class)

    def _measure(self, link: FrameLink) -> int:
        """Bring the budget up to date with what waits here: the kernel takes it without telling."""
        waiting = link.buffered_bytes
        self._budget.waiting_bytes += waiting - self._waiting_bytes
        self._waiting_bytes = waiting
        return waiting

    def _forget(self) -> None:
        self._link = None
        self._budget.waiting_bytes -= self._waiting_bytes
        self._waiting_bytes = 0

    def beat(self, now: float, *, held_bytes: int, refused: int) -> None:
        """Write the listener's pulse, with what waits here."""
        buffered = 0 if self._link is None else self._measure(self._link)
        self.counters.beat(now, waiting_bytes=buffered + held_bytes, refused=refused)

    async def run(self) -> None:
        """Keep a connection to the sender for ever."""
        await keep_connected(self._connect)

    async def close(self) -> None:
        """Wait until the sender has taken what was written, then close."""
        link = self._link
        if link is not None:
            self._forget()
            link.close()
            await self._closed.wait()

    async def _connect(self) -> asyncio.Event:
        gone = asyncio.Event()

        def closed(link: FrameLink) -> None:
            self._forget()
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
