"""One connection to a scripted backend: where answers end, and what makes the connection unfit for another one."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import pytest

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def scripted(*answers: bytes, close: bool = False, one_by_one: bool = False) -> Any:
    """Answer each request head with the next script; `one_by_one` sends byte after byte."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            for piece in [answer[i : i + 1] for i in range(len(answer))] if one_by_one else [answer]:
                writer.write(piece)
                await writer.drain()
                if one_by_one:
                    await asyncio.sleep(0)
        if close:
            writer.close()
        else:
            await reader.read()

    return play


def one(
    run: Any, backend: Any, connect: Any, received: Any, answer: bytes, *, close: bool = False, to_head: bool = False,
    one_by_one: bool = False,
) -> Any:
    """One exchange on one connection; returns what was received and whether the connection was lost."""

    async def scenario() -> Any:
        async with backend(scripted(answer, close=close, one_by_one=one_by_one)) as port:
            connection = await connect(port)
            got = received()
            connection.start(got, to_head=to_head, data=GET)
            await got.ended.wait()
            connection.abort()
            return got

    return run(scenario())


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize(
    ("answer", "status", "body", "end"),
    [
        pytest.param(OK, 200, b"ok", "reusable", id="length"),
        pytest.param(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, b"", "reusable", id="empty"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n1\r\n!\r\n0\r\n\r\n", 200,
                     b"ok!", "reusable", id="chunked"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n",
                     200, b"ok", "reusable", id="trailers"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", "reusable", id="204"),
        pytest.param(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, b"", "reusable", id="304"),
        pytest.param(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 204, b"", "done", id="204 that closes"),
        pytest.param(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", "done",
                     id="connection close"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", "done", id="1.0"),
        pytest.param(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 200, b"ok",
                     "reusable", id="1.0 that keeps"),
    ],
)
def test_the_end_of_an_answer(
    run: Any, backend: Any, connect: Any, received: Any, answer: bytes, status: int, body: bytes, end: str,
    one_by_one: bool,
) -> None:
    got = one(run, backend, connect, received, answer, one_by_one=one_by_one)
    assert (got.status, got.body, got.end) == (status, body, end)


def test_without_length_the_answer_ends_with_the_connection(
    run: Any, backend: Any, connect: Any, received: Any
) -> None:
    got = one(run, backend, connect, received, b"HTTP/1.1 200 OK\r\n\r\nuntil the end", close=True)
    assert (got.status, got.body, got.end) == (200, b"until the end", "done")


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", "reset"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "reset"),
        (b"", "reset"),
    ],
)
def test_an_answer_that_is_cut_off_fails(
    run: Any, backend: Any, connect: Any, received: Any, answer: bytes, end: str
) -> None:
    assert one(run, backend, connect, received, answer, close=True).end == end


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"garbage\r\n\r\n", id="garbage"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", id="two lengths"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok",
                     id="CL+TE"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok", id="TE gzip"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nok", id="length x"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="bad chunk"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", id="101"),
        pytest.param(b"HTTP/1.1 150 Odd\r\nContent-Length: 2\r\n\r\nok" + OK, id="1xx with a body"),
    ],
)
def test_nonsense_is_a_protocol_failure(run: Any, backend: Any, connect: Any, received: Any, answer: bytes) -> None:
    got = one(run, backend, connect, received, answer)
    assert (got.body, got.end) == (b"", "protocol")


def test_an_error_of_the_receiver_is_not_taken_for_the_backends(
    run: Any, backend: Any, connect: Any, received: Any
) -> None:
    async def scenario() -> Any:
        errors: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: errors.append(context["exception"]))
        async with backend(scripted(OK)) as port:
            connection = await connect(port)
            got = received()
            got.on_head = lambda head: 1 / 0
            connection.start(got, to_head=False, data=GET)
            await got.ended.wait()
            return got.end, errors

    end, errors = run(scenario())
    assert end == "reset"
    # The parser wraps it, where the head went through the parser.
    assert [type(error.__context__ or error) for error in errors] == [ZeroDivisionError]


def test_a_reset_in_the_middle_of_a_close_delimited_answer_is_not_its_end(
    run: Any, backend: Any, connect: Any, received: Any
) -> None:
    async def scenario() -> Any:
        go = asyncio.Event()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n\r\npart")
            await go.wait()
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

        async with backend(play) as port:
            connection = await connect(port)
            got = received()
            connection.start(got, to_head=False, data=GET)
            await got.got_head.wait()
            go.set()
            await got.ended.wait()
            return got

    got = run(scenario())
    assert (got.body, got.end) == (b"part", "reset")


