"""`shadow pause` and `shadow resume` against a control API that listens, does not, or refuses."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadow.cli import main
from shadow.errors import EXIT_ENVIRONMENT, EXIT_USAGE

TOKEN = "0123456789abcdef"


class Api(http.server.BaseHTTPRequestHandler):
    """Answers as told and remembers."""

    status = 202
    body = b"{}"
    asked: list[tuple[str, str, str]]

    def do_POST(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"], self.headers["Host"]))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def api() -> Iterator[tuple[type[Api], int]]:
    handler = type("Handler", (Api,), {"asked": []})
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield handler, server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def written(tmp_path: Path, **control: str) -> str:
    path = tmp_path / "shadow.yaml"
    path.write_text(json.dumps({
        "primary": {"url": "http://127.0.0.1:9001"}, "candidate": {"url": "http://127.0.0.1:9002"},
        "ledger": {"path": str(tmp_path / "ledger.db")}, "control": control,
    }))  # fmt: skip
    return str(path)


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_it_asks(tmp_path: Path, api: Any, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    handler, port = api
    assert main([command, "-c", written(tmp_path, api=f"127.0.0.1:{port}", token=TOKEN)]) == 0
    assert handler.asked == [(f"/api/mirror/{command}", f"Bearer {TOKEN}", f"127.0.0.1:{port}")]
    assert ("paused" if command == "pause" else "goes on") in capsys.readouterr().out


def test_an_address_for_all_interfaces_and_a_token_file(tmp_path: Path, api: Any) -> None:
    handler, port = api
    token = tmp_path / "ledger.db.token"
    token.write_text("made-by-the-mirror\n")
    token.chmod(0o600)
    assert main(["pause", "-c", written(tmp_path, api=f"0.0.0.0:{port}", token=TOKEN)]) == 0
    assert main(["pause", "-c", written(tmp_path, api=f"127.0.0.1:{port}")]) == 0
    assert [auth for _, auth, _ in handler.asked] == [f"Bearer {TOKEN}", "Bearer made-by-the-mirror"]


def test_port_0_is_found(tmp_path: Path, api: Any) -> None:
    handler, port = api
    (tmp_path / "ledger.db.control").write_text(json.dumps({"api": f"127.0.0.1:{port}", "probes": ""}))
    assert main(["pause", "-c", written(tmp_path, api="127.0.0.1:0", token=TOKEN)]) == 0
    assert len(handler.asked) == 1


@pytest.mark.parametrize(
    ("control", "code", "words"),
    [
        ({"api": ""}, EXIT_USAGE, "switched off"),
        ({"api": "127.0.0.1:0", "token": TOKEN}, EXIT_ENVIRONMENT, "no mirror runs with this configuration"),
        ({"api": "127.0.0.1:1", "token": TOKEN}, EXIT_ENVIRONMENT, "cannot be reached (Connection refused)"),
        ({"api": "127.0.0.1:1"}, EXIT_ENVIRONMENT, "there is no token at"),
    ],
)
def test_what_can_be_wrong(
    tmp_path: Path, control: dict[str, str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pause", "-c", written(tmp_path, **control)]) == code
    told = capsys.readouterr()
    assert words in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b'{"error": {"status": 401, "message": "no.", "remedy": "Do."}}', "refused (401): no. Do."),
        (500, b"<html>", "refused (500): Internal Server Error"),
        (503, b"[]", "refused (503): Service Unavailable"),
    ],
)
def test_a_refusal_is_no_success(
    tmp_path: Path, api: Any, status: int, body: bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    handler, port = api
    handler.status, handler.body = status, body
    assert main(["pause", "-c", written(tmp_path, api=f"127.0.0.1:{port}", token=TOKEN)]) == EXIT_ENVIRONMENT
    assert words in capsys.readouterr().err
