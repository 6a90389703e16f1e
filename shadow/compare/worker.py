"""The comparer process: one exchange after the other, each within its deadline, at a low priority."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket

from shadow.compare.deadline import standing
from shadow.compare.desk import Desk
from shadow.compare.lessons import Lessons
from shadow.compare.noise import NoiseMemory
from shadow.compare.pipeline import Comparer
from shadow.config.model import Config
from shadow.endpoints import build_endpoint_map
from shadow.ipc.assignment import Assignment, Command, Lifeline, Reload, run_child
from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.messages import Settled
from shadow.ipc.outbox import Outbox
from shadow.ipc.wired import exchange_decoder
from shadow.redact import Redactor

_OUTBOX_BYTES = 32 * 1024 * 1024

log = logging.getLogger("shadow.comparer")


class Worker:
    """Compares what senders give it, reports to the keeper, and tells the sender what the ledger has."""

    def __init__(self, assignment: Assignment) -> None:
        self._key = assignment.redaction_key
        self._drain_s = assignment.config.mirror.drain_s
        self._comparer = self._make(assignment.config, None)
        self._outbox = Outbox(
            assignment.keeper_path,
            who=f"comparer {assignment.index}",
            limit_bytes=_OUTBOX_BYTES,
            on_committed=self._committed,
            on_room=self._resume,
            on_learnt=lambda message: self._lessons.take(message),
        )
        redactor = Redactor(assignment.config.redact, self._key)
        self._desk = Desk(self._comparer, assignment.config, self._outbox.decide)
        self._lessons = Lessons(self._comparer.noise, redactor, self._outbox.teach)
        self._links: set[FrameLink] = set()
        self._source: dict[tuple[str, int], FrameLink] = {}
        self._gone = asyncio.Event()

    def _make(self, config: Config, noise: NoiseMemory | None) -> Comparer:
        return Comparer(config, build_endpoint_map(config), Redactor(config.redact, self._key), noise)

    def _on_command(self, command: Command) -> None:
        if isinstance(command, Reload):
            # What was learnt of noise stays: it is about the builds, not about the configuration.
            former = self._comparer
            self._comparer = self._make(command.config, former.noise)
            former.close()
            self._drain_s = command.config.mirror.drain_s
            self._lessons.use(Redactor(command.config.redact, self._key))
            self._desk.use(self._comparer, command.config)

    async def serve(self, sock: socket.socket, lifeline: Lifeline) -> None:
        """Work until told to drain and the senders have left, then until all is committed or the deadline."""
        lifeline.on_command = self._on_command
        self._beat = lifeline.beat
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            outbox = tasks.create_task(self._outbox.run(), name="outbox")
            lessons = tasks.create_task(self._lessons.run(), name="lessons")
            if not await self._lessons.wait():
                log.warning("comparing without the noise that was learnt before: the keeper has not told it")
            server = await loop.create_unix_server(
                lambda: FrameLink(on_frame=self._frame, on_open=self._links.add, on_closed=self._closed), sock=sock
            )
            await lifeline.drain.wait()
            try:
                async with asyncio.timeout(self._drain_s):
                    while self._links:
                        self._gone.clear()
                        await self._gone.wait()
                    await self._outbox.wait_empty()
            except TimeoutError:
                # What is left stays unacknowledged, and the keeper counts it as lost.
                pass
            self._lessons.tell()
            server.close()
            lessons.cancel()
            outbox.cancel()

    def _frame(self, link: FrameLink, frame: bytes) -> None:
        # One read may bring hundreds of exchanges, and the loop turns when the last of them has been compared.
        self._beat()
        exchange = exchange_decoder.decode(frame)
        if exchange.look:
            self._desk.looked(exchange)
            return
        self._source[(exchange.lane, exchange.seq)] = link
        observation = self._desk.take(exchange, self._comparer.observe(exchange), link)
        self._outbox.report(observation)
        self._desk.ask(observation)
        if self._outbox.is_full:
            for each in self._links:
                each.pause()

    def _resume(self) -> None:
        for link in self._links:
            link.resume()

    def _closed(self, link: FrameLink) -> None:
        self._desk.lost(link)
        self._links.discard(link)
        self._gone.set()

    def _committed(self, seqs: tuple[tuple[str, int], ...]) -> None:
        by_link: dict[FrameLink, list[tuple[str, int]]] = {}
        for key in seqs:
            link = self._source.pop(key, None)
            if link is not None and not link.closed:
                by_link.setdefault(link, []).append(key)
        for link, keys in by_link.items():
            link.send(pack(Settled(seqs=tuple(keys))))


def prepare(assignment: Assignment) -> None:
    """Step back behind the live path before anything else."""
    os.nice(10)


async def main(assignment: Assignment, lifeline: Lifeline) -> None:
    """Run a comparer as assigned."""
    sock = socket.socket(fileno=assignment.listen_fd)
    sock.setblocking(False)
    worker = Worker(assignment)
    # What is loaded stays; parsed documents are trees, which die without the collector.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    with standing():
        await worker.serve(sock, lifeline)


if __name__ == "__main__":
    # The plain event loop: a comparison is interrupted by a signal, which must reach Python code at once.
    run_child(main, uvloop=False, prepare=prepare)
