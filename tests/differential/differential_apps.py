"""The same small site for ASGI and WSGI servers; node_site.js and the nginx configuration say the same.

Run as a script it serves itself on waitress: `differential_apps.py PORT`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import quote

BIG = b"0123456789abcdef" * (3 * 65536)
GZIPPED = gzip.compress(b'{"hello": "world"}' * 50, mtime=0)


class Page(NamedTuple):
    """An answer; several pieces and no length mean a body of unknown length."""

    status: int
    headers: list[tuple[str, str]]
    pieces: list[bytes]


def page_for(method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Page:
    """The site. `target` is the path with its query."""
    path = target.partition("?")[0]
    found = _fixed().get(path)
    if path == "/cached" and ("if-none-match", '"v1"') in headers:
        found = Page(304, [("ETag", '"v1"')], [])
    if path == "/echo":
        said = {"method": method, "target": target, "headers": headers, "length": len(body),
                "sha": hashlib.sha256(body).hexdigest()}
        text = json.dumps(said).encode()
        found = Page(200, [("Content-Type", "application/json"), ("Content-Length", str(len(text)))], [text])
    if found is None:
        found = Page(404, [("Content-Type", "text/plain"), ("Content-Length", "4")], [b"none"])
    return found


def _fixed() -> dict[str, Page]:
    text = ("Content-Type", "text/plain")
    return {
        "/plain": Page(200, [text, ("Content-Length", "5"), ("Set-Cookie", "a=1; Path=/"), ("X-Dup", "2, 3"),
                             ("Set-Cookie", "b=2; Path=/"), ("X-Dup", "1")], [b"hello"]),
        "/odd": Page(200, [("X-Latin", "caf\xe9"), ("X-Quoted", '"a, b";q=0.5'), ("x-lower", "y"), ("X-UPPER", "z"),
                           ("X-Tab", "a\tb"), ("Content-Length", "0")], []),
        "/streamed": Page(200, [text], [b"one ", b"two ", b"three"] * 20),
        "/big": Page(200, [text, ("Content-Length", str(len(BIG)))], [BIG]),
        "/gzip": Page(200, [("Content-Type", "application/json"),
                            ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"),
                            ("Content-Length", str(len(GZIPPED)))], [GZIPPED]),
        "/nothing": Page(204, [("X-Empty", "yes")], []),
        "/moved": Page(302, [("Location", "/plain?from=moved"), ("Content-Length", "0")], []),
        "/broken": Page(500, [text, ("Content-Length", "6")], [b"broken"]),
        "/cached": Page(200, [("ETag", '"v1"'), ("Content-Length", "6")], [b"cached"]),
    }


async def asgi(
    scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """The site for an ASGI server."""
    if scope["type"] != "http":
        return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    page = page_for(scope["method"], target, headers, body)
    await send({"type": "http.response.start", "status": page.status,
                "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in page.headers]})
    for piece in page.pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


PHRASES = {200: "OK", 204: "No Content", 302: "Found", 304: "Not Modified", 404: "Not Found", 500: "Broken, Sadly"}


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The site for a WSGI server, which has forgotten the order and the spelling of the request's headers."""
    headers = sorted(
        (name[5:].replace("_", "-").lower(), value) for name, value in environ.items() if name.startswith("HTTP_")
    )
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers.append((name.replace("_", "-").lower(), environ[name]))
    target = quote(environ["PATH_INFO"].encode("latin-1"), safe="/;:@&=+$,!~*'()")
    if environ.get("QUERY_STRING"):
        target += "?" + environ["QUERY_STRING"]
    page = page_for(environ["REQUEST_METHOD"], target, headers, environ["wsgi.input"].read())
    start_response(f"{page.status} {PHRASES[page.status]}", page.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else iter(page.pieces)


if __name__ == "__main__":
    import waitress

    waitress.serve(wsgi, host="127.0.0.1", port=int(sys.argv[1]), threads=8)
