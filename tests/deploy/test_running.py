"""What docs/operations.md says about a mirror that runs: signals, files, exit codes, deaths, health, memory."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from shadow.records import GapKind

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20

pytestmark = pytest.mark.e2e


class Backend:
    """Answers at once, or, where the path is /held, when it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.held = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path == "/held":
                    outer.held.set()
                    outer.let_go.wait(60)
                with contextlib.suppress(OSError):
                    self.send_response(200)
                    self.send_header("content-length", "2")
                    self.end_headers()
                    self.wfile.write(b"{}")

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 1024

            def handle_error(self, request: object, client_address: object) -> None:
                """A mirror that was killed resets its connections: that is meant."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class Running:
    """A mirror between two backends, with its control API on any free ports."""

    def __init__(
        self, launch: Callable[..., Any], primary: Backend, candidate: Backend, **sections: Any
    ) -> None:
        self.primary = primary
        self.mirror = launch(
            primary={"url": primary.url, "build": "old"},
            candidate={"url": candidate.url, "build": "new"},
            control={"api": "127.0.0.1:0", "probes": "127.0.0.1:0"},
            **sections,
        )
        self.addresses = self.mirror.ledger.with_name("ledger.db.control")
        self.mirror.wait_for(lambda: self.addresses.exists() and all(self.bound().values()))

    def bound(self) -> dict[str, str]:
        return dict(json.loads(self.addresses.read_bytes()))

    def get(self, path: str = "/x") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.mirror.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def ask(self, path: str) -> tuple[int, str]:
        """Ask the probes' address and return status and text."""
        host, port = self.bound()["probes"].rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def probe(self, path: str, timeout_s: float = 30) -> tuple[int, dict[str, Any]]:
        host, port = self.bound()["probes"].rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=timeout_s)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, dict(json.loads(answer.read()))

    def shadow(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "shadow", *words, "-c", str(self.mirror.config)],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip

    def said(self, text: str) -> bool:
        return text in self.mirror.log.read_text()

    def rewrite(self, change: Callable[[dict[str, Any]], None]) -> None:
        config = json.loads(self.mirror.config.read_text())
        change(config)
        self.mirror.config.write_text(json.dumps(config))


@pytest.fixture
def backends() -> Iterator[tuple[Backend, Backend]]:
    made = (Backend(), Backend())
    made[1].let_go.set()  # the candidate holds nothing
    yield made
    for each in made:
        each.close()


@pytest.fixture
def start(mirror: Callable[..., Any], backends: tuple[Backend, Backend]) -> Callable[..., Running]:
    return lambda **sections: Running(mirror, *backends, **sections)


def files_of(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.glob("ledger.db*")}


# -- exit codes