def test_interim_answers_precede_the_final_one(run: Any, backend: Any, connect: Any, received: Any) -> None:
    got = one(run, backend, connect, received,
              b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK)
    assert (got.interim, got.status, got.body, got.end) == ([100, 103], 200, b"ok", "reusable")
    assert got.heads[0].headers == [(b"Content-Length", b"2")]
    assert got.heads[0].reason == b"OK"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4096\r\n\r\n",
    ],
)
def test_after_an_answer_to_head_the_connection_carries_another_request(
    run: Any, backend: Any, connect: Any, received: Any, head: bytes
) -> None:
    async def scenario() -> Any:
        async with backend(scripted(head, OK)) as port:
            connection = await connect(port)
            first, second = received(), received()
            connection.start(first, to_head=True, data=b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
            await first.ended.wait()
            connection.start(second, to_head=False, data=GET)
            await second.ended.wait()
            connection.abort()
            return first, second, connection.exchanges

    first, second, exchanges = run(scenario())
    assert (first.body, first.end) == (b"", "reusable")
    assert (second.status, second.body, second.end, exchanges) == (200, b"ok", "reusable", 2)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 9\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnot empty",
    ],
)
def test_a_head_answer_after_which_the_connection_is_unfit(
    run: Any, backend: Any, connect: Any, received: Any, head: bytes
) -> None:
    got = one(run, backend, connect, received, head, to_head=True)
    assert (got.status, got.body, got.end) == (200, b"", "done")


def test_a_1_0_backend_that_keeps_alive_after_head_is_believed(
    run: Any, backend: Any, connect: Any, received: Any
) -> None:
    head = b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 9\r\n\r\n"
    assert one(run, backend, connect, received, head, to_head=True).end == "reusable"


@pytest.mark.parametrize("excess", [OK, b"HTTP/1.1 200", b"garbage", b"\x00", b"x"])
def test_bytes_behind_an_answer_end_the_connection(
    run: Any, backend: Any, connect: Any, received: Any, excess: bytes
) -> None:
    got = one(run, backend, connect, received, OK + excess)
    assert (got.status, got.body, got.end) == (200, b"ok", "done")


def test_bytes_that_nobody_asked_for_end_the_connection(run: Any, backend: Any, connect: Any, received: Any) -> None:
    async def scenario() -> tuple[str, bool]:
        go = asyncio.Event()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
            await go.wait()
            writer.write(OK)
            await reader.read()

        async with backend(play) as port:
            lost = asyncio.Event()
            connection = await connect(port, lost)
            got = received()
            connection.start(got, to_head=False, data=GET)
            await got.ended.wait()
            go.set()
            await lost.wait()
            return got.end, connection.closed

    assert run(scenario()) == ("reusable", True)


def test_got_bytes_tells_of_this_exchange_only(run: Any, backend: Any, connect: Any, received: Any) -> None:
    async def scenario() -> list[bool]:
        async with backend(scripted(OK, b"", close=True)) as port:
            connection = await connect(port)
            seen = []
            for _ in range(2):
                got = received()
                connection.start(got, to_head=False, data=GET)
                await got.ended.wait()
                seen.append(connection.got_bytes)
            return seen

    assert run(scenario()) == [True, False]


def test_an_aborted_exchange_is_told_nothing_more(run: Any, backend: Any, connect: Any, received: Any) -> None:
    async def scenario() -> tuple[str, bool]:
        async with backend(scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")) as port:
            lost = asyncio.Event()
            connection = await connect(port, lost)
            got = received()
            connection.start(got, to_head=False, data=GET)
            await got.got_head.wait()
            connection.abort()
            await lost.wait()
            return got.end, connection.closed

    assert run(scenario()) == ("", True)


def test_reading_pauses_and_goes_on(run: Any, backend: Any, connect: Any, received: Any) -> None:
    size = 32 * 1024 * 1024

    async def scenario() -> tuple[int, str]:
        blocked = asyncio.Event()

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            writer.write(bytes(size))
            blocked.set()
            await writer.drain()
            await reader.read()

        async with backend(play) as port:
            connection = await connect(port)
            got = received()
            connection.start(got, to_head=False, data=GET)
            await got.got_head.wait()
            connection.pause_reading()
            connection.pause_reading()
            await blocked.wait()
            paused_at = len(got.body)
            await asyncio.sleep(0.02)
            assert len(got.body) == paused_at < size
            connection.resume_reading()
            await got.ended.wait()
            connection.abort()
            return len(got.body), got.end

    assert run(scenario()) == (size, "reusable")


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",
    ],
)
def test_an_endless_head_or_trailer_is_cut(
    run: Any, backend: Any, connect: Any, received: Any, start: bytes
) -> None:
    async def scenario() -> str:
        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(start)
            for _ in range(64):
                writer.write(b"x" * 65536)
                await writer.drain()
            await reader.read()

        async with backend(play) as port:
            connection = await connect(port)
            got = received()
            connection.start(got, to_head=False, data=GET)
            await got.ended.wait()
            return str(got.end)

    assert run(scenario(), limit_s=5) == "protocol"


def test_a_connection_with_something_unwritten_is_not_reusable(
    run: Any, backend: Any, connect: Any, received: Any
) -> None:
    """The rest of this request would come before the next one's head."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await asyncio.sleep(60)

    async def scenario() -> None:
        async with backend(play) as port:
            connection = await connect(port)
            got = received()
            connection.start(got, to_head=False, data=b"POST / HTTP/1.1\r\n\r\n")
            connection.write(bytes(64 << 20))
            await got.ended.wait()
            assert (got.status, got.end) == (200, "done")
            connection.abort()

    run(scenario())
