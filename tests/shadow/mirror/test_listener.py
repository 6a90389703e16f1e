"""The live path, in process, against a real aiohttp backend and against backends that misbehave by script."""

from __future__ import annotations

import asyncio
import io
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from shadow.config.model import Route
from shadow.ipc.assignment import Pause
from shadow.records import Leg, LegState

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET /g?a=1 HTTP/1.1\r\nHost: shop.example\r\n\r\n"
BIG = random.Random(1).randbytes(8 * 1024 * 1024)
ALL = (Route(endpoint="* /*", mirror="read_only"),)


async def echo(request: web.Request) -> web.StreamResponse:
    """Say what came; `/big` answers 8 MB, `/chunked/…` without a length."""
    body = await request.read()
    if request.path == "/big":
        body = BIG
    headers = {"X-Method": request.method, "X-Via": request.headers.get("Via", ""),
               "X-Hop": request.headers.get("Shadow-Hop", ""), "X-Length": str(request.content_length),
               "X-For": request.headers.get("X-Forwarded-For", "")}
    if request.path.startswith("/chunked"):
        response = web.StreamResponse(headers=headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        for start in range(0, len(body), 100_000):
            await response.write(body[start : start + 100_000])
        await response.write_eof()
        return response
    answer = web.Response(body=body, headers=headers)
    answer.headers.add("Set-Cookie", "a=1")
    answer.headers.add("Set-Cookie", "b=2")
    return answer


@asynccontextmanager
async def aio_backend() -> AsyncIterator[int]:
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{tail:.*}", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 77_777):
        yield body[start : start + 77_777]


@pytest.mark.parametrize(
    ("method", "path", "sent", "chunked", "got"),
    [
        ("GET", "/a", b"", False, b""),
        ("HEAD", "/a", b"", False, b""),
        ("POST", "/a", b"hello", False, b"hello"),
        ("POST", "/a", b"hello", True, b"hello"),
        ("PUT", "/chunked/a", b"hello", False, b"hello"),
        ("POST", "/chunked/a", b"hello", True, b"hello"),
        ("GET", "/big", b"", False, BIG),
        ("HEAD", "/big", b"", False, b""),
        ("POST", "/a", BIG, False, BIG),
        ("POST", "/a", BIG, True, BIG),
        ("POST", "/chunked/a", BIG, True, BIG),
    ],
)
def test_bodies_pass_unchanged_both_ways_and_are_copied(
    run: Any, mirroring: Any, method: str, path: str, sent: bytes, chunked: bool, got: bytes
) -> None:
    async def scenario() -> None:
        async with aio_backend() as port, mirroring(port, routes=ALL, max_body_bytes=16 << 20) as m:
            async with aiohttp.ClientSession() as session:
                for turn in (1, 2):
                    data = pieces(sent) if chunked else (io.BytesIO(sent) if sent else None)
                    async with session.request(method, f"http://127.0.0.1:{m.port}{path}", data=data) as answer:
                        assert (answer.status, await answer.read() == got) == (200, True)
                        assert answer.headers["X-Method"] == method
                        if not path.startswith("/chunked"):
                            assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
                        if not path.startswith("/chunked") and (got or path == "/big"):
                            assert int(answer.headers["Content-Length"]) == len(BIG if path == "/big" else got)
                        assert answer.headers["X-For"] == "127.0.0.1"
                        assert (answer.headers["X-Via"], len(answer.headers["X-Hop"])) == ("", 16)
                        if chunked:
                            assert answer.headers["X-Length"] == "None"
                    await m.settled(turn)
            lane = m.lane()
            assert (lane.handed, lane.local) == (2, {})
            await m.sender_has(2)
            for handed in m.sender.handed:
                assert (handed.request.method, handed.request.target) == (method, path.encode())
                assert handed.request.body == sent
                primary = handed.primary.answer(Leg.primary)
                assert primary.response is not None and primary.response.body == got
                assert primary.result.state is LegState.answered
                assert handed.legs == (Leg.candidate,)
            assert [h.seq for h in m.sender.handed] == [1, 2]

    run(scenario(), limit_s=30)


def canned(*answers: bytes, numbers: list[int] | None = None, **how: bool) -> Any:
    """Answer request after request of a connection; then close, or with `silent` wait."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            if numbers is not None:
                numbers.append(number)
            writer.write(answer)
        if how.get("reset"):
            await writer.drain()
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        elif how.get("silent"):
            await reader.read()

    return play


def test_a_primary_that_refuses_is_502(run: Any, mirroring: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with mirroring(1) as m, client(m.port) as (reader, writer):
            for count in (1, 2):
                writer.write(GET)
                status, headers, body = await answer(reader)
                assert (status, body) == (502, b"shadow: the primary cannot be reached (refused)\n")
                assert ("connection", "close") not in headers
                await m.settled(count)
            await m.sender_has(2)
            notes = [(n.outcome, n.reason, n.status) for n in m.sender.notes]
            assert notes == [("primary_failed", "refused", 502)] * 2

    run(scenario())


def test_a_silent_primary_is_504(run: Any, backend: Any, mirroring: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with (
            backend(canned(b"", silent=True)) as port,
            mirroring(port, primary={"timeout_s": 0.2}) as m,
            client(m.port) as (reader, writer),
        ):
            writer.write(GET)
            status, _, body = await answer(reader)
            assert (status, body) == (504, b"shadow: the primary was silent for 0.2 s\n")
            await m.settled(1)
            await m.sender_has(1)
            assert (m.sender.notes[0].reason, m.sender.notes[0].status) == ("timeout", 504)

    run(scenario())


def test_a_primary_that_does_not_read_is_504_too(
    run: Any, backend: Any, mirroring: Any, client: Any
) -> None:
    """We hold the client back then: its silence is ours, and the primary's fault."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        writer.transport.pause_reading()
        await asyncio.sleep(60)

    async def scenario() -> None:
        async with (
            backend(play) as port,
            mirroring(port, primary={"timeout_s": 0.3}, routes=ALL) as m,
            client(m.port) as (_, writer),
        ):
            writer.write(b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n")
            writer.write(bytes(64 << 20))
            await m.settled(1)
            await m.sender_has(1)
            assert (m.sender.notes[0].outcome, m.sender.notes[0].reason) == ("primary_failed", "timeout")

    run(scenario())


@pytest.mark.parametrize(
    ("routes", "ending"),
    [(ALL, ("not_comparable", "client_gone")), ((), ("skipped", "policy"))],
    ids=["mirrored", "would not have been mirrored"],
)
@pytest.mark.parametrize("leaves", [False, True])
def test_a_client_that_stops_sending_is_its_own_fault(
    run: Any, backend: Any, mirroring: Any, client: Any, routes: Any, ending: tuple[str, str], leaves: bool
) -> None:
    async def scenario() -> None:
        async with (
            backend(canned(b"", silent=True)) as port,
            mirroring(port, primary={"timeout_s": 0.2}, routes=routes) as m,
            client(m.port) as (reader, writer),
        ):
            writer.write(b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
            if leaves:
                writer.close()
            else:
                assert await reader.read() == b""
            await m.settled(1)
            await m.sender_has(1)
            assert (m.sender.notes[0].outcome, m.sender.notes[0].reason) == ending

    run(scenario())


@pytest.mark.parametrize(
    "head", [b"Content-Length: 100", b"Transfer-Encoding: chunked"]
)
def test_a_primary_that_dies_in_the_middle_breaks_the_clients_connection(
    run: Any, backend: Any, mirroring: Any, client: Any, head: bytes
) -> None:
    async def scenario() -> None:
        got_head = asyncio.Event()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n4\r\npart\r\n" % head)
            await got_head.wait()

        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(GET)
            seen = await reader.readuntil(b"part\r\n")
            got_head.set()
            try:
                seen += await reader.read()
            except ConnectionError:
                pass
            assert not seen.endswith(b"0\r\n\r\n")
            assert seen.count(b"HTTP/1.1") == 1
            await m.settled(1)
            await m.sender_has(1)
            note = m.sender.notes[0]
            assert (note.outcome, note.reason, note.status) == ("primary_failed", "reset", 200)

    run(scenario())


@pytest.mark.parametrize(
    ("first", "reason"),
    [(b"", "reset"), (b"HTTP/1.1 200 OK\r\nContent-", "reset"), (b"garbage\r\n\r\n", "protocol"),
     (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "protocol"),
     (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "protocol")],
)
def test_before_anything_is_out_a_failure_is_502(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, first: bytes, reason: str
) -> None:
    async def scenario() -> None:
        async with backend(canned(first)) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(GET)
            status, _, body = await answer(reader)
            assert (status, body) == (502, f"shadow: the primary broke off ({reason})\n".encode())
            await m.settled(1)
            await m.sender_has(1)
            assert (m.sender.notes[0].outcome, m.sender.notes[0].reason) == ("primary_failed", reason)

    run(scenario())


@pytest.mark.parametrize(
    ("request_head", "asked"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", [1, 1, 2]),
        (b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", [1, 1, 2]),
        (b"OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n", [1, 1, 2]),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", [1, 1]),
        (b"PUT / HTTP/1.1\r\nHost: x\r\n\r\n", [1, 1]),
        (b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", [1, 1]),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", [1, 1]),
    ],
)
def test_the_reuse_race_is_run_again_for_safe_requests_only(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, request_head: bytes, asked: list[int]
) -> None:
    """The backend takes the second request on a kept connection and closes without a byte."""

    async def scenario() -> None:
        numbers: list[int] = []

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            for answers in ((b"HTTP/1.1 204 No Content\r\n\r\n"), b""):
                await reader.readuntil(b"\r\n\r\n")
                numbers.append(number)
                writer.write(answers)

        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(GET)
            assert (await answer(reader))[0] == 204
            writer.write(request_head)
            to_head = request_head.startswith(b"HEAD")
            assert (await answer(reader, to_head=to_head))[0] == (204 if len(asked) == 3 else 502)
            assert numbers == asked
            await m.settled(2)

    run(scenario())


def test_a_fresh_connection_that_closes_is_not_tried_again(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    async def scenario() -> None:
        numbers: list[int] = []
        async with (
            backend(canned(b"", numbers=numbers)) as port, mirroring(port) as m, client(m.port) as (reader, writer)
        ):
            writer.write(GET)
            assert (await answer(reader))[0] == 502
            assert numbers == [1]

    run(scenario())


def test_a_request_that_came_back_is_508_and_goes_no_further(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    """Also when it came back by way of a shadow leg: the copy carries the same mark."""

    async def scenario() -> None:
        numbers: list[int] = []
        async with (
            backend(canned(OK, OK, numbers=numbers, silent=True)) as port, mirroring(port) as m,
        ):
            async with client(m.port) as (reader, writer):
                writer.write(GET)
                assert (await answer(reader))[0] == 200
            await m.sender_has(1)
            lines = m.sender.handed[0].request.lines
            async with client(m.port) as (reader, writer):
                writer.write(b"GET /g HTTP/1.1\r\n%b\r\n" % lines)
                status, _, body = await answer(reader)
                assert (status, body) == (508, b"shadow: the request came back to the listener that sent it\n")
                assert await reader.read() == b""
            async with client(m.port) as (reader, writer):
                writer.write(b"GET /g HTTP/1.1\r\nHost: x\r\nVia: 1.1 another\r\nShadow-Hop: fedcba9876543210\r\n\r\n")
                assert (await answer(reader))[0] == 200
            await m.settled(3)
            assert len(numbers) == 2

    run(scenario())


def test_a_client_that_leaves_in_the_middle_of_its_answer_is_counted(
    run: Any, backend: Any, mirroring: Any, client: Any
) -> None:
    async def scenario() -> None:
        left = asyncio.Event()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            try:
                while True:
                    writer.write(bytes(65536))
                    await writer.drain()
            except ConnectionError:
                left.set()

        async with backend(play) as port, mirroring(port) as m:
            async with client(m.port) as (reader, writer):
                writer.write(GET)
                await reader.readexactly(1_000_000)
            await left.wait()  # the primary is let go as well
            await m.settled(1)
            await m.sender_has(1)
            note = m.sender.notes[0]
            assert (note.outcome, note.reason, note.status) == ("not_comparable", "client_gone", 200)

    run(scenario())


def test_a_slow_client_slows_the_primary_and_memory_stays_bounded(
    run: Any, backend: Any, mirroring: Any, client: Any
) -> None:
    async def scenario() -> None:
        sent = 0
        size = 256 << 20

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            nonlocal sent
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            while sent < size:
                writer.write(bytes(1 << 20))
                sent += 1 << 20
                await writer.drain()
            await reader.read()

        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.transport.pause_reading()
            writer.write(GET)
            before = -1
            while sent != before or not sent:
                before = sent
                await asyncio.sleep(0.1)
            assert sent < 64 << 20  # the kernel's buffers of two connections, and no more
            writer.transport.resume_reading()
            await reader.readuntil(b"\r\n\r\n")
            left = size
            while left:
                left -= len(await reader.read(1 << 20))
            await m.settled(1)
            assert (await m.sender_has(1)) is None
            assert m.sender.notes[0].reason == "too_large"

    run(scenario(), limit_s=40)


def test_expect_continue_is_answered_by_the_primary(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    """Also for a request that waited behind another one on the same connection."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if b"Expect: 100-continue" in head:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                assert await reader.readexactly(5) == b"hello"
            writer.write(OK)

    async def scenario() -> None:
        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            post = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
            for start in (post, GET + post):
                writer.write(start)
                if start is not post:
                    assert (await answer(reader))[0] == 200
                assert (await answer(reader))[0] == 100
                writer.write(b"hello")
                assert (await answer(reader))[2] == b"ok"
            await m.settled(3)

    run(scenario(), limit_s=5)


def test_a_1_0_client_gets_what_it_understands(run: Any, backend: Any, mirroring: Any, client: Any) -> None:
    async def scenario() -> None:
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n"
        async with backend(canned(chunked)) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert await reader.read() == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok!"
            await m.settled(1)

    run(scenario())


def test_an_answer_that_ends_with_its_connection_is_chunked_for_a_1_1_client(
    run: Any, backend: Any, mirroring: Any, client: Any
) -> None:
    async def scenario() -> None:
        answers = canned(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
        async with backend(answers) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(GET)
            assert await reader.readuntil(b"0\r\n\r\n") == (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nd\r\nuntil the end\r\n0\r\n\r\n")
            await m.settled(1)

    run(scenario())


def test_who_was_told_that_the_connection_closes_sees_it_close(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    """The answer's head came before the request was whole, its end afterwards."""

    async def scenario() -> None:
        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK[:-2])
            await reader.readexactly(5)
            writer.write(OK[-2:])
            await reader.read()

        async with backend(play) as port, mirroring(port) as m, client(m.port) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"connection: close\r\n" in head
            writer.write(b"hello")
            assert await reader.read() == b"ok"
            await m.settled(1)

    run(scenario(), limit_s=5)


@pytest.mark.parametrize(
    ("settings", "routes", "ending"),
    [
        ({"max_body_bytes": 1}, (), "not_comparable(too_large)"),
        ({"tee_bytes": 1}, (), "shed(tee_full)"),
        ({"sample_ratio": 0.0}, (), "skipped(sampled_out)"),
        ({}, (Route(endpoint="GET /g", mirror="never"),), "skipped(policy)"),
        ({}, (), "shed(sender_lost)"),
    ],
)
def test_what_is_not_mirrored_is_counted_here_when_the_sender_is_away(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, settings: dict[str, Any],
    routes: tuple[Route, ...], ending: str,
) -> None:
    async def scenario() -> None:
        async with (
            backend(canned(OK, silent=True)) as port,
            mirroring(port, routes=routes, sender=False, **settings) as m,
            client(m.port) as (reader, writer),
        ):
            writer.write(GET)
            assert (await answer(reader))[2] == b"ok"
            lane = await m.settled(1)
            assert (lane.handed, lane.local) == (0, {ending: 1})

    run(scenario())


def test_paused_and_going_on(run: Any, backend: Any, mirroring: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with (
            backend(canned(OK, OK, OK, silent=True)) as port, mirroring(port) as m, client(m.port) as (reader, writer)
        ):
            for paused in (False, True, False):
                await m.lifeline.take(Pause(paused=paused))
                writer.write(GET)
                assert (await answer(reader))[2] == b"ok"
            await m.sender_has(3)
            assert [type(x).__name__ for x in m.sender.messages] == ["Hello", "Handed", "Note", "Handed"]
            assert (m.sender.notes[0].outcome, m.sender.notes[0].reason) == ("skipped", "paused")

    run(scenario())


def test_drain_finishes_what_is_under_way_and_takes_nothing_new(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    async def scenario() -> None:
        asked, go = asyncio.Event(), asyncio.Event()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            await go.wait()
            writer.write(OK)
            await reader.read()

        async with (
            backend(play) as port,
            mirroring(port) as m,
            client(m.port) as (idle, _),
            client(m.port) as (reader, writer),
        ):
            writer.write(GET)
            await asked.wait()
            m.lifeline.drain.set()
            assert await idle.read() == b""
            go.set()
            status, headers, body = await answer(reader)
            assert (status, body, ("connection", "close") in headers) == (200, b"ok", True)
            assert await reader.read() == b""
            await m.serving
            await m.sender_has(1)
            assert m.sender.handed[0].seq == 1

    run(scenario())


def test_past_the_drain_deadline_the_rest_is_cut_off_and_counted(
    run: Any, backend: Any, mirroring: Any, client: Any
) -> None:
    async def scenario() -> None:
        async with (
            backend(canned(b"", silent=True)) as port,
            mirroring(port, drain_s=0.1) as m,
            client(m.port) as (reader, writer),
        ):
            writer.write(GET)
            while not m.lane().accepted:
                await asyncio.sleep(0.001)
            m.lifeline.drain.set()
            assert await reader.read() == b""
            await m.serving
            lane = m.lane()
            assert (lane.accepted, lane.open) == (1, 0)
            assert lane.handed + lane.local.get("not_comparable(client_gone)", 0) == 1

    run(scenario())


def test_a_sender_that_never_reads_does_not_keep_the_listener_from_ending(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any
) -> None:
    async def scenario() -> None:
        body = bytes(1 << 20)
        big = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        async with (
            backend(canned(*[big] * 8, silent=True)) as port,
            mirroring(port, sender=False, drain_s=0.05) as m,
        ):
            await m.sender.start(reading=False)
            while not m.sender.links:
                await asyncio.sleep(0.001)
            async with client(m.port) as (reader, writer):
                for _ in range(8):
                    writer.write(GET)
                    assert len((await answer(reader))[2]) == 1 << 20
            m.lifeline.drain.set()
            await m.serving
            assert m.lane().handed == 8

    run(scenario(), limit_s=10)
