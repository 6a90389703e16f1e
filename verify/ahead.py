"""Reading ahead: the next piece of a stream is on its way while the last one is used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator


class Ahead:
    """The pieces of a stream, each asked for as soon as the one before it is handed out."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._next: asyncio.Task[bytes] | None = None

    async def take(self) -> bytes:
        """Return the next piece, empty at the end. Raises what the stream raises."""
        if self._next is None:
            self._next = self._asked()
        piece = await self._next
        self._next = self._asked() if piece else None
        return piece

    async def close(self) -> None:
        """Stop reading, and let go of the stream."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
            self._next = None
        await self._pieces.aclose()  # type: ignore[attr-defined]

    def _asked(self) -> asyncio.Task[bytes]:
        return asyncio.ensure_future(anext(self._pieces, b""))
