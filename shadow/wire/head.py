"""Request and response heads: facts, refusals and serialisation, all pure (RFC 9110, RFC 9112).

Headers are lists of (name, value) pairs of bytes, in order, with duplicates, never joined or split on commas
except where a rule says so (`Connection`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from http import HTTPStatus

HeaderList = list[tuple[bytes, bytes]]

# RFC 9110 7.6.1, with the non-standard Proxy-Connection that old clients send.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
BODYLESS_STATUS = frozenset({204, 304})

# What a header means to whoever forwards the message; 0 for nearly all of them.
_PLAIN, _DROPPED, _CONNECTION, _CODING, _UPGRADE, _HOST, _LENGTH, _EXPECT, _VIA = range(9)
_MEANINGS = {
    **dict.fromkeys(HOP_BY_HOP, _DROPPED), b"connection": _CONNECTION, b"transfer-encoding": _CODING,
    b"upgrade": _UPGRADE, b"host": _HOST, b"content-length": _LENGTH, b"expect": _EXPECT, b"via": _VIA,
}  # fmt: skip


class _Meanings(dict[bytes, int]):
    """Meanings by name as it was spelt: looking a spelling up is far cheaper than lowering and comparing it.

    What peers can make it remember is bounded, in number and in size.
    """

    def __missing__(self, name: bytes) -> int:
        meaning = _MEANINGS.get(name.lower(), _PLAIN)
        if len(name) <= 64 and len(self) < 4096:
            self[name] = meaning
        return meaning


_meanings = _Meanings()
_line = b": ".join
_NEVER_DROPPED = frozenset({b"", b"close", b"keep-alive", b"content-length", b"host"})


class Framing(Enum):
    """How the end of a body is told."""

    none = "none"
    length = "length"
    chunked = "chunked"
    close = "close"


class Refusal(Exception):
    """Raised when a request must not be forwarded; carries the status and the reason that the client is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class RequestHead:
    """A parsed request head: what was asked, how its body is framed, and its end-to-end headers."""

    __slots__ = ("expects_continue", "framing", "headers", "host", "keep_alive", "length", "method", "target",
                 "upgrade", "version", "via")

    def __init__(self, method: bytes, target: bytes, version: str, headers: HeaderList) -> None:
        """Check the head and split off hop-by-hop headers. Raises Refusal for what must not be forwarded."""
        if version not in ("1.1", "1.0"):
            raise Refusal(505, f"HTTP/{version} is not supported here")
        if method == b"CONNECT":
            raise Refusal(501, "CONNECT is not supported")
        self.method = method
        self.target = target
        self.version = version
        self.length = 0
        self.host = b""
        self.expects_continue = False
        self.upgrade = False
        self.via: list[bytes] = []
        lengths: list[bytes] = []
        codings: list[bytes] = []
        hosts = 0
        listed: list[bytes] = []
        kept: HeaderList = []
        meanings = _meanings
        for pair in headers:
            name, value = pair
            meaning = meanings[name]
            if meaning:
                if meaning == _CONNECTION:
                    listed.extend([token.strip().lower() for token in value.split(b",")])
                elif meaning == _CODING:
                    codings.append(value.strip().lower())
                elif meaning == _UPGRADE:
                    self.upgrade = True
                elif meaning == _HOST:
                    hosts += 1
                    self.host = value
                elif meaning == _LENGTH:
                    lengths.append(value.strip())
                elif meaning == _EXPECT:
                    self.expects_continue = value.strip().lower() == b"100-continue"
                elif meaning == _VIA:
                    self.via.append(value)
                if meaning < _HOST:
                    continue
            kept.append(pair)
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            raise Refusal(400, "a request needs exactly one Host header")
        self.framing = self._framing(version, lengths, codings)
        self.keep_alive = b"close" not in listed and (version == "1.1" or b"keep-alive" in listed)
        self.headers = without_listed(kept, listed)

    def _framing(self, version: str, lengths: list[bytes], codings: list[bytes]) -> Framing:
        # RFC 9112 6.1-6.3: what is ambiguous is refused, never repaired.
        if codings:
            if version == "1.0" or lengths or len(codings) > 1 or codings[0] != b"chunked":
                raise Refusal(400, "ambiguous body framing: Transfer-Encoding must be a single `chunked`, alone")
            return Framing.chunked
        if not lengths:
            return Framing.none
        if len(lengths) > 1 or not lengths[0].isdigit():
            raise Refusal(400, "Content-Length must be given once, in digits")
        self.length = int(lengths[0])
        return Framing.length if self.length else Framing.none


