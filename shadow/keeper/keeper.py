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
from shadow.config.model import Config
from shadow.config.rulebook import Rulebook, rulebook_digest, rulebook_of, rulebook_text
from shadow.errors import ShadowError
from shadow.ipc.assignment import Assignment, Command, Lifeline, Lost, Pause, Reload, run_child
from shadow.ipc.frames import FrameLink
from shadow.ipc.lanes import LaneFile
from shadow.ipc.messages import Decided, Joined, LegStatus, Reasked, Report, Taught, keeper_decoder
from shadow.keeper.batch import Batch
from shadow.keeper.decisions import Decisions
from shadow.keeper.gauges import Gauges
from shadow.keeper.losses import Losses
from shadow.keeper.scribe import Scribe
from shadow.keeper.settlement import SETTLE_S, Settlement
from shadow.keeper.teacher import Teacher
from shadow.keeper.upkeep import Upkeep
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane, Outcome
from shadow.redact import Redactor

FLUSH_S = 0.25
HEARTBEAT_S = 5.0
"""Something is stored at least so often: readers tell by it whether a mirror at work can still write."""
_GATHER_S = 0.05
_BATCH = 500
_MOST_WAITING = 20_000

log = logging.getLogger("shadow.keeper")


class Keeper:
    """One writer, one batch."""

    def __init__(self, assignment: Assignment, scribe: Scribe, clock: Clock) -> None:
        self._lanes = LaneFile(Path(assignment.lane_path))
        self._run_id = assignment.run_id
        self._previous = assignment.previous_lane_paths
        self._scribe = scribe
        self._clock = clock
        self._started_at = clock.now()
        self._begun = False
        self._batch = Batch()
        self._decisions = Decisions()
        # Longer than what is counted: the successor's word, which starts that, comes after the gap was told.
        self._losses = Losses(settle_s=2 * SETTLE_S)
        self.gauges = Gauges(assignment.config, self._lanes, clock, up_fd=assignment.up_fd)
        self.gauges.view.paused = assignment.paused
        self._settlement = Settlement(scribe, self._losses, clock, on_settled=self.gauges.settled)
        self._teacher = Teacher(scribe, clock, assignment.config.compare.noise)
        self._block_s = assignment.config.ledger.block_s
        self._upkeep = Upkeep(scribe, self.gauges.view, clock, block_s=assignment.config.ledger.block_s)
        self._stored_lanes: tuple[Lane, ...] = ()
        self._unwritten_rules: Rulebook | None = rulebook_of(assignment.config.compare)
        self._stored_s = -HEARTBEAT_S
        self._links: set[FrameLink] = set()
        self._changed = asyncio.Event()
        self._failing = False

    async def serve(self, sock: socket.socket, lifeline: Lifeline, *, drain_s: float) -> None:
        """Work until told to drain and everybody has left, then settle all lanes."""
        lifeline.on_command = self._on_command
        self._drain_s = drain_s
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(
            lambda: FrameLink(on_frame=self._frame, on_open=self._links.add, on_closed=self._closed), sock=sock
        )
        while not lifeline.drain.is_set():
            await self._wait_for_work(lifeline)
            await self._flush()
        deadline = loop.time() + self._drain_s
        while self._links and loop.time() < deadline:
            await self._wait_for_work(None)
            await self._flush()
        server.close()
        await self._store()
        await self._teacher.store(last=True)
        await self._upkeep.tick(last=True)
        lanes = self._lanes.read()
        await self._settlement.settle_all(lanes)
        await self._scribe.commit((), lanes, self._losses.take_due(0.0, everything=True), now=self._clock.now())

    async def scrape(self) -> None:
        """Read the candidate's own counters until cancelled, where the gate asks for them; whatever goes wrong with it
        is logged, and the keeper goes on."""
        if self.gauges.gate().metrics is None:
            return
        from shadow.keeper.scrape import Scraper  # only those who ask for it pay for the client

        scraper = Scraper(self.gauges.gate, self._upkeep.add, self._clock, block_s=self._block_s)
        try:
            await scraper.run()
        except Exception:
            log.exception("the candidate's metrics are not read any more; the mirror goes on")

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
            self._teacher.join(link, message.who)
            self._changed.set()  # whoever joins waits for what the ledger knows
        elif isinstance(message, LegStatus):
            self.gauges.view.report_breaker(
                link.owner_data or "", message.leg, message.breaker, message.trips_total, message.endpoint
            )
        elif isinstance(message, Reasked):
            self.gauges.view.reasking.take(link.owner_data or "", message)
        elif isinstance(message, Taught):
            self._teacher.hear(message, link)
        elif isinstance(message, Decided):
            self._decisions.add(message.triaged, link)
            self._changed.set()
        else:
            self._settlement.resume(message.lane, message.first_seq)

    def _closed(self, link: FrameLink) -> None:
        self._links.discard(link)
        self._teacher.leave(link)
        if link.owner_data is not None:
            self.gauges.left(link.owner_data)
        self._changed.set()

    def _on_command(self, command: Command) -> None:
        if isinstance(command, Lost):
            self._losses.begin(command.gap, self._clock.monotonic())
            self.gauges.view.begin_gap(command.gap, hung=command.hung)
        elif isinstance(command, Reload):
            # The ledger's settings and the addresses do not change while a mirror runs.
            self._drain_s = command.config.mirror.drain_s
            self._unwritten_rules = rulebook_of(command.config.compare)
            self.gauges.reload(command.config)
            self._teacher.use(command.config.compare.noise)
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

    async def _flush(self) -> None:
        """Store what waits; where the ledger refuses, say so once and try again with the next tick."""
        try:
            await self._store()
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

    async def _store(self) -> None:
        if (book := self._unwritten_rules) is not None:
            # Before the first observation that names them, so that evidence can always be re-evaluated.
            await self._scribe.record_rulebook(rulebook_digest(book), rulebook_text(book), self._clock.now())
            if self._unwritten_rules is book:
                self._unwritten_rules = None
        lanes = self._lanes.read()
        if not self._begun:
            await self._begin(lanes)
        monotonic = self._clock.monotonic()
        gaps = self._losses.take_due(monotonic)
        waiting = len(self._batch) or len(self._decisions)
        if waiting or gaps or lanes != self._stored_lanes or monotonic - self._stored_s >= HEARTBEAT_S:
            try:
                stored = await self._scribe.commit(
                    self._batch.take(), lanes, gaps, now=self._clock.now(), triaged=self._decisions.take()
                )
            except ShadowError:
                self._losses.put_back(gaps)
                raise
            self._stored_lanes, self._stored_s = lanes, monotonic
            self.gauges.committed(stored, self._clock.monotonic() - monotonic)
            self._upkeep.saw(stored.fresh)
            for observation in stored.fresh:
                if observation.outcome is Outcome.shed:
                    self._losses.count(observation.reason)
            self._batch.acknowledge()
            self.gauges.view.decide(self._decisions.acknowledge())
            for link in self._links:
                link.resume()
        await self._settlement.settle_due(lanes)
        await self._teacher.store()
        await self._upkeep.tick()

    async def _begin(self, lanes: tuple[Lane, ...]) -> None:
        """Put former runs in order, before anything of this one is stored."""
        lost = await self._settlement.settle_former_runs(lanes, self._previous)
        started_at = min([lane.started_at for lane in lanes] + [self._started_at])
        gap = await self._scribe.begin_run(self._run_id, lanes, started_at=started_at, lost=lost)
        if gap is not None:
            self.gauges.view.begin_gap(gap)
        self.gauges.begin(await self._scribe.lanes())
        await self._teacher.begin()
        self._begun = True


async def main(assignment: Assignment, lifeline: Lifeline) -> None:
    """Run the keeper as assigned."""
    sock = socket.socket(fileno=assignment.listen_fd)
    sock.setblocking(False)
    config = assignment.config
    key_id = Redactor(config.redact, assignment.redaction_key).key_id
    scribe = Scribe(lambda: _claimed(config, key_id))
    keeper = Keeper(assignment, scribe, SystemClock())
    # Not in one group with the keeper's own work: neither ends the other.
    beside = [
        asyncio.create_task(keeper.gauges.serve(), name="control API"),
        asyncio.create_task(keeper.scrape(), name="metrics of the candidate"),
    ]
    try:
        await keeper.serve(sock, lifeline, drain_s=config.mirror.drain_s)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)
        await scribe.close()


def _claimed(config: Config, key_id: str) -> LedgerWriter:
    writer = LedgerWriter.open(Path(config.ledger.path), config.ledger, key_id)
    try:
        writer.claim()
    except BaseException:
        writer.close()
        raise
    return writer


if __name__ == "__main__":
    run_child(main, uvloop=False)
