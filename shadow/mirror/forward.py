"""What the listener adds to a forwarded request: `X-Forwarded-*` and `Via`, extended, never replaced."""

from __future__ import annotations

from shadow.wire.head import HeaderList, RequestHead


def forwarded_headers(head: RequestHead, *, peer: str, port: int) -> HeaderList:
    """Return the request's end-to-end headers with the client's address appended to `X-Forwarded-For`, and
    `X-Forwarded-Proto`, `-Host` and `-Port` set where no proxy before us set them."""
    kept: HeaderList = []
    before: list[bytes] = []
    present = set()
    for pair in head.headers:
        name = pair[0].lower()
        if name == b"x-forwarded-for":
            before.append(pair[1])
            continue
        present.add(name)
        kept.append(pair)
    client = peer.encode("ascii", "replace") or b"unknown"
    kept.append((b"X-Forwarded-For", b", ".join([*before, client])))
    if b"x-forwarded-proto" not in present:
        kept.append((b"X-Forwarded-Proto", b"http"))
    if b"x-forwarded-host" not in present and head.host:
        kept.append((b"X-Forwarded-Host", head.host))
    if b"x-forwarded-port" not in present and port:
        kept.append((b"X-Forwarded-Port", b"%d" % port))
    return kept
