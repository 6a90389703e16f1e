"""Processes of the demo: their output is kept, their failure is told, and none stays behind."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import pytest

from shadow.demo import processes as module
from shadow.demo.processes import Processes, free_port
from shadow.errors import EnvironmentFailure

WAIT = "import time; print('up'); time.sleep(600)"
STUBBORN = (
    "import signal, time, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid); time.sleep(600)"
)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_output_goes_to_the_log_and_the_environment_to_the_process(tmp_path: Path) -> None:
    with Processes(tmp_path, {"ORDERS_OUT": "here"}) as processes:
        assert processes.run("one", python("import os, sys; print(os.environ['ORDERS_OUT']); sys.exit(7)")) == 7
    assert (tmp_path / "one.log").read_text() == "here\n"


def test_lines_come_one_by_one_and_the_exit_code_last(tmp_path: Path) -> None:
    code = "import sys; print('a'); print('b'); print('aside', file=sys.stderr); sys.exit(3)"
    with Processes(tmp_path, {}) as processes:
        assert list(processes.lines("two", python(code))) == ["a", "b", "exit 3"]
    assert (tmp_path / "two.log").read_text() == "aside\n"


def test_leaving_ends_everything_whatever_happened(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="on purpose"), Processes(tmp_path, {}) as processes:
        started = [processes.start(name, python(WAIT)) for name in ("a", "b")]
        raise ValueError("on purpose")
    assert [process.returncode for process in started] == [-15, -15]


def test_what_does_not_end_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_S", 0.2)
    with Processes(tmp_path, {}) as processes:
        lines = processes.lines("stubborn", python(STUBBORN))
        child = int(next(lines))
        assert is_alive(child)
    # A killed process that is not ours to wait for takes a moment to be gone.
    deadline = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(child)


def test_a_process_that_ends_instead_of_listening_is_told_with_its_last_words(tmp_path: Path) -> None:
    with Processes(tmp_path, {}) as processes:
        process = processes.start("backend", python("import sys; sys.exit('no such table: orders')"))
        with pytest.raises(EnvironmentFailure, match="backend ended at once with 1: no such table: orders") as caught:
            processes.wait_listening("backend", process, free_port())
    assert caught.value.remedy == f"Look into {tmp_path / 'backend.log'}."


def test_a_process_that_never_listens_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READY_S", 0.1)
    with Processes(tmp_path, {}) as processes:
        process = processes.start("backend", python(WAIT))
        with pytest.raises(EnvironmentFailure, match=r"backend does not listen after 0\.1 s"):
            processes.wait_listening("backend", process, free_port())


def test_listening_is_noticed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, Processes(tmp_path, {}) as processes:
        processes.wait_listening("x", processes.start("x", python(WAIT)), server.getsockname()[1])


def test_a_program_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with Processes(tmp_path, {}) as processes, pytest.raises(EnvironmentFailure, match="cannot start x") as caught:
        processes.start("x", [str(tmp_path / "nothing"), "--flag"])
    assert caught.value.remedy == f"Try it by hand: {tmp_path / 'nothing'} --flag"


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", free_port()))
        assert sock.getsockname()[0] == "127.0.0.1"
