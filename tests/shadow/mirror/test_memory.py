"""What a connection held is free once it is gone, without the collector, which runs seldom in a listener: between two
of its runs closed connections would pile up to megabytes."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import uvloop

GET = b"GET /g HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
LAST = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n"
ASK = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n"
OURS = ("Inbound", "UpstreamConnection", "LiveExchange", "Tunnel", "HttpRequestParser", "HttpResponseParser")


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def alive() -> Counter[str]:
    return Counter(name for each in gc.get_objects() if (name := type(each).__name__) in OURS)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(
    ("sent", "answered"), [(GET, LAST), (ASK, SWITCH), (b"GET / HTTP/1.1\r\nHo", b"")], ids=["answer", "tunnel", "none"]
)
def test_connections_leave_nothing_behind(
    sent: bytes, answered: bytes, backend: Any, mirroring: Any, client: Any, settle: Any
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answered)
        writer.close()

    async def scenario() -> None:
        async with backend(serve) as port, mirroring(port) as m:
            before = alive()
            for _ in range(20):
                async with client(m.port) as (reader, writer):
                    writer.write(sent)
                    if answered:
                        await reader.read()
            await settle(lambda: len(m.listener._door._clients) == 0 and not m.listener.pool._all)
            # What is under way in the loop's queues ends within a few turns.
            for _ in range(20):
                await asyncio.sleep(0.005)
            assert alive() == before

    # The loop that listeners run on.
    uvloop.run(asyncio.wait_for(scenario(), 20))
