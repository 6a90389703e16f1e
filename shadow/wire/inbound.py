"""One client connection: requests in order, and the answers.

A request that begins while another one is still being answered (pipelining) is held back, and reading pauses, so
that what is held is at most what one read brought.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import cast

from shadow.wire.clients import Clients
from shadow.wire.handler import Handler
from shadow.wire.head import HeaderList, RequestHead
from shadow.wire.reader import RequestReader
from shadow.wire.refusal import Refusal, own_response

# What a client may still send after an early answer, so that it gets to read it.
MOST_LINGER_BYTES = 256 * 1024 * 1024


class Inbound(RequestReader):
    """The server's side of one connection; makes a Handler per request. An asyncio.Protocol by its methods alone."""

    def __init__(
        self,
        handlers: Callable[[Inbound], Handler],
        connections: Clients,
        *,
        max_header_bytes: int,
        on_refused: Callable[[int], None],
        max_headers: int = 256,
        linger_s: float = 5.0,
    ) -> None:
        super().__init__(max_header_bytes=max_header_bytes, max_headers=max_headers)
        self._handlers = handlers
        self._connections = connections
        self._on_refused = on_refused
        self._linger_s = linger_s
        self._transport: asyncio.Transport | None = None
        self._handler: Handler | None = None
        self._request_ended = False
        self._held: list[Callable[[], None]] = []
        self._pauses = 0
        self._keep_alive = True
        self._last = False
        self._stalled = False
        self._undecided: bytes | None = None
        self._switched_over = False
        self._lingered_bytes = -1
        self.peer = ""
        self.name = ""
        self.local_port = 0
        self.is_secure = False
        self.draining = False
        self.last_activity = monotonic()

    # -- used by handlers

    @property
    def is_busy(self) -> bool:
        """Whether a request is being read or answered."""
        return self._handler is not None or self._part != 0 or self._head_bytes > 0 or self._switched_over

    @property
    def is_answering(self) -> bool:
        """Whether a request is with its handler, or the connection is a tunnel; they watch the time then."""
        return self._handler is not None or self._switched_over

    def write(self, data: bytes) -> None:
        """Write a piece of an answer."""
        self.last_activity = monotonic()
        assert self._transport is not None
        self._transport.write(data)

    def finish(self, *, keep_alive: bool) -> None:
        """The answer is whole. The connection closes unless both sides want to go on and the request was whole."""
        self._handler = None
        assert self._transport is not None
        over = self._last and not self._held
        if not keep_alive or not self._request_ended or self.draining or not self._keep_alive or over:
            if self._request_ended and not self._pauses:
                self._transport.close()
            else:
                self._linger()
            return
        self._request_ended = False
        self.last_activity = monotonic()
        if self._held:
            self._release_held()
        elif self._undecided is not None:
            # The primary did not want another protocol: what follows is HTTP.
            rest, self._undecided = self._undecided, None
            self.release_reading()
            if rest:
                self.data_received(rest)

    def switch(self) -> tuple[asyncio.Transport, bytes]:
        """Give the connection away to another protocol: its transport, and what the client has sent of it."""
        assert self._transport is not None
        rest, self._undecided, self._handler = self._undecided or b"", None, None
        self._switched_over = True
        self._let_go_of_parser()
        while self._pauses:
            self.release_reading()
        return self._transport, rest

    def on_head_timeout(self) -> None:
        """A head that has begun does not end: say so and close."""
        self._refuse(Refusal(408, "the request did not come to its end in time"))

    def abort(self) -> None:
        """Break the connection: the only honest end of an answer that was already begun."""
        if self._transport is not None:
            self._transport.abort()

    def hold_reading(self) -> None:
        """Stop reading until `release_reading`; calls nest."""
        self._pauses += 1
        if self._pauses == 1 and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def release_reading(self) -> None:
        """Undo one `hold_reading`."""
        self._pauses -= 1
        if self._pauses == 0 and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def drain(self) -> None:
        """Close when idle, or after the answer under way."""
        self.draining = True
        if not self.is_busy and self._transport is not None:
            self._transport.close()

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if isinstance(peer, tuple) else ""
        self.name = f"{peer[0]} {peer[1]}" if isinstance(peer, tuple) else f"{id(self):x}"
        local = transport.get_extra_info("sockname")
        self.local_port = int(local[1]) if isinstance(local, tuple) else 0
        self.is_secure = transport.get_extra_info("sslcontext") is not None
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._held.clear()
        self._undecided = None
        self._let_go_of_parser()
        handler, self._handler = self._handler, None
        if handler is not None:
            handler.on_client_gone()

    def eof_received(self) -> bool:
        # A client may close its sending side after a whole request and still wait for the answer.
        self._last = True
        if self._lingered_bytes >= 0:
            return False
        return self._handler is not None and self._request_ended

    def pause_writing(self) -> None:
        self._stalled = True
        if self._handler is not None:
            self._handler.on_client_writable(False)

    def resume_writing(self) -> None:
        self._stalled = False
        if self._handler is not None:
            self._handler.on_client_writable(True)

    def data_received(self, data: bytes) -> None:
        self.last_activity = monotonic()
        if self._refusal is not None or self._lingered_bytes >= 0:
            self._lingered_bytes += len(data)
            if self._lingered_bytes > MOST_LINGER_BYTES:
                self.abort()
            return
        self._feed(data)
        if self._handler is not None and not self._request_ended:
            self._handler.on_read_end()

    # -- RequestReader

    def _on_head(self, head: RequestHead) -> None:
        if self._held or self._request_ended:
            self._dispatch(partial(self._begin, head))
        else:
            self._begin(head)

    def on_body(self, data: bytes) -> None:
        self._head_bytes = 0
        if not self._deaf:
            handler = self._handler
            if handler is not None and not self._held and not self._request_ended:
                handler.on_request_body(data)
            else:
                self._dispatch(partial(self._body, data))

    def _on_trailers(self, fields: HeaderList) -> None:
        self._dispatch(partial(self._trailer, fields))

    def _on_end(self) -> None:
        self._dispatch(self._end)

    def _on_refusal(self) -> None:
        self._dispatch(self._answer_refusal)

    def _on_switch(self, rest: bytes) -> None:
        if self._handler is None and not self._held:
            # It is answered already, by us: what follows is HTTP.
            if rest:
                self._feed(rest)
            return
        self._undecided = rest
        self.hold_reading()

    # -- one request at a time

    def _dispatch(self, event: Callable[[], None]) -> None:
        if self._held or self._request_ended:
            if not self._held:
                self.hold_reading()
            self._held.append(event)
        else:
            event()

    def _release_held(self) -> None:
        held, self._held = self._held, []
        while held:
            held.pop(0)()
            if self._request_ended and held:
                # Another whole request lies behind this one: it waits for its turn, reading stays paused.
                self._held = held
                return
        if self._handler is not None and not self._request_ended:
            self._handler.on_read_end()
        self.release_reading()

    def _begin(self, head: RequestHead) -> None:
        assert self._transport is not None
        if self._transport.is_closing() or self._lingered_bytes >= 0:
            # RFC 9112 9.6: behind an answer that closes the connection nothing more is processed.
            return
        self._keep_alive = head.keep_alive
        self._handler = handler = self._handlers(self)
        handler.on_request(head)
        if self._stalled and self._handler is handler:
            # The transport tells of a full buffer once; this handler was not there then.
            handler.on_client_writable(False)

    def _body(self, data: bytes) -> None:
        if self._handler is not None:
            self._handler.on_request_body(data)

    def _trailer(self, fields: HeaderList) -> None:
        if self._handler is not None:
            self._handler.on_request_trailers(fields)

    def _end(self) -> None:
        if self._handler is None:
            return
        self._request_ended = True
        self._handler.on_request_end()

    # -- endings

    def _answer_refusal(self) -> None:
        assert self._transport is not None
        refusal = self._refusal
        if self._handler is not None:
            # The body of a request under way turned out malformed: its answer can no longer be trusted.
            handler, self._handler = self._handler, None
            handler.on_client_gone()
            self._transport.abort()
            return
        if refusal is not None and not self._transport.is_closing() and self._lingered_bytes < 0:
            self._on_refused(refusal.status)
            self._transport.write(own_response(refusal.status, refusal.reason, close=True))
            self._linger()

    def _linger(self) -> None:
        """Close our side; take what still comes for a while, since a reset would destroy the answer on its way."""
        assert self._transport is not None
        if self._transport.is_closing():
            return
        self._lingered_bytes = 0
        self._deaf = True
        while self._pauses:
            self.release_reading()
        self._held.clear()
        if self._last or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        asyncio.get_running_loop().call_later(self._linger_s, self._transport.close)
