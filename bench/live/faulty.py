"""A candidate that hangs after it has read a request, or floods with an endless body:
`python faulty.py hung|flooding PORT`."""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
_PIECE = b"10000\r\n" + b" " * 0x10000 + b"\r\n"


class Faulty(asyncio.Protocol):
    """Reads, and answers never or without end."""

    def __init__(self, floods: bool) -> None:
        self._floods = floods
        self._flooding = False
        self._writable = True
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._floods and not self._flooding:
            self._flooding = True
            self._transport.write(_HEAD)
            self._flood()

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._flood()

    def _flood(self) -> None:
        while self._writable and not self._transport.is_closing():
            self._transport.write(_PIECE)


async def main(mode: str, port: int) -> None:
    """Serve for ever."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Faulty(mode == "flooding"), "127.0.0.1", port, backlog=4096
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