class ResponseHead:
    """A parsed response head: status, framing of its body, end-to-end headers."""

    __slots__ = ("framing", "headers", "keep_alive", "reason", "status")

    def __init__(
        self, status: int, reason: bytes, headers: HeaderList, *, to_head: bool, version: str = "1.1"
    ) -> None:
        """Split off hop-by-hop headers and decide the framing (RFC 9112 6.3). Raises Refusal (502) on conflict."""
        self.status = status
        self.reason = reason
        lengths: list[bytes] = []
        codings: list[bytes] = []
        listed: list[bytes] = []
        kept: HeaderList = []
        meanings = _meanings
        for pair in headers:
            name, value = pair
            meaning = meanings[name]
            if meaning:
                if meaning == _CONNECTION:
                    listed.extend([token.strip().lower() for token in value.split(b",")])
                elif meaning == _CODING:
                    codings.append(value.strip().lower())
                elif meaning == _LENGTH:
                    lengths.append(value.strip())
                if meaning < _HOST:
                    continue
            kept.append(pair)
        self.headers = without_listed(kept, listed)
        self.keep_alive = b"close" not in listed and (version == "1.1" or b"keep-alive" in listed)
        if to_head or status < 200 or status in BODYLESS_STATUS:
            self.framing = Framing.none
        elif codings:
            if lengths or codings != [b"chunked"]:
                raise Refusal(502, "the primary's answer has ambiguous body framing")
            self.framing = Framing.chunked
        elif lengths:
            if len(lengths) > 1 and len(set(lengths)) > 1:
                raise Refusal(502, "the primary's answer has two lengths")
            self.framing = Framing.length
        else:
            self.framing = Framing.close


def without_listed(headers: HeaderList, listed: Iterable[bytes]) -> HeaderList:
    """Drop the headers that `Connection` names; `close` and `keep-alive` are options, not headers."""
    # Content-Length and Host frame and route the message: nobody may have them dropped on the way.
    names = [name for name in listed if name not in _NEVER_DROPPED]
    if not names:
        return headers
    return [pair for pair in headers if pair[0].lower() not in names]


def request_bytes(method: bytes, target: bytes, headers: HeaderList, extra: bytes = b"") -> bytes:
    """Serialise a request head; `extra` holds ready-made header lines, each ending in CRLF."""
    lines = [b"%b %b HTTP/1.1" % (method, target), *map(_line, headers)]
    return b"%b\r\n%b\r\n" % (b"\r\n".join(lines), extra)


def response_bytes(status: int, reason: bytes, headers: HeaderList, extra: bytes = b"") -> bytes:
    """Serialise a response head; `extra` holds ready-made header lines, each ending in CRLF."""
    lines = [b"HTTP/1.1 %d %b" % (status, reason), *map(_line, headers)]
    return b"%b\r\n%b\r\n" % (b"\r\n".join(lines), extra)


def own_response(status: int, reason: str, *, close: bool, with_body: bool = True) -> bytes:
    """An answer of our own (400, 502, 504 …): plain text that says who speaks and why."""
    phrase = HTTPStatus(status).phrase.encode()
    body = f"shadow: {reason}\n".encode()
    head = b"HTTP/1.1 %d %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n%b\r\n" % (
        status,
        phrase,
        len(body),
        b"connection: close\r\n" if close else b"",
    )
    return head + body if with_body else head
