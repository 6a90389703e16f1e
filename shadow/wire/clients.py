"""The open client connections of a listener."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shadow.wire.inbound import Inbound


class Clients:
    """A set that can be waited on until it is empty."""

    def __init__(self) -> None:
        self._open: set[Inbound] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Inbound]:
        return iter(list(self._open))

    def add(self, inbound: Inbound) -> None:
        """A client connected."""
        self._open.add(inbound)
        self._empty.clear()

    def discard(self, inbound: Inbound) -> None:
        """A client left."""
        self._open.discard(inbound)
        if not self._open:
            self._empty.set()

    async def wait_empty(self) -> None:
        """Wait until nobody is connected."""
        await self._empty.wait()
