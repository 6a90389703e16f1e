"""The traffic client: it sends everything once, says what went wrong, and its digests tell a changed answer."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import traffic
from mix import Call, plan
from traffic import Answer

SCRIPT = Path(traffic.__file__)


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> Answer:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status=status, headers=pairs, body=body)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (answer(), True),
        (answer(date="today", server="x", content_length="9"), True),
        (answer(status=201), False),
        (answer(body=b"{} "), False),
        (answer(etag='"1"'), False),
        (answer(content_type="text/plain"), False),
    ],
)
def test_a_digest_covers_what_a_client_can_rely_on(other: Answer, same: bool) -> None:
    assert (answer().digest() == other.digest()) is same


def test_a_digest_leaves_out_what_differs_in_every_answer_but_not_that_it_is_there() -> None:
    first = answer(body=b'{"generated_at":"2026-01-01","request_id":"a","n":1}')
    second = answer(body=b'{"generated_at":"2026-01-02","request_id":"b","n":1}')
    without = answer(body=b'{"generated_at":"2026-01-02","n":1}')
    assert first.digest() == second.digest() != without.digest()


@pytest.mark.parametrize(
    ("expected", "status", "complaint"),
    [
        (200, 200, ""),
        (200, 500, "GET /a: 500 instead of 200"),
        (400, 400, ""),
        (400, 200, "GET /a: 200 instead of 400"),
        (0, 304, ""),
        (0, 200, ""),
        (0, 404, "GET /a: 404 instead of 200 or 304"),
    ],
)
def test_a_wrong_status_is_a_complaint(expected: int, status: int, complaint: str) -> None:
    assert traffic.complaint(Call(method="GET", target="/a", expected=expected), answer(status)) == complaint


class Teapot(BaseHTTPRequestHandler):
    """Answers every request with 418, and notes it."""

    protocol_version = "HTTP/1.1"
    seen: list[str]

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append(f"{self.command} {self.path}")
        self.send_response(418)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_POST = do_OPTIONS = _refuse

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def teapot() -> Iterator[tuple[int, list[str]]]:
    seen: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Noting", (Teapot,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port, seen
    server.shutdown()
    thread.join()
    server.server_close()


def run(port: int, *flags: str) -> tuple[int, list[str], dict[str, object]]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--url", f"http://127.0.0.1:{port}", "--connections", "4", *flags],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    *progress, last = done.stdout.splitlines()
    return done.returncode, progress, json.loads(last)


def test_every_call_is_sent_once_and_every_wrong_answer_is_counted(
    teapot: tuple[int, list[str]], tmp_path: Path
) -> None:
    port, seen = teapot
    code, progress, summary = run(port, "--requests", "100", "--record", str(tmp_path / "digests"))
    assert code == 1
    assert sorted(seen) == sorted(f"{call.method} {call.target}" for call in plan(100))
    assert (summary["sent"], summary["ok"], summary["failed"]) == (100, 0, 100)
    assert summary["by_status"] == {"418": 100}
    assert progress[-1] == "progress 100 100"
    lines = (tmp_path / "digests").read_text("utf-8").splitlines()
    assert [line.rsplit(" ", 1)[0] for line in lines] == [f"{c.method} {c.target}" for c in plan(100)]


def test_nobody_listening_is_a_failure_of_every_call() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code, _, summary = run(port, "--requests", "8")
    assert code == 1
    assert summary["by_status"] == {"0": 8}
    assert "ConnectionRefusedError" in str(summary["failures"])


def test_it_waits_for_a_server_that_comes_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "--url", f"http://127.0.0.1:{port}", "--requests", "3", "--wait", "30"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Noting", (Teapot,), {"seen": []}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    output, _ = process.communicate(timeout=60)
    server.shutdown()
    thread.join()
    server.server_close()
    assert json.loads(output.splitlines()[-1])["by_status"] == {"418": 3}
