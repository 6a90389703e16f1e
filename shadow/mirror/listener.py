"""The listener process: accepts clients on the supervisor's socket and passes their requests to the primary.

It shares no event loop, no interpreter and no file with anything that could be slow; what it does beside the live
path is a copy in memory and a write to a unix socket.
"""

from __future__ import annotations

import asyncio
import logging
import random
import resource
import socket
import time
from functools import partial
from pathlib import Path
from zlib import crc32

from shadow.config.model import Config
from shadow.endpoints import build_endpoint_map
from shadow.ipc.assignment import Assignment, Command, Lifeline, Pause, Reload, run_child
from shadow.ipc.lanes import LaneFile
from shadow.mirror.capture import Budget
from shadow.mirror.client import ClientKey
from shadow.mirror.door import Door
from shadow.mirror.exchange import LiveExchange
from shadow.mirror.lag import TICK_S, LagWatch
from shadow.mirror.policy import Decision, WritePolicy
from shadow.mirror.tee import Tee
from shadow.wire.address import parse_url
from shadow.wire.build import live_path
from shadow.wire.dial import ConnectError, dialer_for
from shadow.wire.inbound import Inbound
from shadow.wire.pool import Pool
from shadow.wire.upstream import UpstreamConnection

_SWEEP_S = 0.25
# The lag that is shown, in steps: a number that is always another one would be stored again and again.
_LAG_STEP_S = 0.01

log = logging.getLogger("shadow.listener")


