"""The upstream connections of one address: idle ones are reused last-in first-out, busy ones are counted."""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic

from shadow.wire.address import Address
from shadow.wire.dial import ConnectError, Dialer
from shadow.wire.upstream import UpstreamConnection


class Pool:
    """Connections to one address, at most `limit` of them; who finds none free waits in line."""

    def __init__(
        self,
        address: Address,
        *,
        limit: int,
        connect_timeout_s: float,
        idle_s: float = 60.0,
        dialer: Dialer | None = None,
    ) -> None:
        self.address = address
        self._dialer = dialer or Dialer(address)
        self._limit = limit
        self._connect_timeout_s = connect_timeout_s
        self._idle_s = idle_s
        self._idle: list[UpstreamConnection] = []
        self._all: set[UpstreamConnection] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[UpstreamConnection | None]] = deque()

    def __repr__(self) -> str:
        return f"<Pool {self.address}: {len(self._all)} open, {len(self._idle)} idle, {len(self._waiting)} waiting>"

    @property
    def has_idle(self) -> bool:
        """Whether a connection is there that seems open and free."""
        return any(not connection.closed for connection in self._idle)

    def take_idle(self) -> UpstreamConnection | None:
        """Return a connection that is open and free, or None; never waits."""
        now = monotonic()
        dialer = self._dialer
        if now > dialer.due and dialer.hosts:
            dialer.refresh()
        while self._idle:
            connection = self._idle.pop()
            if connection.closed:
                continue
            # To an address that the name has no longer, nothing more is sent.
            gone = connection.host and connection.host not in dialer.hosts
            if gone or now - connection.idle_since > self._idle_s:
                connection.abort()
                continue
            return connection
        return None

    async def take(self, *, fresh: bool = False) -> UpstreamConnection:
        """Return a free or new connection, waiting for one at the limit. Raises ConnectError.

        `fresh` asks for a new connection, for a retry after a reused one turned out to be closed."""
        if not fresh:
            connection = self.take_idle()
            if connection is not None:
                return connection
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
                # Its place is free once it is closed, which is told like any other loss.
                self._idle.pop(0).abort()
            handed = await self._turn(deadline - loop.time())
            if handed is not None and not handed.closed:
                return handed

    def release(self, connection: UpstreamConnection) -> None:
        """Give a connection back after a whole exchange."""
        if connection.closed:
            return
        if connection not in self._all:
            # Of a pool that this one replaced: it has done its last exchange.
            connection.abort()
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        connection.idle_since = monotonic()
        self._idle.append(connection)

    def retire(self) -> None:
        """Another pool takes over: close what is idle. What is busy closes when it is released, to the other one."""
        for connection in list(self._idle):
            connection.abort()

    def detach(self, connection: UpstreamConnection) -> None:
        """Count a busy connection no longer: it left HTTP, and may last for hours."""
        self._all.discard(connection)
        self._offer_place()

    def close(self) -> None:
        """Abort every connection."""
        for connection in list(self._all):
            connection.abort()
        self._idle.clear()

    async def _turn(self, timeout_s: float) -> UpstreamConnection | None:
        """Wait in line for a connection, or for None: there is a place for a new one. Raises ConnectError."""
        turn: asyncio.Future[UpstreamConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await asyncio.wait([turn], timeout=timeout_s)
        except asyncio.CancelledError:
            # What was handed over at that very moment goes to the next in line.
            handed = turn.result() if turn.done() else None
            if handed is not None:
                self.release(handed)
            elif turn.done():
                self._offer_place()
            turn.cancel()
            raise
        if not turn.done():
            turn.cancel()
            self._waiting.remove(turn)
            raise ConnectError("exhausted")
        return turn.result()

    async def _open(self, timeout_s: float) -> UpstreamConnection:
        self._opening += 1
        opened = False
        try:
            connection = await self._dialer.dial(lambda: UpstreamConnection(self._forget), timeout_s)
            opened = True
        finally:
            self._opening -= 1
            # Not by `connection is None`: mypyc believes in a `finally` what holds at the end of the `try`.
            if not opened:
                self._offer_place()
        self._all.add(connection)
        return connection

    def _forget(self, connection: UpstreamConnection) -> None:
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._offer_place()

    def _offer_place(self) -> None:
        """There is room for one more: whoever waits longest may open a connection of its own."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
