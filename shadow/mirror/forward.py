"""What the primary gets of a request's head, and what we add to it: `X-Forwarded-*`, extended, never replaced."""

from __future__ import annotations

from shadow.wire.head import Framing, HeaderList, RequestHead, request_bytes

_FOR, _PROTO, _HOST, _PORT = 1, 2, 4, 8
_NAMES = {
    b"x-forwarded-for": _FOR, b"x-forwarded-proto": _PROTO, b"x-forwarded-host": _HOST, b"x-forwarded-port": _PORT,
}  # fmt: skip


class _Spellings(dict[bytes, int]):
    """Which of our headers a name is, as it was spelt; bounded, since clients choose the names."""

    def __missing__(self, name: bytes) -> int:
        which = _NAMES.get(name.lower(), 0)
        if len(name) <= 64 and len(self) < 4096:
            self[name] = which
        return which


_spellings = _Spellings()


def forwarded_headers(head: RequestHead, peer: str, port: int, *, secure: bool = False) -> HeaderList:
    """Return the request's end-to-end headers with the client's address appended to `X-Forwarded-For`, and
    `X-Forwarded-Proto`, `-Host` and `-Port` set where no proxy before us set them. `secure`: it came over TLS."""
    kept = head.headers.copy()
    present = 0
    spellings = _spellings
    for name, _ in kept:
        present |= spellings[name]
    client = peer.encode("ascii", "replace") or b"unknown"
    if present & _FOR:
        before = [value for name, value in kept if spellings[name] == _FOR]
        kept = [pair for pair in kept if spellings[pair[0]] != _FOR]
        client = b", ".join([*before, client])
    kept.append((b"X-Forwarded-For", client))
    if not present & _PROTO:
        kept.append((b"X-Forwarded-Proto", b"https" if secure else b"http"))
    if not present & _HOST and head.host:
        kept.append((b"X-Forwarded-Host", head.host))
    if not present & _PORT and port:
        kept.append((b"X-Forwarded-Port", b"%d" % port))
    return kept


def with_host(forwarded: HeaderList, authority: bytes) -> HeaderList:
    """Name the primary where a client of HTTP/1.0 named no host: forwarded as HTTP/1.1, a request without one would be
    refused (RFC 9112 3.2)."""
    if any(name.lower() == b"host" for name, _ in forwarded):
        return forwarded
    return [(b"Host", authority), *forwarded]


def request_head(head: RequestHead, prefix: bytes) -> bytes:
    """Return the head that the primary gets of a request with its `sent_lines`, framed as the client's body comes."""
    extra = b"transfer-encoding: chunked\r\n" if head.framing is Framing.chunked else b""
    if head.upgrade:
        extra += b"connection: upgrade\r\nupgrade: %b\r\n" % head.upgrade
    target = head.target if head.target == b"*" else prefix + head.target
    return request_bytes(head.method, target, head.sent_lines, extra)
