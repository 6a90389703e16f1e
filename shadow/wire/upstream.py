"""One connection to a backend: writes a request, parses the answer, tells its receiver."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

import httptools

from shadow.wire import spent
from shadow.wire.head import Framing, HeaderList, ResponseHead, trailer_fields
from shadow.wire.known import KnownAnswers
from shadow.wire.refusal import Refusal

# What a backend may send without getting on: a head, trailers, a chunk's extension. The parser would keep all of it.
MOST_HEAD_BYTES = 256 * 1024

_known_answers = KnownAnswers()


class Receiver(Protocol):
    """Who gets an answer. After `on_complete` or `on_failure` nothing more arrives."""

    def on_interim(self, head: ResponseHead) -> None:
        """A 1xx answer; the final one follows."""

    def on_head(self, head: ResponseHead) -> None:
        """The final answer's head."""

    def on_body(self, data: bytes) -> None:
        """A piece of the body, without its transfer framing."""

    def on_trailers(self, fields: HeaderList) -> None:
        """What came behind a chunked body; `on_complete` follows."""

    def on_switch(self, head: ResponseHead, rest: bytes) -> None:
        """A 101 to a request that asked for it: the connection speaks another protocol now, `rest` came of it."""

    def on_read_end(self) -> None:
        """All that one read brought has been passed on, and the answer goes on: now is the time to write."""

    def on_complete(self, reusable: bool) -> None:
        """The answer is whole. `reusable`: the connection may carry another request."""

    def on_failure(self, failure: str) -> None:
        """The answer will never be whole: `reset`, `protocol` …"""

    def on_writable(self, writable: bool) -> None:
        """The connection's write buffer is full (False) or has room again (True)."""


