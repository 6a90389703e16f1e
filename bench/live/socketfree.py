"""What the listener itself costs, sockets taken away: `python -m bench.live.socketfree [--seconds S]`.

A real listener with its policy, counters, copies and hand-off; in place of sockets are objects that take what is
written and forget it. 32 clients ask, the primary answers, one turn of the loop, and again. What is left out is the
kernel and most of the event loop. Prints the processor time of a request for each kind of traffic, in microseconds:

    same     every request and answer alike, as load generators send them
    varied   ids, dates and lengths differ each time, and twelve headers a request, as browsers and meshes send them
    post     the same as `varied`, with 1 KB sent
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import uvloop

from bench.live.backends import document
from shadow.config.model import Config, Primary, Route, ShadowLeg
from shadow.ipc.assignment import COLLECTOR, Assignment
from shadow.ipc.frames import FrameLink
from shadow.ipc.lanes import LaneFile
from shadow.mirror.listener import Listener
from shadow.wire.inbound import Inbound
from shadow.wire.upstream import UpstreamConnection

CONNECTIONS = 32
_ROUNDS = 40
_VARIANTS = 512
_BODY = document(1024)


class Sink:
    """A transport that forgets what is written to it."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, data: bytes) -> None:
        """Take it."""
        self.written += len(data)

    def get_extra_info(self, name: str) -> object:
        """Return addresses, as a TCP connection has them."""
        return {"peername": ("10.0.0.7", 40000), "sockname": ("10.0.0.1", 8080)}.get(name)

    def is_closing(self) -> bool:
        """Return False."""
        return False

    def get_write_buffer_size(self) -> int:
        """Return that nothing waits."""
        return 0

    def pause_reading(self) -> None:
        """Do nothing."""

    resume_reading = abort = close = pause_reading


def same() -> Iterator[tuple[bytes, bytes]]:
    """Return what load generators send and get."""
    head = (b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 01 Jan 2029 00:00:00 GMT\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\nLast-Modified: Tue, 14 Nov 2028 22:13:20 GMT\r\n"
            b"Connection: keep-alive\r\nETag: \"6553f100-400\"\r\nAccept-Ranges: bytes\r\n\r\n" % len(_BODY))
    return cycle([(b"GET /bodies/1.json HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", head + _BODY)])


def varied(method: bytes = b"GET") -> Iterator[tuple[bytes, bytes]]:
    """Return what browsers and service meshes send and get."""
    found = []
    sent = _BODY if method == b"POST" else b""
    framing = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(sent) if sent else b""
    for n in range(_VARIANTS):
        request = (
            b"%b /orders/%d?page=%d HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: Mozilla/5.0 (Linux)\r\n"
            b"Accept: application/json\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, br\r\n"
            b"Referer: https://shop.example.com/orders\r\nCookie: session=%032x; theme=dark\r\n"
            b"X-Request-Id: %032x\r\ntraceparent: 00-%032x-%016x-01\r\nX-Forwarded-For: 10.1.%d.%d\r\n"
            b"X-Forwarded-Proto: https\r\n%b\r\n" % (method, n, n % 7, n * 7919, n * 104729, n * 1299709, n, n % 250,
                                                     n % 99, framing)
        )
        body = _BODY + b" " * (n % 90)
        answer = (
            b"HTTP/1.1 200 OK\r\nserver: uvicorn\r\ndate: Mon, 01 Jan 2029 00:00:%02d GMT\r\n"
            b"content-type: application/json\r\ncontent-length: %d\r\nvary: Accept-Encoding\r\n"
            b"cache-control: no-store\r\nx-request-id: %032x\r\netag: W/\"%x\"\r\n\r\n"
            % (n % 60, len(body), n * 104729, n * 7919)
        )
        found.append((request + sent, answer + body))
    return cycle(found)


KINDS: dict[str, Callable[[], Iterator[tuple[bytes, bytes]]]] = {
    "same": same, "varied": varied, "post": lambda: varied(b"POST"),
}  # fmt: skip


async def measure(traffic: Iterator[tuple[bytes, bytes]], seconds: float) -> list[float]:
    """Return the processor time of a request, in microseconds, of each of several blocks."""
    with tempfile.TemporaryDirectory(prefix="bench-live-") as folder:
        lanes = LaneFile(Path(folder) / "lanes", slots=1)
        lanes.reserve(0, time.time())
        listener: Any = Listener(Assignment(
            role="listener", run_id=lanes.run_id, index=0, listen_fd=-1, lane_path=f"{folder}/lanes", slots=(0,),
            sender_paths=("",),
            config=Config(primary=Primary(url="http://127.0.0.1:1"), candidate=ShadowLeg(url="http://127.0.0.1:2"),
                          routes=(Route(endpoint="POST /orders/{id}", mirror="read_only"),)),
        ))  # fmt: skip
        hand_off = Sink()
        link = FrameLink(on_frame=lambda link, frame: None)
        _connect(link, hand_off)
        listener._tees[0]._link = link
        clients: list[Inbound] = [listener._door.client() for _ in range(CONNECTIONS)]
        primaries = [UpstreamConnection(listener.pool._forget) for _ in range(CONNECTIONS)]
        for connection in (*clients, *primaries):
            _connect(connection, Sink())
        listener.pool._all.update(primaries)
        for primary in primaries:
            listener.pool.release(primary)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECTOR)
        blocks: list[float] = []
        ends = time.monotonic() + seconds
        while time.monotonic() < ends or len(blocks) < 5:
            batches = [[next(traffic) for _ in clients] for _ in range(_ROUNDS)]
            handed = hand_off.written
            before = time.process_time()
            for batch in batches:
                for client, (request, _) in zip(clients, batch, strict=True):
                    client.data_received(request)
                for primary, (_, answer) in zip(reversed(primaries), batch, strict=True):
                    primary.data_received(answer)
                # The pool hands the last one out first.
                primaries.reverse()
                await asyncio.sleep(0)
            blocks.append((time.process_time() - before) * 1e6 / (_ROUNDS * CONNECTIONS))
            await asyncio.sleep(0.01)
            assert hand_off.written - handed > _ROUNDS * CONNECTIONS * len(_BODY), "nothing was handed over"
        (lane,) = lanes.read()
        assert lane.accepted == lane.handed == len(blocks) * _ROUNDS * CONNECTIONS, lane
        return blocks


def _connect(connection: Any, transport: Sink) -> None:
    connection.connection_made(transport)


def main() -> None:
    """Run as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m bench.live.socketfree", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each kind")
    parser.add_argument("--only", choices=KINDS, help="one kind")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args()
    found = {}
    for name in [options.only] if options.only else KINDS:
        blocks = uvloop.run(measure(KINDS[name](), options.seconds))
        found[name] = {"median_us": statistics.median(blocks), "least_us": min(blocks)}
    if options.json:
        print(json.dumps(found))
    else:
        for name, figures in found.items():
            print(f"{name:8} {figures['median_us']:6.2f} us/request (least {figures['least_us']:.2f})")


if __name__ == "__main__":
    main()
