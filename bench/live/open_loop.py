"""Arrivals at a fixed rate, each timed from the instant at which it was due: a server that stalls is not spared the
requests that would have come meanwhile.

    python open_loop.py PORT PATH RATE SECONDS WARM_UP_S

Prints one line of JSON. One thread, raw sockets, a timer of its own: event loops round to milliseconds.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import socket
import sys
import time
from collections import deque

CONNECTIONS = 128
_GRACE_S = 2.0


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Timer(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("first", _Timespec))


def timer_at(rate: float) -> int:
    """Return a descriptor that becomes readable `rate` times a second, counting what was missed."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.timerfd_create(1, os.O_NONBLOCK)  # CLOCK_MONOTONIC
    each = _Timespec(0, int(1e9 / rate))
    if fd < 0 or libc.timerfd_settime(fd, 0, ctypes.byref(_Timer(each, each)), None) != 0:
        raise OSError(ctypes.get_errno(), "timerfd")
    return int(fd)


class Connection:
    """A connection with at most one request under way, due at `due`."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.due = 0.0
        self.got = b""

    def whole(self) -> bool:
        """Whether the answer with its Content-Length is complete."""
        head, blank, body = self.got.partition(b"\r\n\r\n")
        if not blank:
            return False
        at = head.lower().find(b"content-length:")
        return at >= 0 and len(body) >= int(head[at + 15 :].split(b"\r\n", 1)[0])


def run(port: int, path: str, rate: float, seconds: float, warm_up_s: float) -> dict[str, float]:
    """Send `rate` requests a second; return quantiles of what came after the warm-up. Unanswered ones are errors."""
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n".encode()
    connections = {c.sock.fileno(): c for c in (Connection(port) for _ in range(CONNECTIONS))}
    idle = list(connections.values())
    waiting: deque[float] = deque()
    poll = select.epoll()
    for fd in connections:
        poll.register(fd, select.EPOLLIN)
    latencies: list[float] = []
    errors, due_total, every = 0, 0, int(1e9 / rate) / 1e9
    clock = time.monotonic
    timer = timer_at(rate)
    started = clock()
    poll.register(timer, select.EPOLLIN)
    arrivals = int((seconds + warm_up_s) * rate)
    busy = 0
    while due_total < arrivals or busy or waiting:
        if clock() - started > seconds + warm_up_s + _GRACE_S:
            break
        for fd, _ in poll.poll(0.1):
            if fd == timer:
                for _ in range(int.from_bytes(os.read(timer, 8), sys.byteorder)):
                    due_total += 1
                    if due_total <= arrivals:
                        waiting.append(started + due_total * every)
                continue
            connection = connections[fd]
            try:
                data = connection.sock.recv(65536)
            except OSError:
                data = b""
            if not data:
                errors += 1
                raise SystemExit("a connection was closed")
            connection.got += data
            if connection.whole():
                if connection.due > started + warm_up_s:
                    latencies.append(clock() - connection.due)
                    errors += not connection.got.startswith(b"HTTP/1.1 200")
                connection.got = b""
                busy -= 1
                idle.append(connection)
        while waiting and idle:
            connection = idle.pop()
            connection.due = waiting.popleft()
            connection.sock.send(request)
            busy += 1
    latencies.sort()
    count = len(latencies)
    return {
        "requests": count, "errors": errors + busy + len(waiting),
        "p50_s": latencies[count // 2], "p99_s": latencies[int(count * 0.99)], "max_s": latencies[-1],
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), sys.argv[2], *map(float, sys.argv[3:6]))))
