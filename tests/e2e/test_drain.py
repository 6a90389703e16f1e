"""A mirror that stops finishes what is under way and keeps nobody waiting."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

import pytest

REQUEST = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"


class Slow:
    """A primary that answers when it is told to."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.answer = threading.Event()
        slow = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                slow.asked.set()
                slow.answer.wait(30)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"done")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server: HTTPServer = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self.answer.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def slow() -> Iterator[Slow]:
    server = Slow()
    yield server
    server.stop()


@pytest.mark.e2e
def test_while_it_drains_new_clients_are_refused_at_once_and_the_old_one_is_served(
    mirror: Callable[..., Any], slow: Slow
) -> None:
    running = mirror(
        primary={"url": slow.url, "build": "old"}, candidate={"url": "http://127.0.0.1:9", "build": "new"}
    )
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(REQUEST)
        assert slow.asked.wait(10)
        running.process.send_signal(signal.SIGTERM)
        # Who connects is served or refused, and never left waiting: the listener has not heard of the end at first.
        running.wait_for(lambda: refused(running.port), timeout_s=5)
        assert running.process.poll() is None
        slow.answer.set()
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"done" in answer
    assert running.process.wait(30) == 0
    evidence = running.evidence()
    assert (evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total) == (1, 0, 1)


@pytest.mark.e2e
def test_a_signal_for_the_whole_group_is_the_supervisors_alone(mirror: Callable[..., Any], slow: Slow) -> None:
    slow.answer.set()
    running = mirror(
        primary={"url": slow.url, "build": "old"}, candidate={"url": "http://127.0.0.1:9", "build": "new"}
    )
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(REQUEST)
        assert client.recv(13) == b"HTTP/1.1 200 "
    # The outcome has passed through all of them: none is still starting.
    running.wait_for(lambda: running.evidence().outcomes_total == 1)
    before = running.pids_by_role()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM):
        for pid in before.values():
            os.kill(pid, number)
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(REQUEST)
        assert client.recv(13) == b"HTTP/1.1 200 "
    assert running.pids_by_role() == before
    evidence = running.stop()
    assert evidence.gaps == ()
    assert (evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total) == (2, 0, 2)


def refused(port: int) -> bool:
    with contextlib.suppress(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return False
    return True
