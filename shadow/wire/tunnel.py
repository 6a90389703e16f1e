"""Two connections that became one pipe: after a 101 bytes pass as they come, each side at the other's pace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from shadow.wire.inbound import Inbound
from shadow.wire.upstream import UpstreamConnection


class Tunnel:
    """A client's and a backend's connection. `on_closed` is called once, when both are gone."""

    def __init__(
        self, inbound: Inbound, connection: UpstreamConnection, rest: bytes, on_closed: Callable[[Tunnel], None]
    ) -> None:
        """Take both over; `rest` is what the backend has already sent."""
        self._on_closed = on_closed
        self._open = 2
        self.half_closed = False
        self.last_activity = monotonic()
        client, from_client = inbound.switch()
        backend = connection.hand_over()
        self._ends: tuple[_End, ...] = (
            _End(self, inbound, client, backend), _End(self, connection, backend, client)
        )
        for end in self._ends:
            end.begin()
        if rest:
            client.write(rest)
        if from_client:
            backend.write(from_client)

    def abort(self) -> None:
        """Break both connections."""
        for end in self._ends:
            end.transport.abort()

    def lost(self) -> None:
        """One of the two is gone."""
        self._open -= 1
        if not self._open:
            # They hold each other: without this only the collector would find them.
            self._ends = ()
            self._on_closed(self)


class _End(asyncio.Protocol):
    """What one connection tells; `other` is the transport that it concerns."""

    def __init__(
        self, tunnel: Tunnel, owner: Inbound | UpstreamConnection, transport: asyncio.Transport,
        other: asyncio.Transport,
    ) -> None:
        self._tunnel = tunnel
        self._owner = owner
        self._other = other
        self.transport = transport

    def begin(self) -> None:
        """Take the transport over from the protocol that spoke HTTP."""
        self.transport.set_protocol(self)
        if self.transport.get_write_buffer_size() > self.transport.get_write_buffer_limits()[1]:
            # Of a buffer that was full before nobody tells again until it is empty.
            self.pause_writing()

    def data_received(self, data: bytes) -> None:
        self._tunnel.last_activity = monotonic()
        self._other.write(data)

    def eof_received(self) -> bool:
        # TLS knows no half-closed connections: there, and where the other side has ended too, this is the end.
        halves = self._other.can_write_eof() and self.transport.can_write_eof()
        if self._tunnel.half_closed or self._other.is_closing() or not halves:
            return False
        self._tunnel.half_closed = True
        self._other.write_eof()
        return True

    def pause_writing(self) -> None:
        if not self._other.is_closing():
            self._other.pause_reading()

    def resume_writing(self) -> None:
        if not self._other.is_closing():
            self._other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None:
            self._other.close()
        else:
            self._other.abort()
        self._owner.connection_lost(exc)
        self._tunnel.lost()
