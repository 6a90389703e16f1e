from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from verify.ahead import Ahead


class Source:
    """Three pieces; notes which were asked for, and whether it was let go of."""

    def __init__(self, broken_at: int | None = None) -> None:
        self.asked: list[int] = []
        self.is_closed = False
        self._broken_at = broken_at

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            for at in range(3):
                self.asked.append(at)
                if at == self._broken_at:
                    raise OSError("gone")
                yield b"%d" % at
        finally:
            self.is_closed = True


def test_the_next_piece_is_asked_for_when_one_is_handed_out() -> None:
    async def scenario() -> None:
        source = Source()
        ahead = Ahead(source.pieces())
        assert source.asked == []
        assert await ahead.take() == b"0"
        await asyncio.sleep(0)
        assert source.asked == [0, 1]
        assert [await ahead.take() for _ in range(4)] == [b"1", b"2", b"", b""]
        await ahead.close()

    asyncio.run(scenario())


def test_closing_lets_go_of_a_stream_with_a_piece_on_its_way() -> None:
    async def scenario() -> None:
        source = Source()
        ahead = Ahead(source.pieces())
        await ahead.take()
        await ahead.close()
        await ahead.close()
        assert source.is_closed

    asyncio.run(scenario())


def test_what_the_stream_raises_is_raised_where_the_piece_is_taken() -> None:
    async def scenario() -> None:
        ahead = Ahead(Source(broken_at=1).pieces())
        assert await ahead.take() == b"0"
        with pytest.raises(OSError, match="gone"):
            await ahead.take()
        await ahead.close()

    asyncio.run(scenario())
