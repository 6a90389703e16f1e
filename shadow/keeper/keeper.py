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
from shadow.config.rulebook import Rulebook, rulebook_digest, rulebook_of, rulebook_text
from shadow.errors import ShadowError
from shadow.ipc.assignment import Assignment, Command, Lifeline, Lost, Pause, Reload, run_child
from shadow.ipc.frames import FrameLink
from shadow.ipc.lanes import LaneFile
from shadow.ipc.messages import Joined, LegStatus, Report, keeper_decoder
from shadow.keeper.batch import Batch
from shadow.keeper.gauges import Gauges
from shadow.keeper.losses import Losses
from shadow.keeper.settlement import SETTLE_S, Settlement
from shadow.keeper.upkeep import Upkeep
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane, Outcome
from shadow.redact import Redactor

FLUSH_S = 0.25
_GATHER_S = 0.03
_BATCH = 500
_MOST_WAITING = 20_000

log = logging.getLogger("shadow.keeper")


class Keeper:
    """One writer, one batch."""

    def __init__(self, assignment: Assignment, writer: LedgerWriter, clock: Clock) -> None:
        self._lanes = LaneFile(Path(assignment.lane_path))
        self._previous = assignment.previous_lane_paths
        self._writer = writer
        self._clock = clock
        self._batch = Batch()
        # Longer than what is counted: the successor's word, which starts that, comes after the gap was told.
        self._losses = Losses(settle_s=2 * SETTLE_S)
        self.gauges = Gauges(assignment.config, self._lanes, writer, clock, up_fd=assignment.up_fd)
        self.gauges.view.paused = assignment.paused
        self._settlement = Settlement(writer, self._losses, clock, on_settled=self.gauges.view.settle)
        self._upkeep = Upkeep(writer, self.gauges.view, clock, block_s=assignment.config.ledger.block_s)
        self._stored_lanes: tuple[Lane, ...] = ()
        self._unwritten_rules: Rulebook | None = rulebook_of(assignment.config.compare)
        self._links: set[FrameLink] = set()
        self._changed = asyncio.Event()
        self._failing = False

    async def serve(self, sock: socket.socket, lifeline: Lifeline, *, drain_s: float) -> None:
        """Work until told to drain and everybody has left, then settle all lanes."""
        lifeline.on_command = self._on_command
        self._drain_s = drain_s
        self._settlement.settle_former_runs(self._lanes.read(), self._previous)
        self.gauges.begin()
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(
            lambda: FrameLink(on_frame=self._frame, on_open=self._links.add, on_closed=self._closed), sock=sock
        )
        while not lifeline.drain.is_set():
            await self._wait_for_work(lifeline)
            self._flush()
        deadline = loop.time() + self._drain_s
        while self._links and loop.time() < deadline:
            await self._wait_for_work(None)
            self._flush()
        server.close()
        self._store()
        self._upkeep.tick(last=True)
        lanes = self._lanes.read()
        self._settlement.settle_all(lanes)
        self._writer.commit((), lanes, self._losses.take_due(0.0, everything=True), now=self._clock.now())

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
        elif isinstance(message, Joined):
            link.owner_data = message.who
            self.gauges.joined(message.who)
        elif isinstance(message, LegStatus):
            self.gauges.view.report_breaker(
                link.owner_data or "", message.leg, message.breaker, message.trips_total, message.endpoint
            )
        else:
            self._settlement.resume(message.lane, message.first_seq)

    def _closed(self, link: FrameLink) -> None:
        self._links.discard(link)
        if link.owner_data is not None:
            self.gauges.left(link.owner_data)
        self._changed.set()

    def _on_command(self, command: Command) -> None:
        if isinstance(command, Lost):
            self._losses.begin(command.gap, self._clock.monotonic())
            self.gauges.view.begin_gap(command.gap)
        elif isinstance(command, Reload):
            # The ledger's settings and the addresses do not change while a mirror runs.
            self._drain_s = command.config.mirror.drain_s
            self._unwritten_rules = rulebook_of(command.config.compare)
            self.gauges.reload(command.config)
        elif isinstance(command, Pause):
            self.gauges.view.paused = command.paused

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
        """Store what waits; where the ledger refuses, say so once and try again with the next tick."""
        try:
            self._store()
        except ShadowError as error:
            if not self._failing:
                log.error("the ledger cannot be written, trying again: %s", error)
            self._failing = True
            self.gauges.refused(error)
        else:
            self.gauges.looked()
            if self._failing:
                log.warning("the ledger can be written again")
            self._failing = False

    def _store(self) -> None:
        if self._unwritten_rules is not None:
            # Before the first observation that names them, so that evidence can always be re-evaluated.
            book = self._unwritten_rules
            self._writer.record_rulebook(rulebook_digest(book), rulebook_text(book), self._clock.now())
            self._unwritten_rules = None
        lanes = self._lanes.read()
        gaps = self._losses.take_due(self._clock.monotonic())
        if self._batch or gaps or lanes != self._stored_lanes:
            fresh = self.gauges.fresh(self._batch.observations)
            began = self._clock.monotonic()
            try:
                self._writer.commit(self._batch.observations, lanes, gaps, now=self._clock.now())
            except ShadowError:
                self._losses.put_back(gaps)
                raise
            self._stored_lanes = lanes
            self.gauges.committed(fresh, self._clock.monotonic() - began)
            self._upkeep.saw(fresh)
            for observation in fresh:
                if observation.outcome is Outcome.shed:
                    self._losses.count(observation.reason)
            self._batch.acknowledge()
            for link in self._links:
                link.resume()
        self._settlement.settle_due(lanes)
        self._upkeep.tick()


async def main(assignment: Assignment, lifeline: Lifeline) -> None:
    """Run the keeper as assigned."""
    sock = socket.socket(fileno=assignment.listen_fd)
    sock.setblocking(False)
    config = assignment.config
    key_id = Redactor(config.redact, assignment.redaction_key).key_id
    with LedgerWriter.open(Path(config.ledger.path), config.ledger, key_id) as writer:
        writer.claim()
        keeper = Keeper(assignment, writer, SystemClock())
        # Not in one group with the keeper's own work: neither ends the other.
        control = asyncio.create_task(keeper.gauges.serve(), name="control API")
        try:
            await keeper.serve(sock, lifeline, drain_s=config.mirror.drain_s)
        finally:
            control.cancel()
            await asyncio.wait([control])


if __name__ == "__main__":
    run_child(main, uvloop=False)
