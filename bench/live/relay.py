"""An L4 relay: bytes from a client to one upstream connection of its own and back, no HTTP. The floor of a proxy
in this language: `python relay.py LISTEN_PORT UPSTREAM_PORT`."""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import cast

import uvloop


class Side(asyncio.Protocol):
    """One side of a relayed pair of connections."""

    def __init__(self, upstream_port: int = 0) -> None:
        self._upstream_port = upstream_port
        self._waiting: list[bytes] = []
        self.other: Side | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self._upstream_port:
            self._task = asyncio.get_running_loop().create_task(self._connect())

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)
        else:
            self._waiting.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, other = await loop.create_connection(Side, "127.0.0.1", self._upstream_port)
        other.other, self.other = self, other
        assert other.transport is not None
        other.transport.writelines(self._waiting)


async def main(listen_port: int, upstream_port: int) -> None:
    """Relay for ever."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Side(upstream_port), "127.0.0.1", listen_port, backlog=4096
    )
    gc.freeze()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
