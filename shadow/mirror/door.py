"""The clients' side of a listener: who is connected, for how long nothing may happen, and when it closes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from shadow.config.model import Config
from shadow.wire.clients import Clients
from shadow.wire.handler import Handler
from shadow.wire.inbound import Inbound
from shadow.wire.tunnel import Tunnel
from shadow.wire.upstream import UpstreamConnection


class Door:
    """Makes an Inbound for each client, and watches over those that no exchange watches over."""

    def __init__(self, config: Config, handlers: Callable[[Inbound], Handler]) -> None:
        self._mirror = config.mirror
        self._handlers = handlers
        self._clients = Clients()
        self._tunnels: set[Tunnel] = set()
        self.refused = 0

    def use(self, config: Config) -> None:
        """Work by a configuration from the next connection on."""
        self._mirror = config.mirror

    def client(self) -> Inbound:
        """Return the protocol of a new connection."""
        mirror = self._mirror
        return Inbound(
            self._handlers,
            self._clients,
            max_header_bytes=mirror.max_header_bytes,
            max_headers=mirror.max_headers,
            linger_s=mirror.linger_s,
            on_refused=self._count_refused,
        )

    def tunnel(self, inbound: Inbound, connection: UpstreamConnection, rest: bytes) -> None:
        """Let bytes pass between the two, beginning with `rest` of the backend."""
        self._tunnels.add(Tunnel(inbound, connection, rest, self._tunnels.discard))

    def sweep(self, now: float) -> None:
        """Close what has been silent for too long. One sweep for all is far cheaper than a timer for each."""
        mirror = self._mirror
        for tunnel in [t for t in self._tunnels if now - t.last_activity > mirror.tunnel_idle_s]:
            tunnel.abort()
        for client in [c for c in self._clients if not c.is_answering]:
            if client.head_since and now - client.head_since > mirror.head_timeout_s:
                client.on_head_timeout()
            elif now - client.last_activity > mirror.idle_timeout_s:
                client.abort()

    async def drain(self, drain_s: float) -> None:
        """Let every client go after its answer; cut off who is still here at the deadline."""
        for client in self._clients:
            client.drain()
        try:
            async with asyncio.timeout(drain_s):
                await self._clients.wait_empty()
        except TimeoutError:
            # The deadline is the answer: who is still here is cut off, and counted as `client_gone`.
            for client in self._clients:
                client.abort()

    def _count_refused(self, status: int) -> None:
        self.refused += 1
