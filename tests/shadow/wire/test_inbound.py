"""One client connection: strict framing, answers in order, honest endings."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shadow.wire.clients import Clients
from shadow.wire.head import Framing, HeaderList, RequestHead
from shadow.wire.inbound import Inbound


class Echo:
    """Answers with method, target and body; `manual` waits for `answer()`."""

    def __init__(self, inbound: Inbound, door: Door) -> None:
        self.inbound = inbound
        self.door = door
        self.body = b""
        self.trailers: HeaderList = []
        self.events: list[str] = []
        self.reads = 0
        door.handlers.append(self)

    def on_request(self, head: RequestHead) -> None:
        self.head = head
        self.events.append("head")
        if self.door.at_head is not None:
            self.door.at_head(self)

    def on_request_body(self, data: bytes) -> None:
        assert data
        self.body += data

    def on_request_trailers(self, fields: HeaderList) -> None:
        self.trailers = fields

    def on_request_end(self) -> None:
        self.events.append("end")
        self.door.arrived.set()
        if not self.door.manual:
            self.answer()

    def on_read_end(self) -> None:
        self.reads += 1

    def on_client_gone(self) -> None:
        self.events.append("gone")
        self.door.gone.set()

    def on_client_writable(self, writable: bool) -> None:
        self.events.append("writable" if writable else "full")

    def answer(self, *, keep_alive: bool | None = None) -> None:
        content = b"%b %b %b" % (self.head.method, self.head.target, self.body)
        self.inbound.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content))
        self.inbound.finish(keep_alive=self.head.keep_alive if keep_alive is None else keep_alive)


class Door:
    """A listening socket with one Echo for each request."""

    def __init__(self) -> None:
        self.handlers: list[Echo] = []
        self.refused: list[int] = []
        self.clients = Clients()
        self.arrived = asyncio.Event()
        self.gone = asyncio.Event()
        self.manual = False
        self.at_head: Callable[[Echo], None] | None = None
        self.port = 0


@pytest.fixture
def door() -> Any:
    @asynccontextmanager
    async def opened(
        *, manual: bool = False, max_header_bytes: int = 1024, linger_s: float = 5.0
    ) -> AsyncIterator[Door]:
        it = Door()
        it.manual = manual
        server = await asyncio.get_running_loop().create_server(
            lambda: Inbound(lambda inbound: Echo(inbound, it), it.clients, max_header_bytes=max_header_bytes,
                            max_headers=16, linger_s=linger_s, on_refused=it.refused.append),
            "127.0.0.1", 0,
        )
        it.port = server.sockets[0].getsockname()[1]
        try:
            yield it
        finally:
            server.close()
            for each in it.clients:
                each.abort()
            await it.clients.wait_empty()

    return opened


def get(target: bytes, *headers: bytes, version: bytes = b"1.1") -> bytes:
    return b"".join([b"GET %b HTTP/%b\r\nHost: x\r\n" % (target, version), *(h + b"\r\n" for h in headers), b"\r\n"])


POST = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" \
    b"2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nT: x\r\n\r\n"


def test_keep_alive_serves_one_request_after_the_other(run: Any, door: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            for data, body in ((get(b"/1"), b"GET /1 "), (POST, b"POST /p hello"), (CHUNKED, b"POST /c hello"),
                               (get(b"/2"), b"GET /2 ")):
                writer.write(data)
                assert (await answer(reader))[2] == body
            framings = [h.head.framing for h in d.handlers]
            assert framings == [Framing.none, Framing.length, Framing.chunked, Framing.none]
            assert len(d.clients) == 1

    run(scenario())


def test_requests_in_one_packet_are_answered_in_order(run: Any, door: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1") + POST + CHUNKED + get(b"/2"))
            bodies = [(await answer(reader))[2] for _ in range(4)]
            assert bodies == [b"GET /1 ", b"POST /p hello", b"POST /c hello", b"GET /2 "]

    run(scenario())


def test_a_pipelined_request_begins_only_when_the_one_before_it_is_answered(
    run: Any, door: Any, client: Any, answer: Any
) -> None:
    async def scenario() -> None:
        async with door(manual=True) as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1") + POST + CHUNKED)
            for count in (1, 2, 3):
                await d.arrived.wait()
                d.arrived.clear()
                assert [h.events for h in d.handlers] == [["head", "end"]] * count
                d.handlers[-1].answer()
            assert [(await answer(reader))[2] for _ in range(3)] == [b"GET /1 ", b"POST /p hello", b"POST /c hello"]

    run(scenario())


@pytest.mark.parametrize("late", [1, 40, 62])
def test_a_held_request_may_still_be_on_its_way(run: Any, door: Any, client: Any, answer: Any, late: int) -> None:
    """The second request is cut anywhere: what came is held, and the rest is read once its turn has come."""

    async def scenario() -> None:
        async with door(manual=True) as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1") + POST[:late])
            await d.arrived.wait()
            d.arrived.clear()
            d.handlers[0].answer()
            writer.write(POST[late:])
            await d.arrived.wait()
            d.handlers[1].answer()
            assert [(await answer(reader))[2] for _ in range(2)] == [b"GET /1 ", b"POST /p hello"]

    run(scenario())


@pytest.mark.parametrize("data", [get(b"/1", b"A: b"), POST, CHUNKED])
def test_a_request_may_be_split_anywhere(run: Any, door: Any, client: Any, answer: Any, data: bytes) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.transport.set_write_buffer_limits(0)
            for cut in range(1, len(data)):
                d.arrived.clear()
                writer.write(data[:cut])
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                writer.write(data[cut:])
                assert (await answer(reader))[0] == 200
            assert len(d.handlers) == len(data) - 1
            assert {(h.head.target, h.body) for h in d.handlers} == {
                (data.split(b" ")[1], b"" if data.startswith(b"GET") else b"hello")
            }

    run(scenario())


@pytest.mark.parametrize("data", [POST, CHUNKED])
def test_a_request_may_come_byte_by_byte(run: Any, door: Any, client: Any, answer: Any, data: bytes) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(get(b"/0"))
            await answer(reader)
            (inbound,) = list(d.clients)
            for i in range(len(data)):
                inbound.data_received(data[i : i + 1])  # exactly these reads, which no socket promises
            assert (await answer(reader))[2] == b"POST %b hello" % data.split(b" ")[1]

    run(scenario())


@pytest.mark.parametrize(
    ("data", "closes"),
    [
        (get(b"/", version=b"1.0"), True),
        (get(b"/", b"Connection: keep-alive", version=b"1.0"), False),
        (get(b"/", b"Connection: close"), True),
    ],
)
def test_when_the_connection_closes(
    run: Any, door: Any, client: Any, answer: Any, data: bytes, closes: bool
) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(data)
            assert (await answer(reader))[2] == b"GET / "
            if closes:
                assert await reader.read() == b""
            else:
                writer.write(data)
                assert (await answer(reader))[2] == b"GET / "

    run(scenario())


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"garbage\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\nB: c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA(: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        (b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET http://u@x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"FOO /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"FOO / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
        (b"F(O / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"SETUP / RTSP/1.0\r\n\r\n", 501),
        (b"GET /\r\nHost: x\r\n\r\n", 505),
        (b"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 16 + b"\r\n", 431),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 1024, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 1024 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 1024 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    ],
)
def test_what_cannot_be_trusted_is_refused_once_and_never_forwarded(
    run: Any, door: Any, client: Any, answer: Any, data: bytes, status: int
) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(data)
            got, headers, body = await answer(reader)
            assert got == status
            assert ("connection", "close") in headers
            assert body.startswith(b"shadow: ")
            assert await reader.read() == b""
            assert (d.handlers, d.refused) == ([], [status])

    run(scenario())


def test_a_head_just_within_the_limit_is_served(run: Any, door: Any, client: Any, answer: Any) -> None:
    data = get(b"/", b"A: " + b"a" * (1024 - len(get(b"/", b"A: "))))
    assert len(data) == 1024

    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            for request in (data, data, POST.replace(b"hello", b"x" * 4000).replace(b": 5", b": 4000")):
                writer.write(request)
                assert (await answer(reader))[0] == 200
            assert d.refused == []

    run(scenario())


def test_garbage_behind_a_request_is_refused_after_its_answer(
    run: Any, door: Any, client: Any, answer: Any
) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1") + b"garbage\r\n\r\n")
            assert [(await answer(reader))[0] for _ in range(2)] == [200, 400]
            assert await reader.read() == b""
            assert d.refused == [400]

    run(scenario())


@pytest.mark.parametrize("rest", [b"zz\r\n", b"2\r\nhe--", b"0\r\nT: " + b"t" * 4096])
def test_a_body_that_turns_out_malformed_breaks_the_connection(
    run: Any, door: Any, client: Any, rest: bytes
) -> None:
    async def scenario() -> None:
        async with door(manual=True) as d, client(d.port) as (reader, writer):
            d.at_head = lambda handler: d.arrived.set()
            writer.write(CHUNKED[: CHUNKED.index(b"2;")])
            await d.arrived.wait()
            writer.write(rest)
            await d.gone.wait()
            assert d.handlers[0].events == ["head", "gone"]
            assert await reader.read() == b""
            assert d.refused == []

    run(scenario())


def test_a_client_that_closed_its_sending_side_still_gets_its_answer(
    run: Any, door: Any, client: Any, answer: Any
) -> None:
    async def scenario() -> None:
        async with door(manual=True) as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1") + POST + get(b"/2"))
            writer.write_eof()
            for _ in range(3):
                await d.arrived.wait()
                d.arrived.clear()
                await asyncio.sleep(0.01)  # the end of the stream has been seen where it can be
                d.handlers[-1].answer()
            assert [(await answer(reader))[2] for _ in range(3)] == [b"GET /1 ", b"POST /p hello", b"GET /2 "]
            assert await reader.read() == b""

    run(scenario())


@pytest.mark.parametrize("data", [POST[:-1], get(b"/")[:-2], b""])
def test_a_client_that_leaves_before_its_request_is_whole(run: Any, door: Any, client: Any, data: bytes) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(data)
            writer.write_eof()
            assert await reader.read() == b""
            await d.clients.wait_empty()
            assert [h.events for h in d.handlers] == ([["head", "gone"]] if data.startswith(b"POST") else [])

    run(scenario())


def test_a_client_that_leaves_before_its_answer(run: Any, door: Any, client: Any) -> None:
    async def scenario() -> None:
        async with door(manual=True) as d:
            async with client(d.port) as (_, writer):
                writer.write(get(b"/"))
                await d.arrived.wait()
                # A plain close looks like the end of the sending side alone; a reset leaves no doubt.
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            await d.clients.wait_empty()
            assert d.handlers[0].events == ["head", "end", "gone"]

    run(scenario())


def test_an_answer_before_the_request_is_whole_ends_the_connection(
    run: Any, door: Any, client: Any, answer: Any
) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            d.at_head = lambda handler: handler.answer()
            writer.write(POST[:-1])
            assert (await answer(reader))[0] == 200
            assert await reader.read() == b""
            assert d.handlers[0].events == ["head"]

    run(scenario())


def test_nothing_behind_the_last_answer_is_begun(run: Any, door: Any, client: Any, answer: Any) -> None:
    """RFC 9112 9.6: after an answer that closes, no further request of the connection may be processed."""

    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            d.at_head = lambda handler: handler.answer(keep_alive=False)
            writer.write(get(b"/1") + POST)
            assert (await answer(reader))[2] == b"GET /1 "
            assert await reader.read() == b""
            assert [h.head.target for h in d.handlers] == [b"/1"]

    run(scenario())


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize(
    ("data", "method", "target"),
    [
        (b"BAN /x HTTP/1.1\r\n", b"BAN", b"/x"),
        (b"get /x HTTP/1.1\r\n", b"get", b"/x"),
        (b"VERSION-CONTROL /x HTTP/1.1\r\n", b"VERSION-CONTROL", b"/x"),
        ("GET /ü?ä=ß HTTP/1.1\r\n".encode(), b"GET", b"/%C3%BC?%C3%A4=%C3%9F"),
        ("BAN /ü HTTP/1.1\r\n".encode(), b"BAN", b"/%C3%BC"),
        (b"\r\nBAN /x HTTP/1.1\r\n", b"BAN", b"/x"),
    ],
)
def test_what_llhttp_does_not_know_is_passed_on(
    run: Any, door: Any, client: Any, answer: Any, data: bytes, method: bytes, target: bytes, split: bool
) -> None:
    """Refusing it would change live traffic: primaries know other methods, and take raw bytes in a target."""

    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            request = data + b"Host: x\r\nContent-Length: 2\r\n\r\nhi"
            for turn in range(2):
                if split:
                    writer.write(get(b"/0"))
                    await answer(reader)
                    (inbound,) = list(d.clients)
                    for i in range(len(request)):
                        inbound.data_received(request[i : i + 1])
                else:
                    writer.write(request)
                assert (await answer(reader))[2] == b"%b %b hi" % (method, target), turn
            assert d.refused == []

    run(scenario())


def test_behind_another_request_in_one_read_it_is_refused(run: Any, door: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1") + b"BAN / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert [(await answer(reader))[0] for _ in range(2)] == [200, 400]

    run(scenario())


def test_a_method_that_began_in_the_read_before_is_not_guessed(run: Any, door: Any, client: Any, answer: Any) -> None:
    """Only its end is at hand then, which may look like another method."""

    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(get(b"/0"))
            await answer(reader)
            (inbound,) = list(d.clients)
            inbound.data_received(get(b"/1") + b"GE")
            inbound.data_received(b"OMETRY / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert [(await answer(reader))[0] for _ in range(2)] == [200, 400]
            assert [h.head.target for h in d.handlers] == [b"/0", b"/1"]

    run(scenario())


@pytest.mark.parametrize(
    ("line", "target", "host"),
    [
        (b"GET http://shop.example:81/a?b=c HTTP/1.1", b"/a?b=c", b"shop.example:81"),
        (b"GET HTTPS://shop.example HTTP/1.1", b"/", b"shop.example"),
        (b"GET http://shop.example?b HTTP/1.1", b"/?b", b"shop.example"),
        (b"OPTIONS http://shop.example HTTP/1.1", b"*", b"shop.example"),
        (b"OPTIONS * HTTP/1.1", b"*", b"other"),
        (b"GET http://[::1]:80/ HTTP/1.1", b"/", b"[::1]:80"),
    ],
)
def test_absolute_targets_become_paths_and_name_the_host(
    run: Any, door: Any, client: Any, answer: Any, line: bytes, target: bytes, host: bytes
) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(line + b"\r\nA: 1\r\nHost: other\r\n\r\n")
            assert (await answer(reader))[0] == 200
            head = d.handlers[0].head
            assert (head.target, head.host) == (target, host)
            assert [value for name, value in head.headers if name.lower() == b"host"] == [host]

    run(scenario())


def test_trailers_are_told_before_the_end_without_what_frames_the_message(
    run: Any, door: Any, client: Any, answer: Any
) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            for _ in range(2):
                writer.write(CHUNKED.replace(b"T: x\r\n", b"T: x\r\nHost: y\r\nt: y\r\nConnection: z\r\n"))
                assert (await answer(reader))[2] == b"POST /c hello"
                assert d.handlers[-1].trailers == [(b"T", b"x"), (b"t", b"y")]
            writer.write(POST)
            await answer(reader)
            assert d.handlers[-1].trailers == []

    run(scenario())


@pytest.mark.parametrize("behind", [b"", b"\x00bytes of it"])
@pytest.mark.parametrize("before", [b"", get(b"/1")])
def test_an_upgrade_is_held_until_it_is_decided(
    run: Any, door: Any, client: Any, answer: Any, behind: bytes, before: bytes
) -> None:
    async def scenario() -> None:
        async with door(manual=True) as d, client(d.port) as (reader, writer):
            writer.write(before + get(b"/u", b"Connection: Keep-Alive, upgrade", b"Upgrade: websocket, h2c") + behind)
            for _ in range(2 if before else 1):
                await d.arrived.wait()
                d.arrived.clear()
                if d.handlers[-1].head.target == b"/1":
                    d.handlers[-1].answer()
            if before:
                assert (await answer(reader))[2] == b"GET /1 "
            handler = d.handlers[-1]
            assert (handler.head.target, handler.head.upgrade) == (b"/u", b"websocket")
            transport, rest = handler.inbound.switch()
            assert rest == behind
            assert handler.inbound.is_answering and handler.inbound.is_busy
            transport.abort()

    run(scenario())


def test_an_upgrade_that_is_not_granted_goes_on_in_http(run: Any, door: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            for _ in range(2):
                writer.write(get(b"/u", b"Connection: upgrade", b"Upgrade: websocket") + POST + get(b"/2"))
                assert [(await answer(reader))[2] for _ in range(3)] == [b"GET /u ", b"POST /p hello", b"GET /2 "]

    run(scenario())


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize(
    ("data", "method"),
    [
        (get(b"/p", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: A"), b"GET"),
        (POST.replace(b"\r\n\r\n", b"\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"), b"POST"),
        (POST.replace(b"\r\n\r\n", b"\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"), b"POST"),
        (CHUNKED.replace(b"x\r\n", b"x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n", 1), b"POST"),
        (POST.replace(b"\r\n\r\n", b"\r\nUpgrade: websocket\r\n\r\n"), b"POST"),
    ],
)
def test_an_upgrade_that_cannot_be_tunnelled_is_ignored(
    run: Any, door: Any, client: Any, answer: Any, data: bytes, method: bytes, split: bool
) -> None:
    """Java's client offers h2c with its first request, body or not: it must not lose it, nor its connection."""

    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            for _ in range(2):
                if split:
                    writer.write(get(b"/0"))
                    await answer(reader)
                    (inbound,) = list(d.clients)
                    for i in range(len(data)):
                        inbound.data_received(data[i : i + 1])
                else:
                    writer.write(data)
                body = b"hello" if method == b"POST" else b""
                target = data.split(b" ")[1]
                assert (await answer(reader))[2] == b"%b %b %b" % (method, target, body)
                head = d.handlers[-1].head
                assert head.upgrade == b""
                assert {b"upgrade", b"connection", b"http2-settings"}.isdisjoint(n.lower() for n, _ in head.headers)

    run(scenario())