def run_mirror(config: dict[str, Any], folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    path = folder / "shadow.yaml"
    path.write_text(json.dumps({"control": {"api": "", "probes": ""}, **config}))
    return subprocess.run(
        [sys.executable, "-m", "shadow", "mirror", "-c", str(path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, **options,
    )  # fmt: skip


LEGS: dict[str, Any] = {"primary": {"url": "http://127.0.0.1:1"}, "candidate": {"url": "http://127.0.0.1:2"}}


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("unknown key", 2, "Did you mean"),
        ("busy port", 3, "(Address already in use)"),
        ("no right", 3, "Give this user the right"),
        ("no ledger", 12, "is not a ledger"),
        ("full disk", 12, "the disk is full or a size limit is hit"),
    ],
)
def test_exit_codes_of_a_mirror_that_cannot_start(what: str, code: int, said: str, tmp_path: Path) -> None:
    config: dict[str, Any] = {**LEGS, "listen": "127.0.0.1:0", "ledger": {"path": str(tmp_path / "ledger.db")}}
    options: dict[str, Any] = {}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        if what == "unknown key":
            config["candidte"] = config.pop("candidate")
        elif what == "busy port":
            config["listen"] = f"127.0.0.1:{taken.getsockname()[1]}"
        elif what == "no right":
            (tmp_path / "file").write_text("")
            config["ledger"] = {"path": str(tmp_path / "file" / "ledger.db")}
            said = "error:"
        elif what == "no ledger":
            (tmp_path / "ledger.db").write_text("a text of more than one line\n" * 100)
        elif what == "full disk":
            options["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        done = run_mirror(config, tmp_path, **options)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_mirror_on_one_ledger_is_refused_and_the_first_goes_on(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    running = start()
    second = {**LEGS, "listen": "127.0.0.1:0", "ledger": {"path": str(running.mirror.ledger)}}
    done = run_mirror(second, tmp_path)
    assert done.returncode == 12
    assert "already has a keeper" in done.stderr
    assert running.get() == 200


# -- files


def test_files_their_modes_and_what_stays(
    start: Callable[..., Running], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Short, as a folder for sockets has to be.
    temporary = Path(tempfile.mkdtemp(dir="/tmp"))
    request.addfinalizer(temporary.rmdir)
    monkeypatch.setenv("TMPDIR", str(temporary))
    before = os.umask(0o022)
    try:
        running = start()
    finally:
        os.umask(before)
    assert running.get() == 200
    by_umask = {f"ledger.db{end}": 0o644 for end in ("", "-wal", "-shm", ".lock", ".control", ".lanes")}
    assert files_of(running.mirror.folder) == by_umask | {"ledger.db.key": 0o600, "ledger.db.token": 0o600}
    (folder,) = temporary.iterdir()
    assert folder.name.startswith("shadow-") and folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.iterdir() if not path.is_socket()} == {"beats"}

    running.mirror.stop()
    kept = set(files_of(running.mirror.folder))
    assert kept == {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock", "ledger.db.key", "ledger.db.token"}
    assert list(temporary.iterdir()) == []


# -- signals


def test_a_pause_by_signal_works_within_a_second(start: Callable[..., Running]) -> None:
    """The best of three, since a busy machine may keep anybody waiting: nothing in it waits by itself."""
    running = start()
    took = []
    for number in range(1, 4):
        before = running.mirror.counts().get("skipped(paused)", 0)
        began = time.monotonic()
        running.mirror.process.send_signal(signal.SIGUSR1)
        while running.mirror.counts().get("skipped(paused)", 0) == before:
            assert running.get() == 200
            assert time.monotonic() - began < 20
        took.append(time.monotonic() - began)
        running.mirror.process.send_signal(signal.SIGUSR1)
        running.mirror.wait_for(lambda n=number: running.mirror.log.read_text().count("mirroring goes on") == n)
    assert min(took) < 1


def test_a_pause_by_signal_is_counted_and_a_gap(start: Callable[..., Running]) -> None:
    running = start()
    assert running.get() == 200
    running.mirror.process.send_signal(signal.SIGUSR1)
    running.mirror.wait_for(lambda: running.said("mirroring is paused"))
    began = time.monotonic()
    asked = 0
    while "skipped(paused)" not in running.mirror.counts():
        assert running.get() == 200
        asked += 1
        assert time.monotonic() - began < 30
    listener = running.mirror.pids_by_role()["listener"]
    os.kill(listener, signal.SIGKILL)
    running.mirror.wait_for(lambda: running.mirror.pids_by_role().get("listener", listener) != listener)
    assert running.get() == 200, "served by a listener that was started during the pause"
    running.mirror.process.send_signal(signal.SIGUSR1)
    running.mirror.wait_for(lambda: running.said("mirroring goes on"))
    evidence = running.mirror.stop()
    counts = running.mirror.counts()
    assert counts["skipped(paused)"] >= 2
    assert sum(counts.values()) == evidence.accepted_total == asked + 2
    assert [gap.detail for gap in evidence.gaps if gap.kind is GapKind.paused] == ["paused by request"]


def test_the_next_request_after_a_pause_by_command_is_not_copied(start: Callable[..., Running]) -> None:
    running = start()
    assert running.get() == 200
    running.mirror.wait_for(lambda: running.mirror.counts() == {"match": 1})
    done = running.shadow("pause")
    assert (done.returncode, done.stdout.split(";")[0]) == (0, "Mirroring is paused")
    # What the command asked for is passed on from process to process: wait until it has arrived.
    running.mirror.wait_for(lambda: running.probe("/health/ready")[1].get("paused") is True)
    for _ in range(20):
        assert running.get() == 200
    assert running.shadow("resume").returncode == 0
    running.mirror.wait_for(lambda: running.probe("/health/ready")[1].get("paused") is False)
    assert running.get() == 200
    running.mirror.stop()
    assert running.mirror.counts() == {"match": 2, "skipped(paused)": 20}


def test_hangup_takes_a_change_over_and_refuses_what_needs_a_restart(start: Callable[..., Running]) -> None:
    running = start()
    assert running.get() == 200
    pids = running.mirror.pids_by_role()
    connection = http.client.HTTPConnection("127.0.0.1", running.mirror.port, timeout=20)
    connection.request("GET", "/x")
    connection.getresponse().read()
    used = connection.sock

    running.rewrite(lambda config: config.update(mirror={"sample_ratio": 0.0}))
    running.mirror.process.send_signal(signal.SIGHUP)
    running.mirror.wait_for(lambda: running.said("reloaded"))

    def sampled_out() -> bool:
        connection.request("GET", "/x")
        assert connection.getresponse().read() == b"{}"
        return "skipped(sampled_out)" in running.mirror.counts()

    running.mirror.wait_for(sampled_out)
    for key, value in (("listen", "127.0.0.1:1"), ("control", {"api": ""})):
        running.rewrite(lambda config, key=key, value=value: config.update({key: value}))  # type: ignore[misc]
        running.mirror.process.send_signal(signal.SIGHUP)
        running.mirror.wait_for(lambda key=key: running.said(f"{key} cannot change while the mirror runs"))
        running.rewrite(lambda config, key=key: config.pop(key))  # type: ignore[misc]
    assert running.said("not reloaded, nothing has changed")
    connection.request("GET", "/x")
    assert connection.getresponse().read() == b"{}"
    assert connection.sock is used, "the same connection as before"
    connection.close()
    assert running.mirror.pids_by_role() == pids


def test_term_answers_what_is_under_way_and_exits_with_0(start: Callable[..., Running]) -> None:
    running = start()
    answered: list[int] = []
    asking = threading.Thread(target=lambda: answered.append(running.get("/held")))
    asking.start()
    assert running.primary.held.wait(20)
    running.mirror.process.send_signal(signal.SIGTERM)
    running.mirror.wait_for(lambda: _refused(running.mirror.port) or running.mirror.process.poll() is not None, 20)
    running.primary.let_go.set()
    asking.join(20)
    assert answered == [200]
    assert running.mirror.process.wait(30) == 0
    evidence = running.mirror.evidence()
    # What asked whether it still accepts may have been served, too.
    assert evidence.accepted_total == evidence.outcomes_total >= 1
    assert evidence.in_flight_total == 0
    assert set(running.mirror.counts()) <= {"match", "not_comparable(client_gone)"}


def _refused(port: int) -> bool:
    """Whether nobody takes a new request: the socket stays open for a successor, but nothing accepts from it."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as sock:
            sock.sendall(b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n")
            sock.settimeout(0.2)
            return not sock.recv(1)
    except OSError:
        return True


def test_with_nothing_under_way_no_stage_of_a_drain_waits(start: Callable[..., Running]) -> None:
    running = start(mirror={"drain_s": 600})
    assert running.get() == 200
    running.mirror.wait_for(lambda: running.mirror.counts() == {"match": 1})
    running.mirror.stop()


class Switching:
    """A primary that grants every upgrade and then says nothing."""

    def __init__(self) -> None:
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._sock.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._sock.accept()
                self._open.append(connection)
                connection.recv(4096)
                connection.sendall(
                    b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
                )

    def close(self) -> None:
        self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self._thread.join()
        for connection in self._open:
            connection.close()


def test_a_tunnel_is_cut_off_at_the_deadline(mirror: Callable[..., Any]) -> None:
    primary = Switching()
    try:
        running = mirror(
            primary={"url": primary.url}, candidate={"url": "http://127.0.0.1:2"}, mirror={"drain_s": 1.5}
        )
        with socket.create_connection(("127.0.0.1", running.port), timeout=20) as client:
            client.sendall(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 101")
            began = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(4096) == b""
            assert time.monotonic() - began > 1.4
        assert running.process.wait(30) == 0
        assert running.evidence().outcomes_total == 1
    finally:
        primary.close()


def test_a_second_term_ends_at_once_and_the_next_run_settles(start: Callable[..., Running]) -> None:
    running = start(mirror={"drain_s": 60})
    asking = threading.Thread(target=lambda: _ignored(running))
    asking.start()
    assert running.primary.held.wait(20)
    began = time.monotonic()
    running.mirror.process.send_signal(signal.SIGTERM)
    running.mirror.wait_for(lambda: _refused(running.mirror.port), 20)
    running.mirror.process.send_signal(signal.SIGTERM)
    assert running.mirror.process.wait(20) == 3
    assert time.monotonic() - began < 30
    asking.join(20)
    assert running.said("the keeper could not settle this run")
    assert "ledger.db.lanes" in files_of(running.mirror.folder)

    running.mirror.start()
    evidence = running.mirror.stop()
    assert evidence.accepted_total == evidence.outcomes_total >= 1
    assert evidence.in_flight_total == 0
    assert [name for name in files_of(running.mirror.folder) if ".lanes" in name] == []


def _ignored(running: Running) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        running.get("/held")


# -- deaths


def test_without_its_supervisor_everything_ends_and_the_next_run_goes_on(start: Callable[..., Running]) -> None:
    running = start()
    for _ in range(10):
        assert running.get() == 200
    pids = set(running.mirror.pids_by_role().values())
    running.mirror.process.kill()
    running.mirror.process.wait()
    deadline = time.monotonic() + 40
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", running.mirror.port), timeout=1)

    running.mirror.start()
    assert running.get() == 200
    evidence = running.mirror.stop()
    assert evidence.accepted_total == evidence.outcomes_total == 11
    assert evidence.in_flight_total == 0


def test_connections_wait_for_the_successor_of_a_listener(start: Callable[..., Running]) -> None:
    running = start()
    for _ in range(3):
        old = running.mirror.pids_by_role()["listener"]
        os.kill(old, signal.SIGKILL)
        assert running.get() == 200, "neither refused nor reset"
        running.mirror.wait_for(lambda old=old: running.mirror.pids_by_role().get("listener", old) != old)
    evidence = running.mirror.stop()
    assert evidence.accepted_total == evidence.outcomes_total == 3
    assert sum(gap.times for gap in evidence.gaps if gap.kind is GapKind.listener_lost) == 3


def test_pauses_between_restarts_grow_up_to_two_seconds() -> None:
    from shadow.mirror import child

    assert (child._FIRST_DELAY_S, child._MOST_DELAY_S) == (0.05, 2.0)


# -- health


def test_ready_says_why_not_and_live_traffic_goes_on(start: Callable[..., Running]) -> None:
    running = start()
    assert running.probe("/health") == (200, {"status": "alive"})
    running.mirror.wait_for(lambda: running.probe("/health/ready")[0] == 200)
    keeper = running.mirror.pids_by_role()["keeper"]
    size = running.mirror.ledger.with_name("ledger.db-wal").stat().st_size
    resource.prlimit(keeper, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def unready() -> bool:
        assert running.get() == 200
        return running.probe("/health/ready")[0] == 503

    running.mirror.wait_for(unready, 30)
    status, body = running.probe("/health/ready")
    assert status == 503
    (reason,) = body["error"]["reasons"]
    assert reason.startswith("the ledger cannot be written")
    assert running.probe("/health")[0] == 200
    resource.prlimit(keeper, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    running.mirror.wait_for(lambda: running.probe("/health/ready")[0] == 200)
    evidence = running.mirror.stop()
    assert evidence.accepted_total == evidence.outcomes_total


def test_while_the_ledger_is_locked_probes_and_scrapes_answer_at_once(start: Callable[..., Running]) -> None:
    running = start()
    assert running.get() == 200
    running.mirror.wait_for(lambda: running.mirror.counts() == {"match": 1})
    other = sqlite3.connect(running.mirror.ledger, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        slowest = 0.0
        while time.monotonic() - began < 4:
            assert running.get() == 200
            for path in ("/health", "/metrics", "/health/ready"):
                asked = time.monotonic()
                assert running.ask(path)[0] == 200
                slowest = max(slowest, time.monotonic() - asked)
        # The lock outlasts this many times over.
        assert slowest < 2
        assert "shadow_accepted_requests_total 1.0" in running.ask("/metrics")[1]
        other.execute("ROLLBACK")
    finally:
        other.close()
    evidence = running.mirror.stop()
    assert evidence.accepted_total == evidence.outcomes_total > 1


def test_a_keeper_that_cannot_use_its_ledger_costs_no_live_answer(start: Callable[..., Running]) -> None:
    """It is alive and not ready: no probe that asks for its life may end the container for its ledger."""
    running = start()
    assert running.get() == 200
    running.mirror.wait_for(lambda: running.mirror.counts() == {"match": 1})
    keeper = running.mirror.pids_by_role()["keeper"]
    aside = running.mirror.ledger.with_name("aside")
    running.mirror.ledger.rename(aside)
    for name in ("ledger.db-wal", "ledger.db-shm"):
        running.mirror.ledger.with_name(name).rename(aside.with_name(name.replace("ledger.db", "aside")))
    running.mirror.ledger.write_text("no ledger any more\n" * 1000)
    os.kill(keeper, signal.SIGKILL)

    def refused() -> bool:
        with contextlib.suppress(OSError):
            return "the ledger cannot be written" in str(running.probe("/health/ready"))
        return False

    running.mirror.wait_for(refused)
    assert running.probe("/health") == (200, {"status": "alive"})
    for _ in range(20):
        assert running.get() == 200
    # The ledger is back, and so is everything that waited.
    running.mirror.ledger.unlink()
    for name in ("aside", "aside-wal", "aside-shm"):
        aside.with_name(name).rename(aside.with_name(name.replace("aside", "ledger.db")))
    running.mirror.wait_for(lambda: running.probe("/health/ready")[0] == 200)
    evidence = running.mirror.stop()
    assert evidence.accepted_total == evidence.outcomes_total == 21


def test_metrics_and_the_live_report(start: Callable[..., Running]) -> None:
    running = start()
    for _ in range(3):
        assert running.get() == 200
    running.mirror.wait_for(lambda: running.mirror.counts() == {"match": 3})

    def ask(address: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        host, port = running.bound()[address].rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    status, text = ask("probes", "/metrics", {})
    assert status == 200
    assert "\nshadow_accepted_requests_total 3.0\n" in text
    token = {"Authorization": "Bearer " + running.mirror.ledger.with_name("ledger.db.token").read_text().strip()}
    assert ask("api", "/report", {})[0] == 401
    assert ask("probes", "/report", token)[0] == 404
    status, text = ask("api", "/report", token)
    assert status == 200
    assert text.startswith("<!doctype html>") and "GET /x" in text


def test_a_busy_port_of_the_control_api_is_a_warning(
    mirror: Callable[..., Any], backends: tuple[Backend, Backend]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        running = mirror(
            primary={"url": backends[0].url}, candidate={"url": backends[1].url},
            control={"api": "", "probes": address},
        )  # fmt: skip
        running.wait_for(lambda: f"control.probes cannot listen on {address}" in running.log.read_text())
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", "/x")
            assert connection.getresponse().status == 200
        assert running.stop().accepted_total == 1


def test_without_a_control_api_the_signal_pauses(
    mirror: Callable[..., Any], backends: tuple[Backend, Backend]
) -> None:
    running = mirror(primary={"url": backends[0].url}, candidate={"url": backends[1].url})
    running.process.send_signal(signal.SIGUSR1)
    running.wait_for(lambda: "mirroring is paused" in running.log.read_text())
    done = subprocess.run(
        [sys.executable, "-m", "shadow", "resume", "-c", str(running.config)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "Send the mirror SIGUSR1 instead" in done.stderr
    running.process.send_signal(signal.SIGUSR1)
    running.wait_for(lambda: "mirroring goes on" in running.log.read_text())


# -- certificates


def test_a_changed_certificate_is_taken_over_and_a_broken_one_is_not(
    mirror: Callable[..., Any], backends: tuple[Backend, Backend], tmp_path: Path
) -> None:
    authority = trustme.CA()
    certificate = tmp_path / "tls.pem"

    def issue() -> bytes:
        """Replace the file as a whole, and return the certificate that is in it."""
        made = authority.issue_cert("localhost")
        new = tmp_path / "new.pem"
        made.private_key_and_cert_chain_pem.write_to_path(str(new))
        new.replace(certificate)
        return ssl.PEM_cert_to_DER_cert(made.cert_chain_pems[0].bytes().decode())

    first = issue()
    running = mirror(
        primary={"url": backends[0].url}, candidate={"url": backends[1].url}, tls={"certificate": str(certificate)}
    )
    context = ssl.create_default_context()
    authority.configure_trust(context)

    def connect() -> tuple[http.client.HTTPSConnection, bytes | None]:
        connection = http.client.HTTPSConnection("localhost", running.port, timeout=20, context=context)
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        return connection, connection.sock.getpeercert(binary_form=True)

    def ask(connection: http.client.HTTPSConnection) -> int:
        connection.request("GET", "/x")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def shown() -> bytes | None:
        connection, seen = connect()
        with contextlib.closing(connection):
            assert ask(connection) == 200
        return seen

    old, seen = connect()
    with contextlib.closing(old):
        assert (ask(old), seen) == (200, first)
        second = issue()
        running.wait_for(lambda: shown() == second)
        certificate.write_text("no certificate")
        running.wait_for(lambda: "going on with the certificate as it was" in running.log.read_text())
        assert shown() == second
        assert ask(old) == 200, "the connection that began with the first one"
    running.stop()


# -- systemd


class Service:
    """A mirror as systemd starts it: with a listening socket as descriptor 3, and somebody who hears what it says."""

    def __init__(self, folder: Path, primary: Backend, sock: socket.socket) -> None:
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.heard.bind(str(folder / "notify"))
        self.heard.settimeout(20)
        self.folder = folder
        self.sock = sock
        config = {
            "listen": "127.0.0.1:1", "primary": {"url": primary.url}, "candidate": {"url": "http://127.0.0.1:2"},
            "control": {"api": "", "probes": ""}, "ledger": {"path": str(folder / "ledger.db")},
        }  # fmt: skip
        (folder / "shadow.yaml").write_text(json.dumps(config))

    def start(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "shadow", "mirror", "-c", str(self.folder / "shadow.yaml")]
        become = (
            "import os, sys; fd = int(sys.argv[1]); os.dup2(fd, 3, inheritable=True);"
            "os.environ['LISTEN_PID'] = os.environ['WATCHDOG_PID'] = str(os.getpid());"
            "os.execv(sys.argv[2], sys.argv[2:])"
        )
        told = {"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "400000", "LISTEN_FDS": "1"}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", become, str(self.sock.fileno()), *words],
                cwd=ROOT, pass_fds=(self.sock.fileno(),), env={**os.environ, **told}, stdout=log, stderr=log,
            )  # fmt: skip

    def wait_heard(self, word: bytes) -> None:
        while word not in self.heard.recv(4096).splitlines():
            pass


def test_systemd_is_told_and_its_socket_outlives_a_restart(backends: tuple[Backend, Backend], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        service = Service(tmp_path, backends[0], sock)
        process = service.start()
        try:
            service.wait_heard(b"READY=1")
            assert _get(sock) == 200
            service.wait_heard(b"WATCHDOG=1")
            service.wait_heard(b"WATCHDOG=1")
            process.send_signal(signal.SIGTERM)
            service.wait_heard(b"STOPPING=1")
            assert process.wait(30) == 0, (tmp_path / "log").read_text()

            statuses: list[int] = []
            waiting = threading.Thread(target=lambda: statuses.append(_get(sock)))
            waiting.start()
            process = service.start()
            waiting.join(30)
            assert statuses == [200], "it waited in the queue for the next service"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            service.heard.close()


def allowed_calls(group: str) -> set[str]:
    """The system calls of one of systemd's groups, with those of the groups in it."""
    listed = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    calls: set[str] = set()
    for line in map(str.strip, listed.stdout.splitlines()[1:]):
        if line.startswith("@"):
            calls |= allowed_calls(line)
        elif line and not line.startswith("#"):
            calls.add(line)
    return calls


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("strace") and shutil.which("systemd-analyze")), reason="no strace, no systemd")
def test_the_unit_lets_every_system_call_of_a_mirror_through(
    start: Callable[..., Running], unit: Callable[[str], Any], tmp_path: Path
) -> None:
    running = start()
    traced = [running.mirror.process.pid, *running.mirror.pids_by_role().values()]
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-c", "-S", "name", "-o", str(tmp_path / "calls"),
         *(word for pid in traced for word in ("-p", str(pid)))],
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        # Whoever is started from here on is traced from its first call.
        deadline = time.monotonic() + 20
        while any("TracerPid:\t0" in Path(f"/proc/{pid}/status").read_text() for pid in traced):
            assert tracer.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        for _ in range(5):
            assert running.get() == 200
        for role in ("listener", "sender", "comparer", "keeper"):
            old = running.mirror.pids_by_role()[role]
            os.kill(old, signal.SIGKILL)
            running.mirror.wait_for(
                lambda role=role, old=old: running.mirror.pids_by_role().get(role, old) != old, timeout_s=60
            )
            assert running.get() == 200
        running.mirror.process.send_signal(signal.SIGHUP)
        running.mirror.wait_for(lambda: running.said("reloaded"), timeout_s=60)
        running.mirror.stop()
    finally:
        tracer.terminate()
        tracer.wait(20)
        assert tracer.stderr is not None
        tracer.stderr.close()
    rows = [line.split() for line in (tmp_path / "calls").read_text().splitlines()]
    made = {row[-1] for row in rows if row and row[0][0].isdigit()} - {"total"}
    assert made >= {"execve", "accept4", "mmap", "setpriority", "flock", "fdatasync"}
    (group,) = unit("shadow-mirror.service")["Service"]["SystemCallFilter"]
    assert made - allowed_calls(group) == set()


