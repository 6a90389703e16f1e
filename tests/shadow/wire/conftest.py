"""A receiver that remembers what an upstream connection told it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from shadow.wire.head import HeaderList, ResponseHead
from shadow.wire.upstream import UpstreamConnection


class Received:
    """Everything that one exchange was told, and an event for its end."""

    def __init__(self) -> None:
        self.interim: list[int] = []
        self.heads: list[ResponseHead] = []
        self.body = b""
        self.trailers: HeaderList = []
        self.rest = b""
        self.end = ""
        self.ended = asyncio.Event()
        self.writable: list[bool] = []
        self.got_head = asyncio.Event()

    def on_interim(self, head: ResponseHead) -> None:
        self.interim.append(head.status)

    def on_head(self, head: ResponseHead) -> None:
        self.heads.append(head)
        self.got_head.set()

    def on_body(self, data: bytes) -> None:
        self.body += data if self.heads else b"(before the head)" + data

    def on_trailers(self, fields: HeaderList) -> None:
        self.trailers += fields

    def on_switch(self, head: ResponseHead, rest: bytes) -> None:
        self.heads.append(head)
        self.rest = rest
        self._over("switched")

    def on_read_end(self) -> None:
        pass

    def on_complete(self, reusable: bool) -> None:
        self._over("reusable" if reusable else "done")

    def on_failure(self, failure: str) -> None:
        self._over(failure)

    def on_writable(self, writable: bool) -> None:
        self.writable.append(writable)

    def _over(self, how: str) -> None:
        assert not self.end, f"ended twice: {self.end}, {how}"
        self.end = how
        self.ended.set()

    @property
    def status(self) -> int:
        assert len(self.heads) == 1
        return self.heads[0].status


@pytest.fixture
def received() -> Callable[[], Received]:
    return Received


@pytest.fixture
def connect() -> Callable[..., object]:
    async def connected(port: int, lost: asyncio.Event | None = None) -> UpstreamConnection:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: UpstreamConnection(lambda c: lost.set() if lost else None), "127.0.0.1", port
        )
        return connection

    return connected
