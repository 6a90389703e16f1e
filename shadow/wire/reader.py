"""What one client sends, taken apart strictly: heads, pieces of bodies, trailers, ends.

llhttp knows a list of methods and refuses raw bytes above 0x7f in a target; primaries may know others, and take them.
Such a request line is parsed with a stand-in and passed on as it is meant (`_second_try`).
"""

from __future__ import annotations

import re
from time import monotonic

import httptools

from shadow.wire import spent
from shadow.wire.head import Framing, HeaderList, RequestHead, trailer_fields
from shadow.wire.known import LastRequest
from shadow.wire.refusal import Refusal

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_LINE = re.compile(rb"(?:\r\n)*(" + _TOKEN + rb") ([^\x00-\x20\x7f]+) (HTTP/1\.[01]\r\n)")
_BEGUN_LINE = re.compile(rb"(?:\r\n)*" + _TOKEN + rb"(?: [^\x00-\x20\x7f]*(?: H?T?T?P?/?1?\.?[01]?\r?)?)?")
_BETWEEN, _HEAD, _BODY = range(3)
_BY_FRAMING = {Framing.length: b"content-length: %d\r\n", Framing.chunked: b"transfer-encoding: chunked\r\n"}


class RequestReader:
    """Base of a client connection: feeds the parser and is told what it found. What is told is for a subclass."""

    def __init__(self, *, max_header_bytes: int, max_headers: int) -> None:
        self._max_header_bytes = max_header_bytes
        self._max_headers = max_headers
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._method = b""
        self._headers: HeaderList = []
        self._trailers: HeaderList = []
        self._part = _BETWEEN
        self._head_bytes = 0
        self._pieces: list[bytes] = []
        self._deaf = False
        self._head: RequestHead | None = None
        self._last_request = LastRequest()
        self._refusal: Refusal | None = None
        self.head_since = 0.0

    # -- what a subclass does with it

    def _on_head(self, head: RequestHead) -> None:
        raise NotImplementedError

    def _on_trailers(self, fields: HeaderList) -> None:
        raise NotImplementedError

    def _on_end(self) -> None:
        raise NotImplementedError

    def _on_refusal(self) -> None:
        raise NotImplementedError

    def _on_switch(self, rest: bytes) -> None:
        raise NotImplementedError

    # -- feeding

    def _let_go_of_parser(self) -> None:
        """Nothing more will be fed."""
        self._parser = spent.REQUESTS

    def _feed(self, data: bytes) -> None:
        """Parse what one read brought."""
        fresh = self._part == _BETWEEN and not self._head_bytes
        size = len(data)
        if fresh and not self._deaf and not self._method and size <= self._max_header_bytes:
            head = self._last_request.again(data)
            if head is not None:
                self._on_head(head)
                if head.length:
                    self.on_body(data[size - head.length:])
                self._on_end()
                return
            self._head = None
        self._head_bytes += size
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as switch:
            self._switched(data[switch.args[0]:])
            return
        except httptools.HttpParserCallbackError:
            raise
        except (httptools.HttpParserInvalidMethodError, httptools.HttpParserInvalidURLError) as error:
            self._second_try(data, error, fresh=fresh)
        except httptools.HttpParserError as error:
            self._refuse(Refusal(400, f"malformed request ({error})"))
        if self._head_bytes:
            self._unfinished(data, fresh=fresh)
        elif fresh and self._part == _BETWEEN and self._head is not None and self._refusal is None:
            self._last_request.learn(data, self._head)
        else:
            self._last_request.forget()

    def _unfinished(self, data: bytes, *, fresh: bool) -> None:
        """A head, or trailers, that have not ended yet: the parser keeps what it has of them."""
        if self._head_bytes > self._max_header_bytes:
            self._refuse(self._too_large())
        elif not self.head_since:
            self.head_since = monotonic()
        if fresh:
            self._pieces = [data]
        elif self._pieces:
            self._pieces.append(data)

    def _second_try(self, data: bytes, error: Exception, *, fresh: bool) -> None:
        text = data if fresh else b"".join([*self._pieces, data])
        whole = self._head_bytes == len(text) and (fresh or bool(self._pieces)) and not self._method
        found = _LINE.match(text) if whole else None
        if found is None:
            if not (whole and _BEGUN_LINE.fullmatch(text)):
                self._refuse(Refusal(400, f"malformed request ({error})"))
            return
        self._method = found[1]
        # RFC 3987 3.1: what a URI has no sign for is percent-encoded.
        target = re.sub(rb"[\x80-\xff]", lambda raw: b"%%%02X" % raw[0][0], found[2])
        self._parser = httptools.HttpRequestParser(self)
        self._head_bytes = 0
        self._part = _BETWEEN
        self._feed(b"POST %b %b%b" % (target, found[3], text[found.end():]))

    def _switched(self, rest: bytes) -> None:
        """llhttp stops behind a head that asks for an upgrade, body or not: what follows is for a new parser."""
        head = self._head
        if self._refusal is not None or head is None:
            return
        self._parser = httptools.HttpRequestParser(self)
        if head.upgrade:
            self._on_switch(rest)
            return
        if head.framing is not Framing.none:
            line = _BY_FRAMING[head.framing]
            framing = line % head.length if head.framing is Framing.length else line
            self._parser.feed_data(b"POST / HTTP/1.1\r\nhost: x\r\n%b\r\n" % framing)
            self._deaf = False
        if rest:
            self._feed(rest)

    def on_body(self, data: bytes) -> None:
        """A piece of a body, of the parser or of a request that is known."""
        raise NotImplementedError

    # -- httptools callbacks

    def on_message_begin(self) -> None:
        self._target = b""
        self._headers = []
        self._part = _HEAD

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._part == _HEAD:
            self._headers.append((name, value))
        else:
            self._trailers.append((name, value))

    def on_headers_complete(self) -> None:
        self._part = _BODY
        read_bytes, self._head_bytes = self._head_bytes, 0
        if self.head_since:
            self.head_since = 0.0
            self._pieces.clear()
        if self._deaf:
            return
        parser = self._parser
        method = parser.get_method()
        if self._method:
            method, self._method = self._method, b""
        try:
            if read_bytes > self._max_header_bytes and self._size_of_head() > self._max_header_bytes:
                raise self._too_large()
            if len(self._headers) > self._max_headers:
                raise Refusal(431, f"more than {self._max_headers} headers")
            self._head = head = RequestHead(method, self._target, parser.get_http_version(), self._headers)
        except Refusal as refusal:
            self._refuse(refusal)
            return
        self._on_head(head)
        if head.offers_upgrade and parser.should_upgrade() and head.framing is not Framing.none:
            # The parser is about to end a message whose body has not come yet.
            self._deaf = True

    def on_message_complete(self) -> None:
        self._part = _BETWEEN
        self._head_bytes = 0
        if self.head_since:
            self.head_since = 0.0
        if self._deaf:
            return
        if self._trailers:
            trailers, self._trailers = self._trailers, []
            self._on_trailers(trailer_fields(trailers))
        self._on_end()

    # -- refusing

    def _size_of_head(self) -> int:
        line = len(self._parser.get_method()) + len(self._target) + len("  HTTP/1.1\r\n\r\n")
        return line + sum(len(name) + len(value) + len(": \r\n") for name, value in self._headers)

    def _too_large(self) -> Refusal:
        return Refusal(431, f"request head larger than {self._max_header_bytes} bytes")

    def _refuse(self, refusal: Refusal) -> None:
        if self._refusal is None:
            self._refusal = refusal
            self._deaf = True
            self._on_refusal()
