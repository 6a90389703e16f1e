"""The upstream connections of one address: idle ones are reused last-in first-out, busy ones are counted."""

from __future__ import annotations

import asyncio
from collections import deque

from shadow.wire.address import Address
from shadow.wire.upstream import UpstreamConnection


class ConnectError(Exception):
    """Raised when no connection could be had; `reason` is one word: refused, connect_timeout, dns, unreachable,
    exhausted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Pool:
    """Connections to one address, at most `limit` of them; who finds none free waits in line."""

    def __init__(self, address: Address, *, limit: int, connect_timeout_s: float, idle_s: float = 60.0) -> None:
        self.address = address
        self._limit = limit
        self._connect_timeout_s = connect_timeout_s
        self._idle_s = idle_s
        self._idle: list[UpstreamConnection] = []
        self._all: set[UpstreamConnection] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[UpstreamConnection | None]] = deque()

    def __repr__(self) -> str:
        return f"<Pool {self.address}: {len(self._all)} open, {len(self._idle)} idle, {len(self._waiting)} waiting>"

    def take_idle(self) -> UpstreamConnection | None:
        """Return a connection that is open and free, or None; never waits."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.closed:
                continue
            if now - connection.idle_since > self._idle_s:
                connection.abort()
                continue
            return connection
        return None

    async def take(self, *, fresh: bool = False) -> UpstreamConnection:
        """Return a free or new connection, waiting for one at the limit. Raises ConnectError.

        `fresh` asks for a new connection, for a retry after a reused one turned out to be closed."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._connect_timeout_s
        while True:
            if not fresh:
                connection = self.take_idle()
                if connection is not None:
                    return connection
            if len(self._all) + self._opening < self._limit:
                return await self._open(deadline - loop.time())
            if fresh and self._idle:
                self._idle.pop(0).abort()
                continue
            turn: asyncio.Future[UpstreamConnection | None] = loop.create_future()
            self._waiting.append(turn)
            try:
                handed = await asyncio.wait_for(turn, deadline - loop.time())
            except TimeoutError:
                raise ConnectError("exhausted") from None
            finally:
                if turn in self._waiting:
                    self._waiting.remove(turn)
            if handed is not None and not handed.closed:
                return handed

    def release(self, connection: UpstreamConnection) -> None:
        """Give a connection back after a whole exchange."""
        if connection.closed:
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.append(connection)

    def close(self) -> None:
        """Abort every connection."""
        for connection in list(self._all):
            connection.abort()
        self._idle.clear()

    async def _open(self, timeout_s: float) -> UpstreamConnection:
        loop = asyncio.get_running_loop()
        self._opening += 1
        try:
            async with asyncio.timeout(timeout_s):
                _, connection = await loop.create_connection(
                    lambda: UpstreamConnection(self._forget), self.address.host, self.address.port
                )
        except TimeoutError:
            raise ConnectError("connect_timeout") from None
        except ConnectionRefusedError:
            raise ConnectError("refused") from None
        except OSError as error:
            # getaddrinfo failures are OSErrors too; their class tells them apart.
            raise ConnectError("dns" if type(error).__name__ == "gaierror" else "unreachable") from None
        finally:
            self._opening -= 1
        self._all.add(connection)
        return connection

    def _forget(self, connection: UpstreamConnection) -> None:
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        # A place is free now: whoever waits may open a connection of its own.
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
