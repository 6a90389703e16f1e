"""Request and response heads: facts, refusals and serialisation, all pure (RFC 9110, RFC 9112).

Headers are lists of (name, value) pairs of bytes, in order, with duplicates, never joined or split on commas
except where a rule says so (`Connection`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from shadow.wire.refusal import Refusal
from shadow.wire.target import known_hosts, origin_form

HeaderList = list[tuple[bytes, bytes]]

# RFC 9110 7.6.1, with the non-standard Proxy-Connection that old clients send.
HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate",
                        b"proxy-authorization", b"te", b"trailer", b"transfer-encoding", b"upgrade"})
BODYLESS_STATUS = frozenset({204, 304})
# llhttp reads RTSP/1.0 as if it were HTTP/1.0.
_RTSP = frozenset({b"ANNOUNCE", b"DESCRIBE", b"FLUSH", b"GET_PARAMETER", b"PAUSE", b"PLAY", b"RECORD", b"REDIRECT",
                   b"SET_PARAMETER", b"SETUP", b"TEARDOWN"})

# Names the listeners that a request came through; its own name finds it there again, and answers 508. Not `Via`, which
# RFC 9110 7.6.3 asks of proxies: servers answer differently to who sends that (nginx stops compressing).
HOP = b"shadow-hop"

# What a header means to whoever forwards the message; 0 for nearly all of them.
_PLAIN, _DROPPED, _CONNECTION, _CODING, _UPGRADE, _TRAILER, _HOST, _LENGTH, _EXPECT, _HOP = range(10)
_MEANINGS = {
    **dict.fromkeys(HOP_BY_HOP, _DROPPED), b"connection": _CONNECTION, b"transfer-encoding": _CODING,
    b"upgrade": _UPGRADE, b"trailer": _TRAILER, b"host": _HOST, b"content-length": _LENGTH, b"expect": _EXPECT,
    HOP: _HOP,
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


_Others = Sequence[tuple[int, tuple[bytes, bytes]]]


def _split(
    headers: HeaderList,
) -> tuple[HeaderList, Sequence[bytes], Sequence[bytes], Sequence[bytes], _Others]:
    """Go over the headers of a message once: what is end-to-end, the lengths, the transfer codings, what `Connection`
    lists, and, with their meaning, those that only requests or only chunked messages care for."""
    kept: HeaderList = []
    lengths: Sequence[bytes] = ()
    codings: Sequence[bytes] = ()
    listed: Sequence[bytes] = ()
    others: _Others = ()
    meanings = _meanings
    for pair in headers:
        meaning = meanings[pair[0]]
        if meaning:
            if meaning == _LENGTH:
                lengths = [*lengths, pair[1].strip()]
            elif meaning == _CONNECTION:
                listed = [*listed, *[token.strip().lower() for token in pair[1].split(b",")]]
            elif meaning == _CODING:
                codings = [*codings, pair[1].strip().lower()]
            elif meaning != _DROPPED:
                others = [*others, (meaning, pair)]
            if meaning < _HOST:
                continue
        kept.append(pair)
    return kept, lengths, codings, listed, others


def _end_to_end(kept: HeaderList, listed: Sequence[bytes], others: _Others, framing: Framing) -> HeaderList:
    # `Trailer` announces something in chunked messages only.
    if others and framing is Framing.chunked:
        kept = kept + [pair for meaning, pair in others if meaning == _TRAILER]
    return without_listed(kept, listed) if listed else kept


class RequestHead:
    """A parsed request head: what was asked, how its body is framed, and its end-to-end headers.

    `upgrade` is what the client wants to speak from now on (`websocket`), empty where that may not be.
    """

    __slots__ = ("expects_continue", "framing", "headers", "hops", "host", "keep_alive", "length", "method",
                 "offers_upgrade", "sent_lines", "target", "upgrade", "version")
    expects_continue: bool
    framing: Framing
    headers: HeaderList
    hops: Sequence[bytes]
    host: bytes
    keep_alive: bool
    length: int
    offers_upgrade: bool
    # What a handler makes of these headers, as lines, kept for the next request that has the same.
    sent_lines: bytes
    upgrade: bytes

    def __init__(
        self, method: bytes, target: bytes, version: str, headers: HeaderList, like: RequestHead | None = None
    ) -> None:
        """Check the head and split off hop-by-hop headers. Raises Refusal for what must not be forwarded.

        `like` is a head with the same headers, which has been checked."""
        if like is not None:
            self.method = method
            self.target = target
            self.version = version
            self.length = like.length
            self.host = like.host
            self.expects_continue = like.expects_continue
            self.hops = like.hops
            self.framing = like.framing
            self.keep_alive = like.keep_alive
            self.headers = headers
            self.offers_upgrade = like.offers_upgrade
            self.upgrade = like.upgrade
            self.sent_lines = like.sent_lines
            return
        if version not in ("1.1", "1.0"):
            raise Refusal(505, f"HTTP/{version} is not supported here")
        if version == "1.0" and method in _RTSP:
            raise Refusal(501, "RTSP is not supported")
        if method == b"CONNECT":
            raise Refusal(501, "CONNECT is not supported")
        self.method = method
        self.target = target
        self.version = version
        self.length = 0
        self.host = b""
        self.expects_continue = False
        self.hops = ()
        self.sent_lines = b""
        kept, lengths, codings, listed, others = _split(headers)
        hosts = 0
        upgrades: list[bytes] | None = None
        for meaning, pair in others:
            if meaning == _HOST:
                hosts += 1
                self.host = pair[1]
            elif meaning == _UPGRADE:
                upgrades = [*(upgrades or ()), pair[1]]
            elif meaning == _EXPECT:
                self.expects_continue = pair[1].strip().lower() == b"100-continue"
            elif meaning == _HOP:
                self.hops = [*self.hops, pair[1]]
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            raise Refusal(400, "a request needs exactly one Host header")
        if not known_hosts[self.host]:
            raise Refusal(400, "the Host header does not name a host")
        if target[:1] != b"/":
            self._to_origin_form(kept)
        self.framing = self._framing(version, lengths, codings) if lengths or codings else Framing.none
        self.keep_alive = b"close" not in listed and (version == "1.1" or b"keep-alive" in listed)
        self.headers = _end_to_end(kept, listed, others, self.framing)
        self.offers_upgrade = upgrades is not None
        self.upgrade = b"" if upgrades is None else self._upgrade(upgrades, listed)

    def _to_origin_form(self, kept: HeaderList) -> None:
        # RFC 9112 3.2.2: what the URL says wins over what the Host header says.
        self.target, authority = origin_form(self.method, self.target)
        if authority:
            self.host = authority
            kept[:] = [(b"Host", authority), *(pair for pair in kept if _meanings[pair[0]] != _HOST)]

    def _framing(self, version: str, lengths: Sequence[bytes], codings: Sequence[bytes]) -> Framing:
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

    def _upgrade(self, upgrades: list[bytes], listed: Sequence[bytes]) -> bytes:
        # RFC 9110 7.8: an offer that the server may ignore, as we do where it cannot be tunnelled. h2c is ignored
        # too: Java's client offers it with its first request, and HTTP/2 could not be mirrored.
        if b"upgrade" not in listed or self.version != "1.1" or self.framing is not Framing.none:
            return b""
        offers = [offer.strip() for value in upgrades for offer in value.split(b",")]
        return b", ".join([offer for offer in offers if offer and offer.lower() != b"h2c"])


class ResponseHead:
    """A parsed response head: status, framing of its body, end-to-end headers."""

    __slots__ = ("_lines", "framing", "headers", "is_plain", "keep_alive", "length", "passed", "reason", "status",
                 "upgrade")

    def __init__(
        self, status: int, reason: bytes, headers: HeaderList, *, to_head: bool, version: str = "1.1"
    ) -> None:
        """Split off hop-by-hop headers and decide the framing (RFC 9112 6.3). Raises Refusal (502) on conflict."""
        if status < 100:
            raise Refusal(502, "the primary's answer has no status")
        self.status = status
        self.reason = reason
        self.length = 0
        # What a handler makes of this head, kept for the next answer that has the same.
        self.passed = self._lines = b""
        kept, lengths, codings, listed, others = _split(headers)
        self.keep_alive = b"close" not in listed and (version == "1.1" or b"keep-alive" in listed)
        if to_head or status < 200 or status in BODYLESS_STATUS:
            self.framing = Framing.none
            if codings and not to_head and status != 304:
                # It must not say so (RFC 9112 6.1): whether a body follows after all, nobody knows.
                self.keep_alive = False
        elif codings:
            if lengths or len(codings) > 1 or codings[0] != b"chunked":
                raise Refusal(502, "the primary's answer has ambiguous body framing")
            self.framing = Framing.chunked
        elif lengths:
            if len(lengths) > 1 and len(set(lengths)) > 1:
                raise Refusal(502, "the primary's answer has two lengths")
            self.framing = Framing.length
            self.length = int(lengths[0]) if lengths[0].isdigit() else -1
        else:
            self.framing = Framing.close
        self.headers = _end_to_end(kept, listed, others, self.framing)
        self.upgrade = b""
        # Whether the head alone tells where the answer ends, and the connection goes on behind it.
        unknown = self.framing is Framing.chunked or self.framing is Framing.close
        self.is_plain = self.keep_alive and status >= 200 and not unknown
        if status == 101:
            self.upgrade = b", ".join([pair[1] for meaning, pair in others if meaning == _UPGRADE])

    @property
    def lines(self) -> bytes:
        """The end-to-end headers as one piece, each with its line end."""
        lines = self._lines
        if not lines:
            lines = self._lines = header_lines(self.headers)
        return lines

    def add_trailers(self, fields: HeaderList) -> None:
        """Take what came behind the body for headers, under names that no header can have: for who compares them."""
        self.headers = self.headers + as_headers(fields)
        self._lines = b""


def without_listed(headers: HeaderList, listed: Sequence[bytes]) -> HeaderList:
    """Drop the headers that `Connection` names; `close` and `keep-alive` are options, not headers."""
    # Content-Length and Host frame and route the message: nobody may have them dropped on the way.
    names = [name for name in listed if name not in _NEVER_DROPPED]
    if not names:
        return headers
    return [pair for pair in headers if pair[0].lower() not in names]


def trailer_fields(fields: HeaderList) -> HeaderList:
    """Return what may be passed on of a message's trailers: nothing that frames or routes it (RFC 9110 6.5.1)."""
    return [pair for pair in fields if not _meanings[pair[0]]]


def as_headers(trailers: HeaderList) -> HeaderList:
    """Return trailers as headers for whoever compares them, under names that no header can have."""
    return [(b"trailer/" + name, value) for name, value in trailers]


def header_lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Serialise headers, each with its line end."""
    return b"%b\r\n" % b"\r\n".join(map(_line, headers)) if headers else b""


def request_bytes(method: bytes, target: bytes, lines: bytes, extra: bytes = b"") -> bytes:
    """Serialise a request head; `lines` and `extra` hold ready-made header lines, each ending in CRLF."""
    return b"%b %b HTTP/1.1\r\n%b%b\r\n" % (method, target, lines, extra)


def response_bytes(status: int, reason: bytes, lines: bytes, extra: bytes = b"") -> bytes:
    """Serialise a response head; `lines` and `extra` hold ready-made header lines, each ending in CRLF."""
    return b"HTTP/1.1 %d %b\r\n%b%b\r\n" % (status, reason, lines, extra)
