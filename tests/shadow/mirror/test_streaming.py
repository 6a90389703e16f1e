"""Bodies pass piece by piece: memory stays flat, events arrive as they are sent, trailers and early answers too."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Route
from shadow.records import Leg

MIB = 1 << 20
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET /g HTTP/1.1\r\nHost: shop.example\r\n\r\n"
ALL = (Route(endpoint="* /*", mirror="read_only"),)


def resident_bytes() -> int:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096


@pytest.mark.parametrize("size", [64 * MIB, pytest.param(2048 * MIB, marks=pytest.mark.slow)])
@pytest.mark.parametrize("up", [False, True])
def test_memory_stays_flat(run: Any, backend: Any, mirroring: Any, client: Any, size: int, up: bool) -> None:
    """Client, listener and primary share this process, so that the bound holds for the listener alone."""

    async def push(writer: asyncio.StreamWriter) -> None:
        piece = bytes(MIB)
        for _ in range(size // MIB):
            writer.write(piece)
            await writer.drain()

    async def pull(reader: asyncio.StreamReader, left: int) -> int:
        most = 0
        while left:
            left -= len(await reader.read(MIB))
            if left % 64 == 0 or left < MIB:
                most = max(most, resident_bytes())
        return most

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if up:
            await pull(reader, size)
            writer.write(OK)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            await push(writer)
        await reader.read()

    async def scenario() -> None:
        async with backend(play) as port, mirroring(port, routes=ALL) as m, client(m.port) as (reader, writer):
            before = resident_bytes()
            if up:
                writer.write(b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
                await push(writer)
                await reader.readuntil(b"\r\n\r\nok")
                most = resident_bytes()
            else:
                writer.write(GET)
                await reader.readuntil(b"\r\n\r\n")
                most = await pull(reader, size)
            # The stream readers of this test buffer up to 32 MiB each.
            assert most - before < 80 * MIB
            await m.settled(1)
            await m.sender_has(1)
            assert m.sender.notes[0].reason == "too_large"

    run(scenario(), limit_s=110)


def test_events_arrive_as_they_are_sent(run: Any, backend: Any, mirroring: Any, client: Any) -> None:
    """The primary sends an event only when the client has got the one before it."""

    async def scenario() -> None:
        got = asyncio.Queue[int]()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for event in range(20):
                data = b"data: %d\n\n" % event
                writer.write(b"%x\r\n%b\r\n" % (len(data), data))
                assert await got.get() == event
            writer.write(b"0\r\n\r\n")
            await reader.read()

        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(GET)
            for event in range(20):
                await reader.readuntil(b"data: %d\n\n" % event)
                got.put_nowait(event)
            await reader.readuntil(b"0\r\n\r\n")
            await m.settled(1)

    run(scenario(), limit_s=5)


def test_an_upload_arrives_as_it_is_sent(run: Any, backend: Any, mirroring: Any, client: Any) -> None:
    async def scenario() -> None:
        got = asyncio.Queue[bytes]()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            for _ in range(5):
                got.put_nowait(await reader.readuntil(b"!\r\n"))
            await reader.readuntil(b"0\r\n\r\n")
            writer.write(OK)
            await reader.read()

        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in range(5):
                writer.write(b"2\r\n%d!\r\n" % number)
                assert await got.get() == b"2\r\n%d!\r\n" % number
            writer.write(b"0\r\n\r\n")
            await reader.readuntil(b"\r\n\r\nok")
            await m.settled(1)

    run(scenario(), limit_s=5)


def test_trailers_pass_both_ways_and_those_of_the_answer_are_compared(
    run: Any, backend: Any, mirroring: Any, client: Any
) -> None:
    answer = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\n"
              b"X-Sum: 1\r\nContent-Type: no\r\n\r\n")
    requests: list[bytes] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        for _ in range(2):
            request = await reader.readuntil(b"\r\n\r\n")
            if b"chunked" in request:
                request += await reader.readuntil(b"\r\n\r\n")
            requests.append(request)
            writer.write(answer)
        await reader.read()

    async def scenario() -> None:
        async with backend(play) as port, mirroring(port, routes=ALL) as m, client(m.port) as (reader, writer):
            writer.write(GET)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"Trailer: X-Sum\r\n" in head
            assert await reader.readuntil(b"\r\n\r\n") == b"2\r\nok\r\n0\r\nX-Sum: 1\r\nContent-Type: no\r\n\r\n"
            writer.write(b"POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                         b"1\r\na\r\n0\r\nX-T: 2\r\n\r\n")
            for _ in range(2):
                await reader.readuntil(b"\r\n\r\n")
            assert requests[1].endswith(b"1\r\na\r\n0\r\nX-T: 2\r\n\r\n")
            await m.settled(2)
            await m.sender_has(2)
            (handed,) = m.sender.handed
            primary = handed.primary.answer(Leg.primary)
            assert primary.response is not None
            assert primary.response.headers[-2:] == (
                (b"trailer/X-Sum", b"1"), (b"trailer/Content-Type", b"no"))
            # The legs get the body with a length, without its trailers: their answer could differ for that.
            assert [(n.outcome, n.reason) for n in m.sender.notes] == [("not_comparable", "trailers")]

    run(scenario(), limit_s=5)


def test_other_interim_answers_pass_to_clients_that_know_them(
    run: Any, backend: Any, mirroring: Any, client: Any
) -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK)
        await reader.read()

    async def scenario() -> None:
        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(GET)
            assert await reader.readuntil(b"ok") == (
                b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK)
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")
            await m.settled(2)

    run(scenario(), limit_s=5)


def test_an_early_refusal_reaches_a_client_that_is_still_uploading(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    numbers: list[int] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        numbers.append(number)
        await reader.readuntil(b"\r\n\r\n")
        if number == 1:
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        else:
            writer.write(OK)
        await reader.read()

    async def scenario() -> None:
        async with backend(play) as port, mirroring(port) as m:
            async with client(m.port) as (reader, writer):
                writer.write(b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (40 * MIB))
                for _ in range(30):
                    writer.write(bytes(MIB))
                    await writer.drain()
                status, headers, body = await answer(reader)
                assert (status, body, ("connection", "close") in headers) == (413, b"big", True)
            async with client(m.port) as (reader, writer):
                writer.write(GET)
                assert (await answer(reader))[2] == b"ok"
            assert numbers == [1, 2]  # what was left of the upload made the first connection unfit
            await m.settled(2)

    run(scenario(), limit_s=10)


def test_absolute_targets_and_other_methods_reach_the_primary(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    heads: list[bytes] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while True:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK)

    async def scenario() -> None:
        async with backend(play) as port, mirroring(port, path="/v2") as m, client(m.port) as (reader, writer):
            for line in (b"GET http://shop.example/a", b"BAN /b", "GET /ü".encode(), b"OPTIONS *"):
                writer.write(line + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                assert (await answer(reader))[2] == b"ok"
            lines = [head.split(b"\r\n")[0] for head in heads]
            assert lines == [b"GET /v2/a HTTP/1.1", b"BAN /v2/b HTTP/1.1", b"GET /v2/%C3%BC HTTP/1.1",
                             b"OPTIONS * HTTP/1.1"]
            assert b"Host: shop.example\r\n" in heads[0]
            await m.settled(4)

    run(scenario(), limit_s=5)


def test_a_head_that_dribbles_is_408(run: Any, mirroring: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with mirroring(1, head_timeout_s=0.1) as m, client(m.port) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHo")
            assert (await answer(reader))[0] == 408
            assert await reader.read() == b""
            assert m.lane().accepted == 0

    run(scenario(), limit_s=5)


def test_a_primary_at_a_unix_socket(run: Any, mirroring: Any, client: Any, answer: Any, tmp_path: Path) -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(line), line))
        await reader.read()
        writer.close()

    async def scenario() -> None:
        path = tmp_path / "old.sock"
        async with mirroring(1, primary={"url": f"unix:{path}:/v2"}) as m, client(m.port) as (reader, writer):
            writer.write(GET)
            assert (await answer(reader))[2] == b"shadow: the primary cannot be reached (refused)\n"
            server = await asyncio.start_unix_server(play, str(path))
            writer.write(GET)
            assert (await answer(reader))[2] == b"GET /v2/g HTTP/1.1"
            await m.settled(2)
        server.close()
        await asyncio.sleep(0.02)

    run(scenario(), limit_s=5)
