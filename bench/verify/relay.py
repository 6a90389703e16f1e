"""A relay that counts bytes, for the runs in which bytes are counted and nothing is timed."""

from __future__ import annotations

import asyncio
import threading


class Relay:
    """Listens on a loopback port of its own and passes bytes to another, both ways."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._ready = threading.Event()
        self.port = 0
        self.bytes = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._ready.wait()

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
        await asyncio.gather(self._pass(reader, sink), self._pass(target, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                self.bytes += len(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # the other end went away: nothing more to count
        finally:
            writer.close()
