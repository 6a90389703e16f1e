"""nginx in front: while the mirror cannot be reached, requests of every method go to the old backend, none is lost."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bench.live.host import free_port

NGINX = shutil.which("nginx") or next((p for p in ("/usr/sbin/nginx",) if os.access(p, os.X_OK)), None)

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(NGINX is None, reason="nginx is not installed")]


class Backend:
    """Answers every request with its own name and what it got."""

    def __init__(self, name: str, port: int = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = name.encode() + b" " + self.command.encode() + b" " + self.rfile.read(length)
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = _answer

            def log_message(self, *args: object) -> None:
                pass

        open_connections: list[socket.socket] = []
        self._connections = open_connections

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def process_request(self, request: Any, client_address: Any) -> None:
                open_connections.append(request)
                super().process_request(request, client_address)

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = int(self.server.server_port)
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Die as a process does: nothing is accepted any more, and what is open is closed."""
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def ask(port: int, method: str, body: bytes = b"") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, "/orders", body or None)
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read()
    finally:
        connection.close()


@pytest.fixture
def nginx(deploy: Path, tmp_path: Path) -> Iterator[tuple[int, int, int]]:
    """The file as it is, but for the ports: nginx's, the mirror's, the old backend's."""
    assert NGINX is not None
    mirror, old = free_port(), free_port()
    port = free_port()
    text = (deploy / "nginx" / "shadow.conf").read_text("utf-8")
    for was, now in (("127.0.0.1:8080", f"127.0.0.1:{mirror}"), ("127.0.0.1:8001", f"127.0.0.1:{old}")):
        assert text.count(was) == 1
        text = text.replace(was, now)
    assert text.count("listen 80;") == 1
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
    (tmp_path / "shadow.conf").write_text(text)
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; {folders} include {tmp_path}/shadow.conf; }}\n"
    )
    process = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], stderr=subprocess.PIPE)
    assert process.stderr is not None
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
                time.sleep(0.02)
        yield port, mirror, old
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        process.stderr.close()


def test_a_mirror_that_is_gone_is_walked_around_and_used_again(nginx: tuple[int, int, int]) -> None:
    port, mirror_port, old_port = nginx
    old, mirror = Backend("old", old_port), Backend("mirror", mirror_port)
    try:
        for method in ("GET", "POST", "DELETE"):
            assert ask(port, method, b"x") == b"mirror " + method.encode() + b" x"
        mirror.close()
        for _ in range(20):
            for method in ("GET", "POST", "DELETE"):
                assert ask(port, method, b"x") == b"old " + method.encode() + b" x"
        mirror = Backend("mirror", mirror_port)
        deadline = time.monotonic() + 10
        while not ask(port, "GET").startswith(b"mirror"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        mirror.close()
        old.close()
