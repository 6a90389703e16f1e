"""Whatever bytes a client sends, in whatever pieces: the listener refuses, or forwards one request that everybody
reads as the same one. Never two."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import uvloop
from fuzz_parsers import Parsed, Stream, parse_strictly, parse_with_h11
from fuzz_requests import each_part_alone, pieces
from hypothesis import HealthCheck, given, settings

from shadow.config.model import Route
from shadow.ipc.messages import Handed, Note

ADDED = {b"shadow-hop", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port"}
REFUSALS = (400, 408, 414, 431, 501, 505, 508)
# Written anew for the connection to the primary.
CONNECTIONS = {b"transfer-encoding", b"content-length", b"connection", b"upgrade"}


class Played(NamedTuple):
    """What came of one client's bytes."""

    got: bytes
    broken: bool
    streams: list[bytes]
    understood: list[tuple[bytes, bytes, bytes | None]]
    accepted: int


class RecordingPrimary(asyncio.Protocol):
    """Keeps what it gets, and answers each whole request once; hangs up on whatever is none."""

    def __init__(self, streams: list[bytearray]) -> None:
        self._data = bytearray()
        self._answered = 0
        streams.append(self._data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        parsed = parse_strictly(bytes(self._data))
        for _ in parsed.requests[self._answered :]:
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-primary: yes\r\n\r\n")
        self._answered = len(parsed.requests)
        if parsed.error:
            self._transport.abort()


class Fuzzed:
    """A listener between raw clients and the recording primary, on a loop that stands still between examples."""

    def __init__(self, mirroring: Any) -> None:
        self._loop = uvloop.new_event_loop()
        self._mirroring = mirroring
        self._streams: list[bytearray] = []
        self._loop.run_until_complete(self._open())

    async def _open(self) -> None:
        self._server = await self._loop.create_server(lambda: RecordingPrimary(self._streams), "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        # Everything is mirrored, so that the tee tells how the listener itself understood each request.
        self._context = self._mirroring(port, routes=(Route(endpoint="* /*", mirror="read_only"),),
                                        max_header_bytes=16384, pause_lag_s=3600.0, linger_s=0.2)
        self._m = await self._context.__aenter__()

    def close(self) -> None:
        self._loop.run_until_complete(self._close())
        self._loop.close()

    async def _close(self) -> None:
        await self._context.__aexit__(None, None, None)
        self._server.close()

    def send(self, sent: list[bytes]) -> Played:
        """Play one client: what it got, whether it was cut off, the bytes of each connection to the primary, how the
        listener understood what it forwarded whole (a body only where it was mirrored), how many it accepted."""
        return self._loop.run_until_complete(asyncio.wait_for(self._send(sent), 20))

    async def _send(self, sent: list[bytes]) -> Played:
        m = self._m
        # Each example begins with connections of its own: whatever one leaves behind must not help another.
        m.listener.pool.close()
        self._streams.clear()
        m.sender.messages.clear()
        accepted, handed = m.lane().accepted, m.lane().handed
        reader, writer = await asyncio.open_connection("127.0.0.1", m.port)
        got, broken = b"", False
        try:
            for piece in sent:
                writer.write(piece)
                for _ in range(4):
                    await asyncio.sleep(0)
            writer.write_eof()
            while more := await reader.read(65536):
                got += more
        except (OSError, RuntimeError):
            broken = True  # RuntimeError: uvloop's, for a transport that has just been cut off
        finally:
            writer.transport.abort()
        while m.lane().open:
            await asyncio.sleep(0)
        while len(m.sender.messages) < m.lane().handed - handed:
            await asyncio.sleep(0)
        understood: list[tuple[bytes, bytes, bytes | None]] = []
        for message in m.sender.messages:
            if isinstance(message, Handed):
                request = message.request
                understood.append((request.method.encode(), request.target, request.body))
            elif isinstance(message, Note) and message.status == 200:
                understood.append((message.method.encode(), message.target, None))
        return Played(got, broken, [bytes(data) for data in self._streams if data], understood,
                      m.lane().accepted - accepted)


@pytest.fixture
def fuzzed(mirroring: Any) -> Iterator[Fuzzed]:
    made = Fuzzed(mirroring)
    yield made
    made.close()


def as_asked(request: Parsed) -> tuple[bytes, bytes, bytes]:
    """What must be the same for everybody."""
    return request.method, request.target, request.body


def answers(got: bytes) -> list[int]:
    """The statuses of the answers; those of the primary have no body, ours come last or have a length."""
    statuses = []
    while got:
        head, blank, got = got.partition(b"\r\n\r\n")
        assert blank, f"half an answer: {head!r}"
        assert head.startswith(b"HTTP/1.1 "), head
        statuses.append(int(head[9:12]))
        if b"x-primary" not in head:
            assert statuses[-1] >= 400, head
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            got = got[length:] if got.startswith(b"shadow: ") else got
    return statuses


def as_forwarded(request: Parsed) -> Parsed:
    """What a request becomes on its way (RFC 9112 3.2.2, 3.2.4): an absolute target gives its path, and the Host."""
    found = re.fullmatch(rb"(?i:https?)://([^/?#]+)([^#]*)", request.target)
    if found is None:
        return request
    path = found[2] if found[2].startswith(b"/") else b"/" + found[2]
    target = b"*" if request.method == b"OPTIONS" and not found[2] else path
    headers = ((b"host", found[1]), *(pair for pair in request.headers if pair[0] != b"host"))
    return Parsed(request.method, target, headers, request.body)


def check(fuzzed: Fuzzed, sent: list[bytes]) -> None:
    played = fuzzed.send(sent)
    meant = parse_with_h11(b"".join(sent))

    arrived: list[Parsed] = []
    for data in played.streams:
        strictly, leniently = parse_strictly(data), parse_with_h11(data)
        assert strictly.error == leniently.error == "", data
        assert [as_asked(r) for r in strictly.requests] == [as_asked(r) for r in leniently.requests]
        arrived += strictly.requests

    # At most one for each that was accepted, and exactly as the listener itself understood it.
    assert len(played.understood) <= len(arrived) <= played.accepted
    for request, (method, target, body) in zip(arrived, played.understood, strict=False):
        assert (request.method, request.target) == (method, target)
        assert body is None or request.body == body

    # And as another parser understands what the client sent, as far as that one can follow.
    for request, other in zip(arrived, map(as_forwarded, meant.requests), strict=False):
        assert as_asked(request) == as_asked(other)
        named = {name for name, _ in other.headers}
        ours = ADDED | CONNECTIONS | (set() if b"host" in named else {b"host"})
        assert {pair for pair in request.headers if pair[0] not in ours} <= set(other.headers)
    if not meant.error:
        assert len(arrived) <= len(meant.requests)

    if not played.broken:
        statuses = answers(played.got)
        assert statuses.count(200) == len(played.understood)
        assert [status for status in statuses if status != 200] in ([], *([status] for status in REFUSALS))


def explore(fuzzed: Fuzzed, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False)
    @given(pieces())
    def one(sent: list[bytes]) -> None:
        check(fuzzed, sent)

    one()


def test_each_odd_part_alone(fuzzed: Fuzzed) -> None:
    """In one piece, in two, and byte by byte."""
    for data in each_part_alone():
        check(fuzzed, [data])
        check(fuzzed, [data[: len(data) // 2], data[len(data) // 2 :]])
        if len(data) < 1000:
            check(fuzzed, [bytes([byte]) for byte in data])


def test_never_two(fuzzed: Fuzzed) -> None:
    explore(fuzzed, 1500)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_never_two_at_length(fuzzed: Fuzzed) -> None:
    explore(fuzzed, 40_000)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ""),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", ""),
        (b"GET / HTTP/1.1\nHost: x\n\n", ""),
        (b"GET / HTTP/1.1\r\nX: 1\r\n\r\n", "0 hosts"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", "2 hosts"),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nX: 1 \r\n\r\n", ""),
        (b"GET * HTTP/1.1\r\nHost: x\r\nX: 1\r\n\r\n", "target"),
        (b"GET http://x/ HTTP/1.1\r\nHost: x\r\nX: 1\r\n\r\n", "target"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-T: 1\r\n\r\n", ""),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n", "trailer"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX : 1\r\n\r\n", "header line"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: 1\r\n 2\r\n\r\n", "header line"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", "header line"),
        (b"GET / HTTP/1.0\r\nX: 1\r\n\r\n", "request line"),
        (b"GET /a b HTTP/1.1\r\nHost: x\r\nX: 1\r\n\r\n", "request line"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "ambiguous"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "ambiguous"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "coding"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", "length"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a\r\nhello\r\n0\r\n\r\n", "chunk"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n", "a chunk that"),
    ],
)
def test_the_judge_is_strict(data: bytes, error: str) -> None:
    parsed: Stream = parse_strictly(data)
    assert parsed.error.startswith(error) and bool(parsed.error) == bool(error)
    assert bool(parsed.requests) == (not error and b"\r\n\r\n" in data)
