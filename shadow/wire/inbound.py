"""One client connection: parses requests strictly and in order, and writes answers.

A request that begins while another one is still being answered (pipelining) is held back, and reading pauses, so
that what is held is at most what one read brought.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import cast

import httptools

from shadow.wire.clients import Clients
from shadow.wire.handler import Handler
from shadow.wire.head import Framing, HeaderList, Refusal, RequestHead, own_response


class Inbound(asyncio.Protocol):
    """The server's side of one connection; makes one Handler for each request."""

    def __init__(
        self,
        handlers: Callable[[Inbound], Handler],
        connections: Clients,
        *,
        max_header_bytes: int,
        on_refused: Callable[[int], None],
    ) -> None:
        self._handlers = handlers
        self._connections = connections
        self._max_header_bytes = max_header_bytes
        self._on_refused = on_refused
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: HeaderList = []
        self._in_head = True
        self._head_bytes = 0
        self._refusal: Refusal | None = None
        self._handler: Handler | None = None
        self._request_ended = False
        self._held: list[Callable[[], None]] = []
        self._pauses = 0
        self._keep_alive = True
        self._last = False
        self._stalled = False
        self.peer = ""
        self.name = ""
        self.local_port = 0
        self.draining = False
        self.last_activity = monotonic()

    # -- used by handlers

    @property
    def is_busy(self) -> bool:
        """Whether a request is being read or answered."""
        return self._handler is not None or not self._in_head or self._head_bytes > 0

    @property
    def is_answering(self) -> bool:
        """Whether a request is with its handler; the handler watches the time then."""
        return self._handler is not None

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
            self._transport.close()
            return
        self._request_ended = False
        self.last_activity = monotonic()
        if self._held:
            self._release_held()

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
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._held.clear()
        handler, self._handler = self._handler, None
        if handler is not None:
            handler.on_client_gone()

    def eof_received(self) -> bool:
        # A client may close its sending side after a whole request and still wait for the answer.
        self._last = True
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
        if self._refusal is not None:
            return
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The head was checked already: what asks for an upgrade has no body, and is forwarded without it.
            # Bytes behind it cannot be told from the other protocol's, so this connection ends with the answer.
            self._last = True
        except httptools.HttpParserCallbackError:
            raise
        except httptools.HttpParserError as error:
            self._refuse(Refusal(400, f"malformed request ({error})"))
        if self._head_bytes > self._max_header_bytes:
            # A head, or trailers, that have not ended yet: the parser keeps what it has of them.
            self._refuse(self._too_large())
        if self._handler is not None and not self._request_ended:
            self._handler.on_read_end()

    # -- httptools callbacks

    def on_message_begin(self) -> None:
        self._target = b""
        self._headers = []
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        read_bytes, self._head_bytes = self._head_bytes, 0
        parser = self._parser
        if self._refusal is not None:
            return
        try:
            if read_bytes > self._max_header_bytes and self._size_of_head() > self._max_header_bytes:
                raise self._too_large()
            head = RequestHead(parser.get_method(), self._target, parser.get_http_version(), self._headers)
            if (head.upgrade or parser.should_upgrade()) and head.framing is not Framing.none:
                # llhttp ends such a message at its head: the body would be read as the next request.
                raise Refusal(400, "a request that asks for an upgrade must not have a body")
        except Refusal as refusal:
            self._refuse(refusal)
            return
        if self._held or self._request_ended:
            self._dispatch(lambda: self._begin(head))
        else:
            self._begin(head)

    def on_body(self, data: bytes) -> None:
        self._head_bytes = 0
        if self._refusal is None:
            handler = self._handler
            if handler is not None and not self._held and not self._request_ended:
                handler.on_request_body(data)
            else:
                self._dispatch(lambda: self._body(data))

    def on_message_complete(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        if self._refusal is not None:
            return
        if self._held or self._request_ended:
            self._dispatch(self._end)
        else:
            self._end()

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
        if self._transport.is_closing():
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

    def _end(self) -> None:
        if self._handler is None:
            return
        self._request_ended = True
        self._handler.on_request_end()

    def _size_of_head(self) -> int:
        line = len(self._parser.get_method()) + len(self._target) + len("  HTTP/1.1\r\n\r\n")
        return line + sum(len(name) + len(value) + len(": \r\n") for name, value in self._headers)

    def _too_large(self) -> Refusal:
        return Refusal(431, f"request head larger than {self._max_header_bytes} bytes")

    def _refuse(self, refusal: Refusal) -> None:
        if self._refusal is not None:
            return
        self._refusal = refusal
        self._dispatch(self._answer_refusal)

    def _answer_refusal(self) -> None:
        assert self._transport is not None
        refusal = self._refusal
        if self._handler is not None:
            # The body of a request under way turned out malformed: its answer can no longer be trusted.
            handler, self._handler = self._handler, None
            handler.on_client_gone()
            self._transport.abort()
            return
        if refusal is not None and not self._transport.is_closing():
            self._on_refused(refusal.status)
            self._transport.write(own_response(refusal.status, refusal.reason, close=True))
            self._transport.close()