def test_after_an_early_answer_the_upload_is_taken_so_that_the_client_can_read_it(
    run: Any, door: Any, client: Any, answer: Any
) -> None:
    """Without lingering the unread upload makes the kernel reset the connection, and the answer is lost."""

    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            d.at_head = lambda handler: handler.answer()
            writer.write(b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n")
            for _ in range(20):
                writer.write(bytes(1_000_000))
                await writer.drain()
            assert (await answer(reader))[0] == 200
            assert await reader.read() == b""
            writer.write_eof()
            await d.clients.wait_empty()
            assert d.handlers[0].events == ["head"]
            assert d.handlers[0].body == b""

    run(scenario())


@pytest.mark.parametrize("refused", [False, True])
def test_lingering_ends_in_time(run: Any, door: Any, client: Any, answer: Any, refused: bool) -> None:
    async def scenario() -> None:
        async with door(linger_s=0.05) as d, client(d.port) as (reader, writer):
            d.at_head = lambda handler: handler.answer()
            writer.write(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n" if refused else POST[:-1])
            assert (await answer(reader))[0] == (505 if refused else 200)
            assert await reader.read() == b""
            await d.clients.wait_empty()

    run(scenario(), limit_s=4)


@pytest.mark.parametrize("data", [b"G", get(b"/")[:-1], b"POST / HTTP/1.1\r\nHost: x\r\nA"])
def test_a_head_that_does_not_end_is_408(run: Any, door: Any, client: Any, answer: Any, data: bytes) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1"))
            await answer(reader)
            (inbound,) = list(d.clients)
            assert inbound.head_since == 0.0
            writer.write(data)
            while not inbound.head_since:
                await asyncio.sleep(0.001)
            inbound.on_head_timeout()
            assert (await answer(reader))[0] == 408
            assert d.refused == [408]

    run(scenario())


def test_a_head_that_came_in_pieces_is_not_late(run: Any, door: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1"))
            await answer(reader)
            (inbound,) = list(d.clients)
            inbound.data_received(POST[:20])
            since = inbound.head_since
            assert since > 0
            inbound.data_received(POST[20:30])
            assert inbound.head_since == since  # the first byte counts, however it goes on
            inbound.data_received(POST[30:-2])
            assert inbound.head_since == 0.0
            inbound.data_received(POST[-2:])
            assert (await answer(reader))[2] == b"POST /p hello"

    run(scenario())


@pytest.mark.parametrize("busy", [False, True])
def test_drain_closes_when_idle_or_after_the_answer(
    run: Any, door: Any, client: Any, answer: Any, busy: bool
) -> None:
    async def scenario() -> None:
        async with door(manual=busy) as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1") + (get(b"/2") if busy else b""))
            await d.arrived.wait()
            (inbound,) = list(d.clients)
            assert (inbound.is_busy, inbound.is_answering) == (busy, busy)
            inbound.drain()
            if busy:
                d.handlers[0].answer()
            assert (await answer(reader))[2] == b"GET /1 "
            assert await reader.read() == b""
            assert len(d.handlers) == 1

    run(scenario())


def test_holds_nest_and_reading_goes_on_after_the_last(run: Any, door: Any, client: Any, answer: Any) -> None:
    async def scenario() -> None:
        async with door() as d, client(d.port) as (reader, writer):
            writer.write(get(b"/1"))
            await answer(reader)
            (inbound,) = list(d.clients)
            inbound.hold_reading()
            inbound.hold_reading()
            d.arrived.clear()
            writer.write(get(b"/2"))
            inbound.release_reading()
            await asyncio.sleep(0.02)
            assert not d.arrived.is_set()
            inbound.release_reading()
            assert (await answer(reader))[2] == b"GET /2 "

    run(scenario())


def test_a_client_that_does_not_read_fills_its_buffer_and_every_handler_is_told(
    run: Any, door: Any, client: Any, answer: Any
) -> None:
    """Also the handler of a request that begins while the buffer is still full of the answer before."""
    size = 32 * 1024 * 1024

    async def scenario() -> None:
        async with door(manual=True) as d, client(d.port) as (reader, writer):
            writer.transport.pause_reading()
            writer.write(get(b"/1") + get(b"/2"))
            await d.arrived.wait()
            first = d.handlers[0]
            first.inbound.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            first.inbound.write(bytes(size))
            assert first.events == ["head", "end", "full"]
            first.inbound.finish(keep_alive=True)
            second = d.handlers[1]
            assert second.events[:2] == ["head", "full"]
            writer.transport.resume_reading()
            assert len((await answer(reader))[2]) == size
            while "writable" not in second.events:
                await asyncio.sleep(0.001)
            second.answer()
            assert (await answer(reader))[2] == b"GET /2 "

    run(scenario())
