"""A link to the keeper that forgets nothing until it is told that the ledger has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from shadow.ipc.assignment import keep_connected
from shadow.ipc.frames import UNHURRIED_S, FrameLink, pack
from shadow.ipc.messages import (
    Committed,
    Decided,
    Joined,
    Known,
    LegStatus,
    Reasked,
    Report,
    Resume,
    Taught,
    committed_decoder,
)
from shadow.learnt.book import Learnt
from shadow.records import Leg, Observation
from shadow.triage import Triaged


class Outbox:
    """Sends observations, keeps them until they are committed, and sends them again to a new keeper.

    The ledger tells duplicates by lane and sequence number, so sending twice is harmless.
    """

    def __init__(
        self,
        path: str,
        *,
        who: str = "",
        limit_bytes: int,
        on_committed: Callable[[tuple[tuple[str, int], ...]], None],
        on_room: Callable[[], None],
        on_learnt: Callable[[Taught | Known], None] = lambda message: None,
    ) -> None:
        self._path = path
        self._hello = pack(Joined(who=who)) if who else b""
        self._limit_bytes = limit_bytes
        self._on_committed = on_committed
        self._on_room = on_room
        self._on_learnt = on_learnt
        self._pending: dict[tuple[str, int], bytes] = {}
        self._decided: dict[tuple[str, int], bytes] = {}
        self._pending_bytes = 0
        self._resumes: dict[str, bytes] = {}
        self._statuses: dict[Leg, bytes] = {}
        self._reasked = b""
        self._link: FrameLink | None = None
        self._was_full = False
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def is_full(self) -> bool:
        """Whether the owner should stop taking work until `on_room`."""
        return self._pending_bytes >= self._limit_bytes

    def report(self, observation: Observation) -> None:
        """Hand an observation to the keeper."""
        key = (observation.lane, observation.seq)
        if key in self._pending:
            return
        frame = pack(Report(observation=observation))
        self._pending[key] = frame
        self._pending_bytes += len(frame)
        self._was_full = self._was_full or self.is_full
        self._empty.clear()
        if self._link is not None:
            self._link.send_late(frame)

    def decide(self, triaged: Triaged) -> None:
        """Hand the triage of a reported mismatch to the keeper; the last word about it counts until it is stored."""
        self._decided[(triaged.lane, triaged.seq)] = frame = pack(Decided(triaged=triaged))
        self._empty.clear()
        if self._link is not None:
            self._link.send_late(frame)

    def teach(self, learnt: tuple[Learnt, ...]) -> bool:
        """Tell the keeper what was learnt; return whether it could be told. Said once: what a dying keeper had not
        stored is learnt again."""
        if self._link is None:
            return False
        self._link.send_late(pack(Taught(learnt=learnt)))
        return True

    def resume(self, lane: str, first_seq: int) -> None:
        """Tell the keeper that a lane goes on from here; repeated to every new keeper."""
        self._resumes[lane] = frame = pack(Resume(lane=lane, first_seq=first_seq))
        if self._link is not None:
            self._link.send(frame)

    def tell(self, status: LegStatus) -> None:
        """Tell the keeper how a leg's breaker is; the last word is repeated to every new keeper."""
        # The endpoint is news once: a new keeper gets the sum.
        self._statuses[status.leg] = pack(msgspec.structs.replace(status, endpoint=""))
        if self._link is not None:
            self._link.send(pack(status))

    def tell_reasked(self, counts: Reasked) -> None:
        """Tell the keeper what was asked again; the last word is repeated to every new keeper."""
        self._reasked = pack(counts)
        if self._link is not None:
            self._link.send(self._reasked)

    async def wait_empty(self) -> None:
        """Wait until everything reported has been committed."""
        await self._empty.wait()

    async def run(self) -> None:
        """Keep a connection to the keeper until cancelled."""
        try:
            await keep_connected(self._connect)
        finally:
            if self._link is not None:
                self._link.close()

    async def _connect(self) -> asyncio.Event:
        gone = asyncio.Event()

        def closed(link: FrameLink) -> None:
            self._link = None
            gone.set()

        _, link = await asyncio.get_running_loop().create_unix_connection(
            lambda: FrameLink(on_frame=self._frame, on_closed=closed, late_s=UNHURRIED_S), self._path
        )
        if not link.closed:
            self._link = link
            if self._hello:
                link.send(self._hello)
            for frame in (*self._statuses.values(), *((self._reasked,) if self._reasked else ())):
                link.send(frame)
            for frame in self._resumes.values():
                link.send(frame)
            for frame in (*self._pending.values(), *self._decided.values()):
                link.send(frame)
        return gone

    def _frame(self, link: FrameLink, frame: bytes) -> None:
        message = committed_decoder.decode(frame)
        if not isinstance(message, Committed):
            self._on_learnt(message)
            return
        for key in message.triaged:
            self._decided.pop(key, None)
        seqs = message.seqs
        for key in seqs:
            gone = self._pending.pop(key, None)
            if gone is not None:
                self._pending_bytes -= len(gone)
        if not self._pending and not self._decided:
            self._empty.set()
        self._on_committed(seqs)
        if self._was_full and self._pending_bytes < self._limit_bytes // 2:
            self._was_full = False
            self._on_room()
