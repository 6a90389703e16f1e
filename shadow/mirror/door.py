"""The clients' side of a listener: who is connected, for how long nothing may happen, and when it closes."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

from shadow.config.model import Config
from shadow.errors import ShadowError
from shadow.wire.clients import Clients
from shadow.wire.handler import Handler
from shadow.wire.inbound import Inbound
from shadow.wire.tls import server_context, stamp
from shadow.wire.tunnel import Tunnel
from shadow.wire.upstream import UpstreamConnection

# How often certificates are looked at.
_LOOK_S = 2.0
# Opening a server calls listen() again, and asyncio's default would shorten the queue to 100.
_BACKLOG = 4096

log = logging.getLogger("shadow.listener")


class Door:
    """Makes an Inbound for each client, and watches over those that no exchange watches over."""

    def __init__(self, config: Config, handlers: Callable[[Inbound], Handler]) -> None:
        self._mirror = config.mirror
        self._handlers = handlers
        self._clients = Clients()
        self._tunnels: set[Tunnel] = set()
        self._tls = config.tls
        self._stamp: object = None
        self._look_at = 0.0
        self._sock: socket.socket | None = None
        self._server: asyncio.AbstractServer | None = None
        self._opening: asyncio.Task[None] | None = None
        self.refused = 0

    def use(self, config: Config) -> None:
        """Work by a configuration from the next connection on."""
        self._mirror = config.mirror
        self._tls = config.tls
        self._look_at = 0.0

    async def open(self, sock: socket.socket) -> None:
        """Accept from now on. Raises EnvironmentFailure for certificates that cannot be loaded."""
        self._sock = sock
        self._stamp = self._now_stamp()
        await self._serve()

    def close(self) -> None:
        """Accept nobody any more. The descriptor is closed as well: while one is open, clients wait in its queue."""
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()
        if self._server is not None:
            self._server.close()

    async def _serve(self) -> None:
        tls, sock = self._tls, self._sock
        context = None if tls is None else server_context(tls.certificate, tls.key, tls.client_ca)
        if sock is None:
            return
        # Each server has a descriptor of its own to the one queue, so that one can end while the next begins.
        own = sock.dup()
        loop = asyncio.get_running_loop()
        server: asyncio.AbstractServer
        protocol: Callable[[], Any] = self.client
        if own.family == socket.AF_UNIX:
            server = await loop.create_unix_server(protocol, sock=own, ssl=context, backlog=_BACKLOG)
        else:
            server = await loop.create_server(protocol, sock=own, ssl=context, backlog=_BACKLOG)
        old, self._server = self._server, server
        if old is not None:
            old.close()
        if self._sock is None:
            server.close()

    async def _reopen(self) -> None:
        try:
            await self._serve()
        except ShadowError as error:
            log.error("going on with the certificate as it was: %s", error)
        else:
            log.info("TLS was set up anew")

    def _now_stamp(self) -> object:
        tls = self._tls
        return tls, None if tls is None else stamp((tls.certificate, tls.key or tls.certificate, tls.client_ca))

    def _look_at_files(self, now: float) -> None:
        if now < self._look_at or (self._opening is not None and not self._opening.done()):
            return
        self._look_at = now + _LOOK_S
        seen = self._now_stamp()
        if seen != self._stamp:
            self._stamp = seen
            self._opening = asyncio.get_running_loop().create_task(self._reopen(), name="TLS anew")

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
        self._look_at_files(now)
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
