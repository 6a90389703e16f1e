"""The listener process: accepts clients on the supervisor's socket and passes their requests to the primary.

It shares no event loop, no interpreter and no file with anything that could be slow; what it does beside the live
path is a copy in memory and a write to a unix socket.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from functools import partial
from pathlib import Path
from zlib import crc32

from shadow.endpoints import build_endpoint_map
from shadow.ipc.assignment import Assignment, Command, Lifeline, Pause, run_child
from shadow.ipc.lanes import LaneFile
from shadow.mirror.capture import Budget
from shadow.mirror.client import ClientKey
from shadow.mirror.exchange import LiveExchange
from shadow.mirror.policy import Decision, WritePolicy
from shadow.mirror.tee import Tee
from shadow.wire.address import parse_url
from shadow.wire.clients import Clients
from shadow.wire.inbound import Inbound
from shadow.wire.pool import ConnectError, Pool

_SWEEP_S = 0.25


class Listener:
    """One listener: its clients, its pool of connections to the primary, its tee."""

    def __init__(self, assignment: Assignment) -> None:
        config = assignment.config
        lanes = LaneFile(Path(assignment.lane_path))
        address = parse_url(config.primary.url)
        self._loop = asyncio.get_running_loop()
        self._tees = [
            Tee(path, lanes.lane_id(slot), lanes.writer(slot),
                limit_bytes=config.mirror.tee_bytes // len(assignment.slots))
            for path, slot in zip(assignment.sender_paths, assignment.slots, strict=True)
        ]
        self.client_key = ClientKey(config.client_key)
        self._policy = WritePolicy(config, build_endpoint_map(config))
        self._draw = random.Random().random  # noqa: S311 - sampling, not a secret
        self._idle_timeout_s = config.mirror.idle_timeout_s
        self._max_header_bytes = config.mirror.max_header_bytes
        self._connections = Clients()
        self._tasks: asyncio.TaskGroup
        self.pool = Pool(
            address, limit=config.primary.connections, connect_timeout_s=config.primary.connect_timeout_s
        )
        self.prefix = address.prefix.encode("ascii")
        self.via = f"shadow-{assignment.run_id[:8]}".encode("ascii")
        self.via_header = (b"via", b"1.1 " + self.via)
        self.budget = Budget(config.mirror.tee_bytes)
        self.max_body_bytes = config.mirror.max_body_bytes
        self.max_primary_s = config.primary.timeout_s
        self.waiting: set[LiveExchange] = set()
        self.paused = False
        self.refused = 0

    # -- shadow.mirror.exchange.Live

    def decide(self, method: str, target: bytes) -> Decision:
        """Which legs are called."""
        return self._policy.decide(method, target, draw=self._draw(), paused=self.paused)

    def accept(self, client: str) -> Tee:
        """Count a request. One client's requests all go to one sender, from whichever listener."""
        tees = self._tees
        tee = tees[0] if len(tees) == 1 else tees[crc32(client.encode()) % len(tees)]
        tee.accept()
        return tee

    def connect(self, exchange: LiveExchange, *, fresh: bool) -> None:
        """Open a connection in a task of its own."""
        self._tasks.create_task(self._connect(exchange, fresh), name="connect to the primary")

    async def _connect(self, exchange: LiveExchange, fresh: bool) -> None:
        try:
            connection = await self.pool.take(fresh=fresh)
        except ConnectError as error:
            exchange.on_no_connection(error)
        else:
            exchange.on_connection(connection)

    # -- the process

    async def serve(self, sock: socket.socket, lifeline: Lifeline, *, drain_s: float) -> None:
        """Accept until told to drain; then finish what is under way within the deadline."""
        lifeline.on_command = self._on_command
        async with asyncio.TaskGroup() as self._tasks:
            links = [self._tasks.create_task(tee.run(), name="tee") for tee in self._tees]
            sweep = self._tasks.create_task(self._sweep(), name="sweep")
            server = await self._loop.create_server(self._inbound, sock=sock)
            await lifeline.drain.wait()
            server.close()
            await self._drained(drain_s)
            for connection in self._connections:
                connection.abort()
            sweep.cancel()
            # The last exchanges are still in the tee's buffer: losing them now would be needless.
            try:
                async with asyncio.timeout(drain_s + 1):
                    await asyncio.gather(*(tee.close() for tee in self._tees))
            except TimeoutError:
                # A sender that does not take them: the keeper counts them as lost.
                pass
            for link in links:
                link.cancel()
            self.pool.close()

    def _inbound(self) -> Inbound:
        return Inbound(
            partial(LiveExchange, self),
            self._connections,
            max_header_bytes=self._max_header_bytes,
            on_refused=self._count_refused,
        )

    def _count_refused(self, status: int) -> None:
        self.refused += 1

    def _on_command(self, command: Command) -> None:
        if isinstance(command, Pause):
            self.paused = command.paused

    async def _drained(self, drain_s: float) -> None:
        for connection in self._connections:
            connection.drain()
        try:
            async with asyncio.timeout(drain_s):
                await self._connections.wait_empty()
        except TimeoutError:
            # The deadline is the answer: who is still here is cut off, and counted as `client_gone`.
            pass

    async def _sweep(self) -> None:
        """Look for silence. One sweep for all is far cheaper than a timer for each request."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            now = time.monotonic()
            for exchange in [e for e in self.waiting if now - e.activity_at > self.max_primary_s]:
                exchange.on_timeout()
            for connection in [
                c for c in self._connections if not c.is_answering and now - c.last_activity > self._idle_timeout_s
            ]:
                connection.abort()


async def main(assignment: Assignment, lifeline: Lifeline) -> None:
    """Run a listener as assigned."""
    sock = socket.socket(fileno=assignment.listen_fd)
    sock.setblocking(False)
    listener = Listener(assignment)
    await listener.serve(sock, lifeline, drain_s=assignment.config.mirror.drain_s)


if __name__ == "__main__":
    run_child(main)
