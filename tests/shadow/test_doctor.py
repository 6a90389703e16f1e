"""`shadow doctor` from the command line, in this process and against real sockets and files."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from shadow.cli import main


@pytest.fixture
def configured(tmp_path: Path, monkeypatch):
    """Two backends that accept connections, and a shadow.yaml in the working directory that names them."""
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as old, socket.create_server(("127.0.0.1", 0)) as new:
        Path("shadow.yaml").write_text(
            "listen: 127.0.0.1:0\n"
            f"primary: {{url: http://127.0.0.1:{old.getsockname()[1]}, build: a, connections: 8}}\n"
            f"candidate: {{url: http://127.0.0.1:{new.getsockname()[1]}, build: b}}\n"
            "mirror: {tee_bytes: 1MiB}\n"
            "redact: {key: 0123456789abcdef0123}\n"
        )
        yield new


def test_without_a_fail_it_exits_with_0(configured, capsys) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "ok    listen: 127.0.0.1:0 is free." in lines
    assert any(line.startswith("warn  secondary: there is none") for line in lines)
    assert lines[lines.index(next(line for line in lines if line.startswith("warn  secondary"))) + 1].startswith(
        "      → "
    )
    assert lines[-1].endswith(" 0 fail")
    assert sorted(path.name for path in Path().iterdir()) == ["shadow.yaml"]


def test_with_a_fail_it_exits_with_3(configured, capsys) -> None:
    configured.close()
    assert main(["doctor", "-c", "shadow.yaml", "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "fail"
    assert document["config"] == "shadow.yaml"
    assert len(document["digest"]) == 64
    assert [check["name"] for check in document["checks"] if check["level"] == "fail"] == ["candidate"]
    assert "0123456789abcdef0123" not in json.dumps(document)


def test_a_wrong_configuration_exits_with_2(tmp_path: Path, capsys) -> None:
    assert main(["doctor", "-c", str(tmp_path / "none.yaml")]) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path}/none.yaml: there is no such file.")