class UpstreamConnection:
    """A connection that carries one exchange at a time: an asyncio.Protocol by its methods, not by inheritance, since
    a class with a base from elsewhere is compiled to one with a dictionary.

    httptools cannot be told that an answer belongs to a HEAD request, and would take the next answer for its body:
    such an answer ends at its head, the parser is replaced, and bytes that still come close the connection.
    """

    def __init__(self, on_lost: LostCallback) -> None:
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._receiver: Receiver | None = None
        self._parser: httptools.HttpResponseParser = httptools.HttpResponseParser(self)
        self._to_head = False
        self._head: ResponseHead | None = None
        self._headers: HeaderList = []
        self._trailers: HeaderList = []
        self._reason = b""
        self._ended = False
        self._excess = False
        self._upgrades = False
        self._paused = False
        self._head_bytes = 0
        self.closed = False
        self.host = ""
        self.exchanges = 0
        self.idle_since = 0.0
        self.got_bytes = False

    # -- used by the owner of the exchange

    def start(self, receiver: Receiver, *, to_head: bool, data: bytes, upgrades: bool = False) -> None:
        """Begin an exchange by writing the request head (and perhaps body). The connection must be idle.

        `upgrades` tells that the request asks for another protocol, so that a 101 is an answer to it."""
        assert self._receiver is None and self._transport is not None
        self._receiver = receiver
        self._to_head = to_head
        self._upgrades = upgrades
        self._head = None
        self._headers = []
        self._reason = b""
        self._ended = False
        self.got_bytes = False
        self.exchanges += 1
        self._transport.write(data)

    def write(self, data: bytes) -> None:
        """Write a piece of the request's body."""
        assert self._transport is not None
        self._transport.write(data)

    def pause_reading(self) -> None:
        """Stop taking bytes from the backend (its client cannot follow)."""
        if self._transport is not None and not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take bytes from the backend again."""
        if self._transport is not None and self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def abort(self) -> None:
        """Close at once and tell the receiver nothing more."""
        self._receiver = None
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._parser = spent.ANSWERS
        receiver, self._receiver = self._receiver, None
        self._on_lost(self)
        if receiver is not None and self._head is not None and self._head.framing is Framing.close and exc is None:
            receiver.on_complete(False)
        elif receiver is not None:
            receiver.on_failure("reset")

    def eof_received(self) -> bool:
        """The backend closes; so do we."""
        return False

    def pause_writing(self) -> None:
        if self._receiver is not None:
            self._receiver.on_writable(False)

    def resume_writing(self) -> None:
        if self._receiver is not None:
            self._receiver.on_writable(True)

    def data_received(self, data: bytes) -> None:
        if self._receiver is None:
            # Bytes that nobody asked for: the next answer could not be told from them.
            self.abort()
            return
        self.got_bytes = True
        fresh = not self._head_bytes and self._head is None and not self._to_head
        if fresh and self._pass_known(data):
            return
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as switch:
            self._switch(data[switch.args[0]:])
            return
        except httptools.HttpParserCallbackError:
            raise
        except httptools.HttpParserError:
            if not self._ended:
                self._fail("protocol")
                return
        if self._ended:
            if fresh and self._head is not None and not self._excess and not self._trailers:
                _known_answers.learn(data, self._head)
            self._finish()
        elif self._head_bytes > MOST_HEAD_BYTES:
            self._fail("protocol")
        elif self._receiver is not None:
            self._receiver.on_read_end()

    def _pass_known(self, data: bytes) -> bool:
        """Pass an answer on that fills one read and whose head came before: then it is known where it ends."""
        head = _known_answers.again(data)
        if head is None:
            return False
        self._head = head
        self._ended = True
        assert self._receiver is not None
        self._receiver.on_head(head)
        if head.length and self._receiver is not None:
            self._receiver.on_body(data[len(data) - head.length:])
        self._finish()
        return True

    # -- httptools callbacks

    def on_message_begin(self) -> None:
        if self._ended:
            # A second answer to one request: whose it is cannot be known.
            self._excess = True

    def on_status(self, status: bytes) -> None:
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head is None:
            self._headers.append((name, value))
        elif not self._ended:
            self._trailers.append((name, value))

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        receiver = self._receiver
        if receiver is None or self._ended:
            return
        status = self._parser.get_status_code()
        try:
            head = ResponseHead(status, self._reason, self._headers, to_head=self._to_head,
                                version=self._parser.get_http_version())
        except Refusal:
            self._fail("protocol")
            return
        if status < 200:
            if status == 101:
                if self._upgrades and head.upgrade and self._parser.should_upgrade():
                    self._head = head
                else:
                    self._fail("protocol")
                return
            self._headers, self._reason = [], b""
            receiver.on_interim(head)
            return
        self._head = head
        receiver.on_head(head)
        if self._to_head:
            self._ended = True

    def on_body(self, data: bytes) -> None:
        self._head_bytes = 0
        if self._ended:
            self._excess = True
        elif self._head is None:
            # A 1xx answer with a body: nobody knows where the final answer begins.
            self._fail("protocol")
        elif self._receiver is not None:
            self._receiver.on_body(data)

    def on_message_complete(self) -> None:
        self._head_bytes = 0
        if self._head is not None and self._head.status != 101:
            self._ended = True

    # -- endings

    def _finish(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is None:
            return
        head = self._head
        # The parser's own should_keep_alive() has forgotten this message's headers by now.
        reusable = head is not None and head.keep_alive and head.framing is not Framing.close and not self._excess
        # What is still to be written belongs to this exchange, and would come before the next one's request.
        reusable = reusable and self._transport is not None and not self._transport.get_write_buffer_size()
        if self._trailers:
            trailers, self._trailers = self._trailers, []
            receiver.on_trailers(trailer_fields(trailers))
        if self._to_head:
            self._parser = httptools.HttpResponseParser(self)
        self._ended = True
        if not reusable and self._transport is not None:
            self._transport.close()
        if self._paused:
            self.resume_reading()
        receiver.on_complete(reusable)

    def _switch(self, rest: bytes) -> None:
        receiver, head = self._receiver, self._head
        if receiver is None or head is None or head.status != 101:
            self._fail("protocol")
            return
        self._receiver = None
        self.resume_reading()
        receiver.on_switch(head, rest)

    def hand_over(self) -> asyncio.Transport:
        """Give the connection away to another protocol: its transport."""
        self._parser = spent.ANSWERS
        assert self._transport is not None
        return self._transport

    def _fail(self, failure: str) -> None:
        receiver, self._receiver = self._receiver, None
        if self._transport is not None:
            self._transport.abort()
        if receiver is not None:
            receiver.on_failure(failure)


class LostCallback(Protocol):
    """Told when a connection is gone, so that its pool forgets it."""

    def __call__(self, connection: UpstreamConnection, /) -> None: ...
