"""The keeper process: commits observations together with the listeners' counters, and accounts for what was lost.

Every exchange that a listener handed over has a sequence number; what never arrives is counted as shed, with the
reason, as soon as it is certain that nobody holds it any more.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path

from shadow.clock import Clock, SystemClock
from shadow.errors import ShadowError
from shadow.ipc.assignment import Assignment, Command, Lifeline, Lost, run_child
from shadow.ipc.frames import FrameLink
from shadow.ipc.lanes import LaneFile
from shadow.ipc.messages import Report, keeper_decoder
from shadow.keeper.batch import Batch
from shadow.keeper.losses import Losses
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane, Outcome
from shadow.redact import Redactor

FLUSH_S = 0.25
_GATHER_S = 0.03
_BATCH = 500
_MOST_WAITING = 20_000
# After a sender's successor has said where it goes on, comparers may still hold exchanges of its predecessor.
SETTLE_S = 5.0

log = logging.getLogger("shadow.keeper")


class Keeper:
    """One writer, one batch."""

    def __init__(self, assignment: Assignment, writer: LedgerWriter, clock: Clock) -> None:
        self._lanes = LaneFile(Path(assignment.lane_path))
        self._previous = assignment.previous_lane_path
        self._writer = writer
        self._clock = clock
        self._batch = Batch()
        # Longer than what is counted: the successor's word, which starts that, comes after the gap was told.
        self._losses = Losses(settle_s=2 * SETTLE_S)
        self._resumed: dict[str, tuple[float, int]] = {}
        self._closed_lanes: set[str] = set()
        self._links: set[FrameLink] = set()
        self._changed = asyncio.Event()
        self._failing = False

    async def serve(self, sock: socket.socket, lifeline: Lifeline, *, drain_s: float) -> None:
        """Work until told to drain and everybody has left, then settle all lanes."""
        lifeline.on_command = self._on_command
        self._settle_former_runs()
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(
            lambda: FrameLink(on_frame=self._frame, on_open=self._links.add, on_closed=self._closed), sock=sock
        )
        while not lifeline.drain.is_set():
            await self._wait_for_work(lifeline)
            self._flush()
        deadline = loop.time() + drain_s
        while self._links and loop.time() < deadline:
            await self._wait_for_work(None)
            self._flush()
        server.close()
        self._flush()
        self._settle_all()

    # -- what arrives

    def _frame(self, link: FrameLink, frame: bytes) -> None:
        message = keeper_decoder.decode(frame)
        if isinstance(message, Report):
            self._batch.add(message.observation, link)
            self._changed.set()
            if len(self._batch) >= _MOST_WAITING:
                # The ledger cannot be written: stop taking, so that the loss shows where it is counted, at the tee.
                for each in self._links:
                    each.pause()
        else:
            # A later word about the same lane replaces an earlier one.
            self._resumed[message.lane] = (self._clock.monotonic() + SETTLE_S, message.first_seq)

    def _closed(self, link: FrameLink) -> None:
        self._links.discard(link)
        self._changed.set()

    def _on_command(self, command: Command) -> None:
        if isinstance(command, Lost):
            self._losses.begin(command.gap, self._clock.monotonic())

    async def _wait_for_work(self, lifeline: Lifeline | None) -> None:
        self._changed.clear()
        waits = [asyncio.ensure_future(self._changed.wait())]
        if lifeline is not None:
            waits.append(asyncio.ensure_future(lifeline.drain.wait()))
        _, pending = await asyncio.wait(waits, timeout=FLUSH_S, return_when=asyncio.FIRST_COMPLETED)
        for each in pending:
            each.cancel()
        if 0 < len(self._batch) < _BATCH:
            # One commit for what arrives together: a transaction costs as much as dozens of rows.
            await asyncio.sleep(_GATHER_S)

    # -- what is stored

    def _flush(self) -> None:
        """Commit what waits; where the ledger refuses, say so once and try again with the next tick."""
        now = self._clock.monotonic()
        gaps = self._losses.take_due(now)
        try:
            lanes = self._lanes.read()
            lost = [
                o for o in self._batch.observations
                if o.outcome is Outcome.shed and not self._writer.holds(o.lane, o.seq)
            ]
            self._writer.commit(self._batch.observations, lanes, gaps, now=self._clock.now())
        except ShadowError as error:
            self._losses.put_back(gaps)
            if not self._failing:
                log.error("the ledger cannot be written, trying again: %s", error)
            self._failing = True
            return
        if self._failing:
            log.warning("the ledger can be written again")
        self._failing = False
        for observation in lost:
            self._losses.count(observation.reason)
        self._batch.acknowledge()
        for link in self._links:
            link.resume()
        self._settle(now, {lane.lane: lane for lane in lanes})

    def _settle(self, now: float, lanes: dict[str, Lane]) -> None:
        """Give up on what nobody holds any more: with a dead sender, or with a dead listener."""
        for name, (due, first_seq) in list(self._resumed.items()):
            lane = lanes.get(name)
            if due <= now and lane is not None:
                reason = "listener_lost" if lane.closed else "sender_lost"
                self._losses.count(reason, self._settle_lane(lane, reason, below=first_seq))
                del self._resumed[name]
        for lane in lanes.values():
            if lane.closed and lane.lane not in self._closed_lanes:
                # Its open requests went with it at once; what it had handed over may still arrive.
                self._losses.count("listener_lost", self._settle_lane(lane, "listener_lost", below=1))
                self._closed_lanes.add(lane.lane)

    def _settle_lane(self, lane: Lane, reason: str, *, below: int | None) -> int:
        return self._writer.settle(lane, below=below, reason=reason, now=self._clock.now())

    def _settle_all(self) -> None:
        """The end: nobody holds anything any more."""
        lanes = self._lanes.read()
        for lane in lanes:
            self._losses.count("sender_lost", self._settle_lane(lane, "sender_lost", below=None))
        self._writer.commit((), lanes, self._losses.take_due(0.0, everything=True), now=self._clock.now())

    def _settle_former_runs(self) -> None:
        """A run that was killed as a whole left lanes behind; their counters outlived it in its lane file."""
        now = self._clock.now()
        last: dict[str, Lane] = {}
        if self._previous:
            file = LaneFile(Path(self._previous))
            last = {lane.lane: lane for lane in file.read()}
            file.close()
        current = {lane.lane for lane in self._lanes.read()}
        stale = {row.lane.lane: row.lane for row in self._writer.lanes() if not row.lane.closed}
        for name in {**stale, **last}:
            if name not in current:
                lane = last.get(name) or stale[name]
                closed = Lane(
                    lane=lane.lane, started_at=lane.started_at, closed=True, accepted=lane.accepted,
                    open=lane.open, handed=lane.handed, local=lane.local,
                )
                self._writer.settle(closed, reason="sender_lost", now=now)


async def main(assignment: Assignment, lifeline: Lifeline) -> None:
    """Run the keeper as assigned."""
    sock = socket.socket(fileno=assignment.listen_fd)
    sock.setblocking(False)
    config = assignment.config
    key_id = Redactor(config.redact, assignment.redaction_key).key_id
    with LedgerWriter.open(Path(config.ledger.path), config.ledger, key_id) as writer:
        writer.claim()
        await Keeper(assignment, writer, SystemClock()).serve(sock, lifeline, drain_s=config.mirror.drain_s)


if __name__ == "__main__":
    run_child(main, uvloop=False)