def _get(sock: socket.socket) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", sock.getsockname()[1], timeout=25)
    with contextlib.closing(connection):
        connection.request("GET", "/x")
        return connection.getresponse().status


# -- memory


def resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(pid)


def test_memory_at_rest_is_below_what_the_page_says(
    start: Callable[..., Running], at_rest_bytes: dict[str, int]
) -> None:
    running = start()
    for _ in range(50):
        assert running.get() == 200
    running.mirror.wait_for(lambda: running.mirror.counts() == {"match": 50})
    pids = {**running.mirror.pids_by_role(), "supervisor": running.mirror.process.pid}
    assert set(pids) == set(at_rest_bytes)
    used = {role: resident_bytes(pid) for role, pid in pids.items()}
    assert {role: size for role, size in used.items() if size >= at_rest_bytes[role]} == {}


def test_comparers_step_back(start: Callable[..., Running]) -> None:
    running = start()
    nice = {role: os.getpriority(os.PRIO_PROCESS, pid) for role, pid in running.mirror.pids_by_role().items()}
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert nice == {"listener": own, "sender": own, "keeper": own, "comparer": min(own + 10, 19)}


def test_an_idle_client_connection_costs_little(start: Callable[..., Running]) -> None:
    running = start()
    assert running.get() == 200
    listener = running.mirror.pids_by_role()["listener"]
    clients: list[socket.socket] = []
    try:
        sizes = []
        for _ in range(2):
            for _ in range(300):
                sock = socket.create_connection(("127.0.0.1", running.mirror.port), timeout=20)
                sock.sendall(b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n")
                assert sock.recv(4096).startswith(b"HTTP/1.1 200")
                clients.append(sock)
            sizes.append(resident_bytes(listener))
        assert (sizes[1] - sizes[0]) / 300 < 32 * 1024
    finally:
        for sock in clients:
            sock.close()
