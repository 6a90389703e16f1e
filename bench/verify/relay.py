"""A relay that counts bytes and queries, for the runs in which those are counted and nothing is timed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Protocol


class Counter(Protocol):
    """What counts the queries of one connection."""

    asked: int

    def feed(self, data: bytes) -> None:
        """Take in the next bytes of the client."""


class Relay:
    """Listens on a loopback port of its own and passes bytes to another, both ways."""

    def __init__(self, port: int, counter: Callable[[], Counter] | None = None) -> None:
        self._target = port
        self._counter = counter
        self._counters: list[Counter] = []
        self._ready = threading.Event()
        self.port = 0
        self.bytes = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._ready.wait()

    @property
    def queries(self) -> int:
        """How many queries all connections have sent."""
        return sum(one.asked for one in self._counters)

    def close(self) -> None:
        """Stop listening and drop what is still connected."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target, sink = await asyncio.open_connection("127.0.0.1", self._target)
        counter = self._counter() if self._counter else None
        if counter is not None:
            self._counters.append(counter)
        await asyncio.gather(self._pass(reader, sink, counter), self._pass(target, writer, None))

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counter: Counter | None
    ) -> None:
        try:
            while data := await reader.read(65536):
                self.bytes += len(data)
                if counter is not None:
                    counter.feed(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # the other end went away: nothing more to count
        finally:
            writer.close()