class Listener:
    """One listener: its clients, its pool of connections to the primary, its tee."""

    def __init__(self, assignment: Assignment) -> None:
        config = self._config = assignment.config
        lanes = LaneFile(Path(assignment.lane_path))
        self._loop = asyncio.get_running_loop()
        self.budget = Budget(config.mirror.tee_bytes)
        self._tees = [
            Tee(path, lanes.lane_id(slot), lanes.writer(slot),
                limit_bytes=config.mirror.tee_bytes // len(assignment.slots), budget=self.budget)
            for path, slot in zip(assignment.sender_paths, assignment.slots, strict=True)
        ]
        self._draw = random.Random().random  # noqa: S311 - sampling, not a secret
        self._tasks: asyncio.TaskGroup
        self._lag = LagWatch(config.mirror.pause_lag_s)
        self.hop = assignment.run_id.encode("ascii")
        self.waiting: set[LiveExchange] = set()
        self.paused = assignment.paused
        self._door = Door(config, partial(LiveExchange, self))
        self.pool = _pool(config)
        self._use(config, WritePolicy(config, build_endpoint_map(config)))

    def _use(self, config: Config, policy: WritePolicy) -> None:
        """Work by a configuration from the next request on; those under way end as they began."""
        mirror, primary = config.mirror, config.primary
        if primary != self._config.primary:
            # First of all: it may find that a certificate is gone, and then nothing has changed.
            old, self.pool = self.pool, _pool(config)
            old.retire()
        self._config = config
        self._policy = policy
        self.client_key = ClientKey(config.client_key)
        self.prefix = parse_url(primary.url).prefix.encode("ascii")
        self.max_primary_s = primary.timeout_s
        self.max_body_bytes = mirror.max_body_bytes
        self._door.use(config)
        self._drain_s = mirror.drain_s
        self._lag.limit_s = mirror.pause_lag_s
        self.budget.limit(mirror.tee_bytes)
        for tee in self._tees:
            tee.limit_bytes = mirror.tee_bytes // len(self._tees)

    async def _reload(self, config: Config) -> None:
        # It may read a large document: not on the loop that clients wait for.
        policy = WritePolicy(config, await asyncio.to_thread(build_endpoint_map, config))
        self._use(config, policy)

    # -- shadow.mirror.exchange.Live

    def decide(self, method: str, target: bytes) -> Decision:
        """Which legs are called."""
        return self._policy.decide(method, target, draw=self._draw(), paused=self.paused or self._lag.paused)

    def accept(self, client: str) -> Tee:
        """Count a request. One client's requests all go to one sender, from whichever listener."""
        tees = self._tees
        tee = tees[0] if len(tees) == 1 else tees[crc32(client.encode()) % len(tees)]
        tee.accept()
        return tee

    def tunnel(self, inbound: Inbound, connection: UpstreamConnection, rest: bytes) -> None:
        """Let bytes pass between the two; the pool may open another connection instead."""
        self.pool.detach(connection)
        self._door.tunnel(inbound, connection, rest)

    def connect(self, exchange: LiveExchange, *, fresh: bool) -> None:
        """Open a connection in a task of its own."""
        self._tasks.create_task(self._connect(exchange, fresh), name="connect to the primary")

    async def _connect(self, exchange: LiveExchange, fresh: bool) -> None:
        while True:
            pool = self.pool
            try:
                connection = await pool.take(fresh=fresh)
            except ConnectError as error:
                if pool is self.pool:
                    exchange.on_no_connection(error)
                    return
            else:
                if pool is self.pool:
                    exchange.on_connection(connection)
                    return
                connection.abort()
            # Meanwhile the primary's address has changed: the request goes to the new one.

    # -- the process

    async def serve(self, sock: socket.socket, lifeline: Lifeline) -> None:
        """Accept until told to drain; then finish what is under way within the deadline."""
        lifeline.on_command = self._on_command
        async with asyncio.TaskGroup() as self._tasks:
            links = [self._tasks.create_task(tee.run(), name="tee") for tee in self._tees]
            sweep = self._tasks.create_task(self._sweep(), name="sweep")
            ticks = self._tasks.create_task(self._watch_lag(), name="lag")
            await self._door.open(sock)
            await lifeline.drain.wait()
            self._door.close()
            drain_s = self._drain_s
            await self._door.drain(drain_s)
            sweep.cancel()
            ticks.cancel()
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

    async def _on_command(self, command: Command) -> None:
        if isinstance(command, Pause):
            self.paused = command.paused
        elif isinstance(command, Reload):
            await self._reload(command.config)

    async def _watch_lag(self) -> None:
        """Measure how late this loop comes, and stop mirroring while it does."""
        lag, counters = self._lag, self._tees[0].counters
        while True:
            due = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            before = lag.paused
            if lag.tick(now - due, now) is not before:
                counters.pause(time.time() if lag.paused else 0.0)
            counters.lag(lag.lag_s // _LAG_STEP_S * _LAG_STEP_S)

    def _beat(self, now: float) -> None:
        """Show that the loop runs, and what it holds; what concerns the whole listener is told in its first lane."""
        held, refused = self.budget.used_bytes, self._door.refused
        for tee in self._tees:
            tee.beat(now, held_bytes=held, refused=refused)
            held = refused = 0

    async def _sweep(self) -> None:
        """Look for silence. One sweep for all is far cheaper than a timer for each request."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            now = time.monotonic()
            self._beat(now)
            for exchange in [e for e in self.waiting if now - e.activity_at > self.max_primary_s]:
                exchange.on_timeout()
            self._door.sweep(now)


def _pool(config: Config) -> Pool:
    primary = config.primary
    return Pool(
        parse_url(primary.url), limit=primary.connections, connect_timeout_s=primary.connect_timeout_s,
        dialer=dialer_for(primary),
    )


async def main(assignment: Assignment, lifeline: Lifeline) -> None:
    """Run a listener as assigned."""
    sock = socket.socket(fileno=assignment.listen_fd)
    sock.setblocking(False)
    # Two descriptors for each client at most; the soft limit is often 1024, the hard one far above.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    log.info("the live path is %s", live_path())
    listener = Listener(assignment)
    await listener.serve(sock, lifeline)


if __name__ == "__main__":
    run_child(main)
