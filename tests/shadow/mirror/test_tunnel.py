"""Upgrades: tunnelled live, counted, never mirrored; a real WebSocket client and server."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

ASK = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: raw\r\nX-A: 1\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\nX-B: 2\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def chat() -> AsyncIterator[int]:
    async def serve(request: web.Request) -> web.StreamResponse:
        if request.path == "/plain":
            return web.Response(text="plain")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_bytes(message.data[::-1])
        return socket

    app = web.Application()
    app.router.add_get("/{tail:.*}", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def talk(port: int, *, idle: int, talking: int, messages: int) -> None:
    """Open sockets, let some talk, and see that all of them, the idle ones too, still answer at the end."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        sockets = [await session.ws_connect(f"http://127.0.0.1:{port}/ws") for _ in range(idle + talking)]

        async def chatter(socket: aiohttp.ClientWebSocketResponse, number: int) -> None:
            for turn in range(messages):
                data = f"{number}.{turn}".encode() * 50
                await socket.send_bytes(data)
                assert await socket.receive_bytes() == data[::-1]

        await asyncio.gather(*(chatter(socket, number) for number, socket in enumerate(sockets[idle:])))
        for number, socket in enumerate(sockets):
            await socket.send_bytes(b"last %d" % number)
            assert await socket.receive_bytes() == (b"last %d" % number)[::-1]
        await asyncio.gather(*(socket.close() for socket in sockets))


def test_web_sockets_beyond_the_pools_limit(run: Any, mirroring: Any, settle: Any) -> None:
    async def scenario() -> None:
        async with chat() as port, mirroring(port, primary={"connections": 2}) as m:
            await talk(m.port, idle=10, talking=10, messages=20)
            lane = await m.settled(20)
            await m.sender_has(20)
            assert {(n.outcome, n.reason, n.status) for n in m.sender.notes} == {("not_comparable", "upgrade", 101)}
            assert lane.handed == 20
            await settle(lambda: not m.listener._door._tunnels)

    run(scenario())


@pytest.mark.slow
def test_2500_web_sockets(run: Any, mirroring: Any, settle: Any) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    async def scenario() -> None:
        async with chat() as port, mirroring(port) as m:
            await talk(m.port, idle=1500, talking=1000, messages=10)
            await m.settled(2500)
            await settle(lambda: not m.listener._door._tunnels)

    try:
        run(scenario(), limit_s=110)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_the_primary_and_the_client_see(run: Any, backend: Any, mirroring: Any, client: Any) -> None:
    heads: list[bytes] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(SWITCH + b"first")
        while data := await reader.read(1000):
            writer.write(data.upper())

    async def scenario() -> None:
        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(ASK + b"early ")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head == (
                b"HTTP/1.1 101 Switching Protocols\r\nX-B: 2\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n")
            assert await reader.readexactly(11) == b"firstEARLY "
            writer.write(b"late")
            assert await reader.readexactly(4) == b"LATE"
            writer.write(b"end")
            writer.write_eof()
            assert await reader.read() == b"END"
            await m.settled(1)
        assert b"connection: upgrade\r\nupgrade: raw\r\n" in heads[0]
        assert heads[0].lower().count(b"connection:") == heads[0].lower().count(b"upgrade: ") == 1

    run(scenario())


@pytest.mark.parametrize("refusal", [b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno", OK])
def test_an_upgrade_that_is_not_granted_is_an_ordinary_answer(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, refusal: bytes
) -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        for one in (refusal, OK):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(one)
        await reader.read()

    async def scenario() -> None:
        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(ASK + b"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await answer(reader))[0] == int(refusal.split()[1])
            assert (await answer(reader))[2] == b"ok"
            await m.settled(2)
            await m.sender_has(2)
            # The legs would be asked without the upgrade, and could only answer otherwise.
            assert [(n.outcome, n.reason) for n in m.sender.notes] == [("not_comparable", "upgrade")]
            assert [h.request.target for h in m.sender.handed] == [b"/2"]

    run(scenario())


def test_a_switch_that_nobody_asked_for_is_a_failure(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(SWITCH)
        await reader.read()

    async def scenario() -> None:
        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await answer(reader))[2] == b"shadow: the primary broke off (protocol)\n"

    run(scenario())


@pytest.mark.parametrize("downwards", [False, True])
def test_each_side_goes_at_the_others_pace(
    run: Any, backend: Any, mirroring: Any, client: Any, downwards: bool
) -> None:
    async def scenario() -> None:
        size = 256 << 20
        go, sent = asyncio.Event(), 0

        async def push(writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            while sent < size:
                writer.write(bytes(1 << 20))
                sent += 1 << 20
                await writer.drain()

        async def pull(reader: asyncio.StreamReader) -> None:
            await go.wait()
            left = size
            while left:
                left -= len(await reader.read(1 << 20))

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(SWITCH)
            await (push(writer) if downwards else pull(reader))
            writer.write(b"." if not downwards else b"")
            await reader.read()

        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(ASK)
            await reader.readuntil(b"\r\n\r\n")
            pushing = None if downwards else asyncio.create_task(push(writer))
            before = -1
            while sent != before or not sent:
                before = sent
                await asyncio.sleep(0.1)
            assert sent < 200 << 20  # what the kernel and four stream buffers of this test hold
            go.set()
            if downwards:
                await pull(reader)
            else:
                assert pushing is not None
                await pushing
                assert await reader.readexactly(1) == b"."
            assert sent == size

    run(scenario(), limit_s=30)


@pytest.mark.parametrize("who", ["client", "primary", "silence", "drain"])
def test_how_a_tunnel_ends(run: Any, backend: Any, mirroring: Any, client: Any, settle: Any, who: str) -> None:
    async def scenario() -> None:
        ended, end = asyncio.Event(), asyncio.Event()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(SWITCH)
            if who == "primary":
                await end.wait()
                writer.transport.abort()
            try:
                await reader.read()
            finally:
                ended.set()

        silence = 0.3 if who == "silence" else 3600.0
        async with (
            backend(play) as port,
            mirroring(port, primary={"timeout_s": 0.1}, idle_timeout_s=0.1, tunnel_idle_s=silence, drain_s=0.2) as m,
            client(m.port) as (reader, writer),
        ):
            writer.write(ASK)
            await reader.readuntil(b"\r\n\r\n")
            await m.settled(1)
            if who == "client":
                writer.transport.abort()
            elif who == "primary":
                end.set()
            elif who == "drain":
                m.lifeline.drain.set()
            if who != "client":
                try:
                    assert await reader.read() == b""
                except ConnectionError:
                    pass
                writer.close()  # a primary that closed may still want to read
            await ended.wait()
            await settle(lambda: not m.listener._door._tunnels)

    run(scenario(), limit_s=5)
