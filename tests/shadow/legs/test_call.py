"""One request to one leg: what is measured, and every way in which it fails."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import pytest

from shadow.ipc.wired import Answered
from shadow.legs.call import Call, not_called
from shadow.legs.deadlines import Deadlines
from shadow.records import Leg, LegAnswer, LegResult, LegState
from shadow.wire.upstream import UpstreamConnection

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LIMIT = 1000


def scripted(answer: bytes, *, then: str = "wait") -> Any:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if then == "flood":
            while True:
                writer.write(bytes(65536))
                await writer.drain()
        if then == "wait":
            await reader.read()
        if then == "reset":
            await writer.drain()
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    return play


async def call(port: int, *, to_head: bool = False, timeout_s: float = 5.0) -> tuple[LegAnswer, Call, bool]:
    loop = asyncio.get_running_loop()
    lost = asyncio.Event()
    _, connection = await loop.create_connection(lambda: UpstreamConnection(lambda c: lost.set()), "127.0.0.1", port)
    it = Call(connection, limit_bytes=LIMIT, deadlines=Deadlines())
    answer = (await it.run(GET, to_head=to_head, timeout_s=timeout_s)).answer(Leg.candidate)
    if not it.reusable:
        await lost.wait()  # what cannot be used again must not stay open
    closed = connection.closed
    connection.abort()
    return answer, it, closed


def test_an_answer_with_its_time_and_size(run: Any, backend: Any) -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 500 Oops\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n")
        await asyncio.sleep(0.03)
        writer.write(b"Content-Length: 4\r\n\r\nab")
        await asyncio.sleep(0.03)
        writer.write(b"cd")
        await reader.read()

    async def scenario() -> tuple[LegAnswer, Call, bool]:
        async with backend(play) as port:
            return await call(port)

    answer, it, closed = run(scenario())
    assert answer.response is not None
    assert answer.response.headers == ((b"Set-Cookie", b"a"), (b"Set-Cookie", b"b"), (b"Content-Length", b"4"))
    assert (answer.response.status, answer.response.body, answer.response.complete) == (500, b"abcd", True)
    result = answer.result
    assert (result.leg, result.state, result.status, result.body_bytes, result.failure) == (
        Leg.candidate, LegState.answered, 500, 4, "")
    assert 0.059 <= result.duration_s < 2.0
    assert (it.reusable, closed) == (True, False)


@pytest.mark.parametrize(
    ("answer", "then", "failure", "untouched"),
    [
        (b"", "wait", "timeout", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart", "wait", "timeout", False),
        (b"", "close", "reset", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart", "close", "reset", False),
        (b"HTTP/1.1 200 OK\r\n\r\npart", "reset", "reset", False),
        (b"\x00garbage\r\n\r\n", "wait", "protocol", False),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "wait", "protocol", False),
        (b"HTTP/1.1 200 OK\r\nX: ", "flood", "protocol", False),
    ],
)
def test_failures(run: Any, backend: Any, answer: bytes, then: str, failure: str, untouched: bool) -> None:
    async def scenario() -> tuple[LegAnswer, Call, bool]:
        async with backend(scripted(answer, then=then)) as port:
            return await call(port, timeout_s=0.1 if failure == "timeout" else 5.0)

    got, it, closed = run(scenario())
    assert got.response is None
    assert (got.result.state, got.result.failure, got.result.status) == (LegState.failed, failure, 0)
    assert (it.reusable, it.untouched, closed) == (False, untouched, True)
    assert (0.09 if failure == "timeout" else 0.0) <= got.result.duration_s < 3.0


@pytest.mark.parametrize(
    ("head", "body", "then", "complete"),
    [
        (b"Content-Length: 1000", b"x" * LIMIT, "wait", True),
        (b"Content-Length: 1001", b"x" * (LIMIT + 1), "wait", False),
        (b"Content-Length: 999999999", b"", "flood", False),
        (b"X: endless", b"", "flood", False),
    ],
)
def test_a_body_is_cut_at_the_bound_and_the_rest_not_awaited(
    run: Any, backend: Any, head: bytes, body: bytes, then: str, complete: bool
) -> None:
    async def scenario() -> tuple[LegAnswer, Call, bool]:
        async with backend(scripted(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n%b" % (head, body), then=then)) as port:
            return await call(port)

    got, it, closed = run(scenario())
    assert got.response is not None
    assert got.response.complete is complete
    assert got.response.body == (body if complete else b"")
    assert (it.reusable, closed) == (complete, not complete)
    assert got.result.state is LegState.answered
    assert got.result.body_bytes >= LIMIT


def test_an_answer_to_head_has_no_body(run: Any, backend: Any) -> None:
    async def scenario() -> tuple[LegAnswer, Call, bool]:
        async with backend(scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")) as port:
            return await call(port, to_head=True)

    got, it, _ = run(scenario())
    assert got.response is not None
    assert (got.response.body, got.response.complete, it.reusable) == (b"", True, True)


def test_answers_of_legs_that_gave_none() -> None:
    assert Answered.failed("dns").answer(Leg.secondary) == LegAnswer(
        result=LegResult(leg=Leg.secondary, state=LegState.failed, failure="dns"))
    assert not_called(Leg.candidate, "breaker_open") == LegAnswer(
        result=LegResult(leg=Leg.candidate, state=LegState.not_called, failure="breaker_open"))
