"""Backends over real sockets in a thread of their own, whose behaviour changes while they run.

A behaviour gets one request and the stream to answer on, and tells whether the connection goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable
from functools import cache
from typing import NamedTuple

Behaviour = Callable[["Request", asyncio.StreamWriter], Awaitable[bool]]

FOR_EVER_S = 3600.0


class Request(NamedTuple):
    """What a behaviour may look at."""

    method: str
    target: str


class Answer(NamedTuple):
    """What the primary answers: everything that a client can see of it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@cache
def answer_of(target: str) -> Answer:
    """The one right answer: a pure function of the target, in several sizes, framings and statuses."""
    number = int(target.rpartition("/")[2])
    text = hashlib.sha256(target.encode()).hexdigest()
    repeat = 300 if number % 7 == 0 else 12
    body = json.dumps({"target": target, "number": number, "texts": [text] * repeat}).encode()
    framing = ("transfer-encoding", "chunked") if number % 5 == 0 else ("content-length", str(len(body)))
    headers = (("content-type", "application/json"), ("set-cookie", f"a={number}"), ("set-cookie", "b=2"),
               ("x-digest", text))
    return Answer(404 if number % 11 == 0 else 200, (*headers, framing), body)


def wire_of(answer: Answer) -> bytes:
    """The answer's bytes."""
    head = f"HTTP/1.1 {answer.status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    body = answer.body
    if ("transfer-encoding", "chunked") in answer.headers:
        half = len(body) // 2
        pieces = [body[:half], body[half:]]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return head.encode() + b"\r\n" + body


# -- behaviours


async def good(request: Request, writer: asyncio.StreamWriter) -> bool:
    """Answer like the primary."""
    writer.write(wire_of(answer_of(request.target)))
    return True


async def hang_on_accept(request: Request, writer: asyncio.StreamWriter) -> bool:
    """Never accept; the kernel's queue takes connections all the same."""
    raise AssertionError("nobody is accepted meanwhile")


async def hang_before_the_head(request: Request, writer: asyncio.StreamWriter) -> bool:
    await asyncio.sleep(FOR_EVER_S)
    return False


async def hang_after_the_head(request: Request, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
    await asyncio.sleep(FOR_EVER_S)
    return False


async def hang_in_the_body(request: Request, writer: asyncio.StreamWriter) -> bool:
    writer.write(wire_of(answer_of(request.target))[:-20])
    await asyncio.sleep(FOR_EVER_S)
    return False


async def reset(request: Request, writer: asyncio.StreamWriter) -> bool:
    """Break off with RST."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


async def reset_in_the_body(request: Request, writer: asyncio.StreamWriter) -> bool:
    writer.write(wire_of(answer_of(request.target))[:-20])
    await writer.drain()
    return await reset(request, writer)


async def drip(request: Request, writer: asyncio.StreamWriter) -> bool:
    """One byte a second."""
    for byte in wire_of(answer_of(request.target)):
        writer.write(bytes([byte]))
        await asyncio.sleep(1)
    return False


async def flood(request: Request, writer: asyncio.StreamWriter) -> bool:
    """A body without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
        await writer.drain()


async def flood_of_headers(request: Request, writer: asyncio.StreamWriter) -> bool:
    """A head without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-more: " + b"y" * 8000 + b"\r\n")
        await writer.drain()


async def flood_of_interim(request: Request, writer: asyncio.StreamWriter) -> bool:
    """Interim answers for ever, each of them short."""
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n" * 500)
        await writer.drain()


async def garbage(request: Request, writer: asyncio.StreamWriter) -> bool:
    writer.write(os.urandom(4096))
    await writer.drain()
    return False


async def twice(request: Request, writer: asyncio.StreamWriter) -> bool:
    """Two answers to one request; the second is a wrong one."""
    writer.write(wire_of(answer_of(request.target)) + wire_of(answer_of("/wrong/1")))
    return True


async def bomb(request: Request, writer: asyncio.StreamWriter) -> bool:
    """10 GB of zeros, compressed."""
    body = gzip_bomb()
    writer.write(b"HTTP/1.1 %d OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n"
                 b"content-length: %d\r\n\r\n" % (answer_of(request.target).status, len(body)))
    writer.write(body)
    await writer.drain()
    return True


BOMB_BYTES = 10 * 1000**3
_STEP = 100 * 1000**2


@cache
def gzip_bomb() -> bytes:
    """10 GB of zeros as gzip, about 10 MB: one flushed block of 100 MB, a hundred times.

    The checksum at its end is not that of the zeros: who gets as far has lost already.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(_STEP)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    head = b"\x1f\x8b\x08" + bytes(5) + b"\x00\xff"
    return head + block * (BOMB_BYTES // _STEP) + end + struct.pack("<II", 0, BOMB_BYTES % (1 << 32))


# -- the server


class Backend:
    """A server on a port of its own; `behave` changes what it does and breaks what it had open."""

    def __init__(self, behaviour: Behaviour = good, *, port: int = 0) -> None:
        self.behaviour = behaviour
        self.requests = 0
        self._sock = socket.create_server(("127.0.0.1", port), backlog=128)
        self._sock.setblocking(False)
        self.port = int(self._sock.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name=f"backend {self.port}", daemon=True)
        self._thread.start()
        self.behave(behaviour)

    def behave(self, behaviour: Behaviour) -> None:
        """Do this from now on; returns when it is so."""
        asyncio.run_coroutine_threadsafe(self._switch(behaviour), self._loop).result(10)

    def close(self) -> None:
        """Stop; from now on connections are refused. A second time does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._switch(hang_on_accept), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._sock.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _switch(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self._loop.remove_reader(self._sock)
        await asyncio.sleep(0)  # a task that has not begun would leave its socket open
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
        if behaviour is not hang_on_accept:
            self._loop.add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        # By hand: an accept() that is cancelled in the wrong moment would lose the socket that it had got.
        try:
            sock, _ = self._sock.accept()
        except BlockingIOError:
            return
        sock.setblocking(False)
        task = self._loop.create_task(self._serve(sock))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, sock: socket.socket) -> None:
        try:
            reader, writer = await asyncio.open_connection(sock=sock)
        except BaseException:
            sock.close()  # cancelled before anybody else owned it
            raise
        try:
            while True:
                line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)[0].decode("latin-1")
                self.requests += 1
                method, target, _ = line.split(" ")
                if not await self.behaviour(Request(method, target), writer):
                    return
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the other side left
        finally:
            writer.transport.abort()
            sock.close()
