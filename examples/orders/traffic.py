"""Send the example's requests to one address over keep-alive connections, and check every answer.

    python examples/orders/traffic.py --url http://127.0.0.1:8080 --requests 5000

Prints `progress SENT OF` lines and ends with one JSON line: sent, ok, failed, by_status, seconds, failures.
Exits with 1 when an answer was not the expected one or a connection failed.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import itertools
import json
import re
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mix import Call, plan

# What differs in every answer of one and the same build, and so must not count in a digest of it.
VOLATILE_BODY = re.compile(rb'"(generated_at|request_id)": ?"[^"]*"')
DIGESTED_HEADERS = ("content-type", "cache-control", "etag", "location", "allow", "vary", "content-encoding")
SHOWN_FAILURES = 20


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: status, headers in lower case, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def digest(self) -> str:
        """A hash of everything that must be the same whenever the same build answers."""
        kept = sorted((name, value) for name, value in self.headers if name in DIGESTED_HEADERS)
        seen = hashlib.sha256(repr((self.status, kept)).encode())
        seen.update(VOLATILE_BODY.sub(b"", self.body))
        return seen.hexdigest()[:32]


@dataclass(kw_only=True)
class Tally:
    """What became of the calls so far; shared by the connections under one lock."""

    sent: int = 0
    by_status: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    digests: dict[int, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


def ask(connection: http.client.HTTPConnection, call: Call) -> Answer:
    """Make one call. Raises OSError or http.client.HTTPException; nothing is tried twice."""
    connection.request(call.method, call.target, body=call.body or None, headers=dict(call.headers))
    response = connection.getresponse()
    body = response.read()
    headers = tuple((name.lower(), value) for name, value in response.getheaders())
    return Answer(status=response.status, headers=headers, body=body)


def complaint(call: Call, answer: Answer) -> str:
    """Why an answer is not what the client expected; empty where it is."""
    right = answer.status in (200, 304) if call.expected == 0 else answer.status == call.expected
    return "" if right else f"{call.method} {call.target}: {answer.status} instead of {call.expected or '200 or 304'}"


class Clients:
    """A number of connections that work through the calls together, in order and paced."""

    def __init__(self, host: str, port: int, calls: list[Call], *, rate: float, timeout_s: float) -> None:
        self._host, self._port, self._timeout_s = host, port, timeout_s
        self._calls, self._rate = calls, rate
        self._next = itertools.count()
        self._started = time.monotonic()
        self.tally = Tally()

    def run(self, connections: int) -> Tally:
        """Make all calls and return what became of them, printing progress."""
        threads = [threading.Thread(target=self._work, name=f"client-{i}") for i in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.tally

    def _work(self) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        while (index := next(self._next)) < len(self._calls):
            if self._rate:
                time.sleep(max(0.0, self._started + index / self._rate - time.monotonic()))
            call = self._calls[index]
            try:
                answer = ask(connection, call)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self._note(index, None, f"{call.method} {call.target}: {type(error).__name__}: {error}")
            else:
                self._note(index, answer, complaint(call, answer))
        connection.close()

    def _note(self, index: int, answer: Answer | None, problem: str) -> None:
        digest = "" if answer is None else answer.digest()
        tally, total = self.tally, len(self._calls)
        with tally.lock:
            tally.sent += 1
            tally.by_status[0 if answer is None else answer.status] += 1
            tally.digests[index] = digest
            if problem:
                tally.failures.append(problem)
            if tally.sent % max(1, total // 50) == 0 or tally.sent == total:
                print(f"progress {tally.sent} {total}", flush=True)


def wait_listening(host: str, port: int, seconds: float) -> None:
    """Wait until something accepts connections, at most so long; what then fails, fails call by call."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


def main() -> int:
    """Send the traffic; 0 when every answer was right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.0, help="requests per second; 0 is as fast as it goes")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds for one answer")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait until the address listens")
    parser.add_argument("--record", type=Path, default=None, help="write a digest of each answer, one a line")
    arguments = parser.parse_args()
    url = urlsplit(arguments.url)
    if url.scheme != "http" or url.hostname is None or url.port is None:
        parser.error("--url must be http://host:port")
    calls = plan(arguments.requests, arguments.seed)
    wait_listening(url.hostname, url.port, arguments.wait)
    began = time.monotonic()
    clients = Clients(url.hostname, url.port, calls, rate=arguments.rate, timeout_s=arguments.timeout)
    tally = clients.run(arguments.connections)
    summary = {
        "sent": tally.sent,
        "ok": tally.sent - len(tally.failures),
        "failed": len(tally.failures),
        "by_status": {str(status): n for status, n in sorted(tally.by_status.items())},
        "seconds": round(time.monotonic() - began, 3),
        "failures": tally.failures[:SHOWN_FAILURES],
    }
    if arguments.record is not None:
        lines = (f"{call.method} {call.target} {tally.digests[index]}\n" for index, call in enumerate(calls))
        arguments.record.write_text("".join(lines), encoding="utf-8")
    print(json.dumps(summary, ensure_ascii=False), flush=True)
    return 1 if tally.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
