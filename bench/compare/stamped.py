"""A backend whose every answer carries a fresh timestamp: `python stamped.py PORT`, paths as in bench.live.backends."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from typing import cast

import uvloop

from bench.live.backends import SIZES, document, path_of

_STAMP = b"2026-03-01T10:00:00Z"


class Stamped(asyncio.Protocol):
    """Answers GET, one request after the other on a connection."""

    def __init__(self, bodies: dict[bytes, tuple[bytes, bytes]]) -> None:
        self._bodies = bodies
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        assert self._transport is not None
        for head in heads:
            before, after = self._bodies[head.split(b" ", 2)[1]]
            now = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="microseconds").encode()
            body = before + now.replace(b"+00:00", b"Z") + after
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: stamped\r\nVary: Accept-Encoding\r\n"
                b"Cache-Control: no-store\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )


async def serve(port: int) -> None:
    """Serve until killed."""
    bodies = {}
    for size, size_bytes in SIZES.items():
        before, _, after = document(size_bytes - 7).partition(_STAMP)
        bodies[path_of(size).encode()] = (before, after)
    loop = asyncio.get_running_loop()
    await (await loop.create_server(lambda: Stamped(bodies), "127.0.0.1", port)).serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
