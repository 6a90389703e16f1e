"""What an operator relies on: no connection lost with a listener, cores apart, systemd, order, and a candidate that is
let finish."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


class Backend(ThreadingHTTPServer):
    """Answers `ok`, remembers who asked for what and in which order; holds its answers while told to."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.seen: list[tuple[str, str]] = []
        self.began: list[str] = []
        self.go = threading.Event()
        self.go.set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Backend

    def do_GET(self) -> None:
        self.server.began.append(self.path)
        self.server.go.wait(20)
        self.server.seen.append((self.headers.get("Cookie", ""), self.path))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def backend() -> Iterator[Callable[[], Backend]]:
    made: list[Backend] = []

    def start() -> Backend:
        made.append(Backend())
        return made[-1]

    yield start
    for each in made:
        each.go.set()
        each.shutdown()
        each.server_close()


def get(port: int, path: str, cookie: str = "") -> int:
    """One request on a connection of its own, which is closed at once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        assert answer.read() == b"ok"
        return answer.status
    finally:
        connection.close()


def test_connections_that_wait_survive_their_listener(backend: Any, mirror: Callable[..., Any]) -> None:
    old, new = backend(), backend()
    running = mirror(primary={"url": old.url}, candidate={"url": new.url})
    victim = running.pids_by_role()["listener"]
    os.kill(victim, signal.SIGSTOP)
    waiting = []
    for index in range(20):
        sock = socket.create_connection(("127.0.0.1", running.port), timeout=20)
        sock.sendall(b"GET /%d HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n" % index)
        waiting.append(sock)
    os.kill(victim, signal.SIGKILL)
    for sock in waiting:
        with sock, sock.makefile("rb") as answer:
            assert answer.read().startswith(b"HTTP/1.1 200 ")
    assert sorted(path for _, path in old.seen) == sorted(f"/{index}" for index in range(20))
    assert running.pids_by_role()["listener"] != victim
    evidence = running.stop()
    assert evidence.accepted_total == evidence.outcomes_total == 20


def status_of(pid: int, key: str) -> str:
    text = Path(f"/proc/{pid}/status").read_text()
    match = re.search(rf"^{key}:\s*(.*)$", text, re.MULTILINE)
    assert match
    return match[1]


def cores_in(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


@pytest.mark.parametrize("pin", ["auto", "off"])
def test_who_may_use_which_cores(pin: str, backend: Any, mirror: Callable[..., Any]) -> None:
    ours = os.sched_getaffinity(0)
    quota = Path("/sys/fs/cgroup/cpu.max")
    if len(ours) < 2 or (quota.exists() and not quota.read_text().startswith("max")):
        pytest.skip("needs two cores without a quota")
    running = mirror(primary={"url": backend().url}, candidate={"url": backend().url}, mirror={"pin": pin})
    pids = running.pids_by_role()
    expected = dict.fromkeys(pids, ours)
    if pin == "auto":
        own = {min(ours)}
        expected = {role: own if role == "listener" else ours - own for role in pids}
    own_nice = os.getpriority(os.PRIO_PROCESS, 0)
    nice = {"listener": own_nice, "sender": own_nice, "keeper": own_nice, "comparer": min(own_nice + 10, 19)}
    # A process does both right after it has read its assignment.
    running.wait_for(lambda: expected == {r: cores_in(status_of(p, "Cpus_allowed_list")) for r, p in pids.items()})
    running.wait_for(lambda: nice == {r: os.getpriority(os.PRIO_PROCESS, p) for r, p in pids.items()})


LAUNCHER = """
import os, sys
fd, *command = sys.argv[1:]
os.dup2(int(fd), 3)
os.environ["LISTEN_PID"] = os.environ["WATCHDOG_PID"] = str(os.getpid())
os.execv(command[0], command)
"""


def test_systemd_passes_the_socket_and_hears_how_it_goes(backend: Any, tmp_path: Path) -> None:
    old, new = backend(), backend()
    config = tmp_path / "shadow.yaml"
    config.write_text(json.dumps({
        "listen": "127.0.0.1:1",  # what is passed stands in for it
        "control": {"api": "", "probes": ""},
        "ledger": {"path": str(tmp_path / "ledger.db")},
        "mirror": {"listeners": 2},
        "primary": {"url": old.url},
        "candidate": {"url": new.url},
    }))  # fmt: skip
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "notify"))
    heard.settimeout(20)
    words: list[str] = []

    def hear(word: str) -> None:
        while word not in words[-1:]:
            words.append(heard.recv(4096).decode())

    with heard, socket.create_server(("127.0.0.1", 0)) as passed, (tmp_path / "log").open("wb") as log:
        port = passed.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(passed.fileno()), sys.executable, "-m", "shadow", "mirror", "-c",
             str(config)],
            pass_fds=(passed.fileno(),), stdout=log, stderr=log, cwd=Path(__file__).resolve().parents[2],
            env=os.environ | {"LISTEN_FDS": "1", "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"},
        )
        try:
            hear("READY=1")
            hear("WATCHDOG=1")
            hear("WATCHDOG=1")
            assert [get(port, f"/{index}") for index in range(8)] == [200] * 8
            words.clear()
            process.send_signal(signal.SIGHUP)
            hear("READY=1")
            assert any(re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", word) for word in words)
            process.send_signal(signal.SIGTERM)
            hear("STOPPING=1")
            assert process.wait(30) == 0, (tmp_path / "log").read_text()
            # The socket is systemd's: what connects between two runs waits for the next one.
            socket.create_connection(("127.0.0.1", port)).close()
        finally:
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
                process.kill()
                process.wait()


def test_each_clients_order_holds_over_listeners_and_senders(backend: Any, mirror: Callable[..., Any]) -> None:
    old, new = backend(), backend()
    running = mirror(
        primary={"url": old.url}, candidate={"url": new.url}, client_key="cookie:sid",
        mirror={"listeners": 2, "senders": 2, "pin": "off"},
    )
    clients, each = 8, 40

    def one(client: int) -> None:
        # A connection for each request: the kernel spreads them over both listeners.
        for index in range(each):
            get(running.port, f"/{client}/{index}", cookie=f"sid=client-{client}")

    threads = [threading.Thread(target=one, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running.wait_for(lambda: len(new.seen) == clients * each)
    for client in range(clients):
        got = [path for cookie, path in new.seen if cookie == f"sid=client-{client}"]
        assert got == [f"/{client}/{index}" for index in range(each)]
    evidence = running.stop()
    busy = [row.lane for row in evidence.lanes if row.lane.handed]
    assert len(busy) == 4, "two listeners with a lane to each of two senders"
    assert evidence.outcomes_total == clients * each


def test_the_candidate_may_finish_when_the_client_has_left(backend: Any, mirror: Callable[..., Any]) -> None:
    old, new = backend(), backend()
    running = mirror(primary={"url": old.url}, candidate={"url": new.url})
    new.go.clear()
    assert get(running.port, "/slow") == 200
    running.wait_for(lambda: new.began == ["/slow"])
    time.sleep(0.3)  # the client is gone, and everybody had time to notice
    assert new.seen == []
    new.go.set()
    running.wait_for(lambda: running.counts() == {"match": 1})
    assert new.seen == [("", "/slow")]


def test_a_rate_bounds_the_copies_of_its_route_and_nothing_else(backend: Any, mirror: Callable[..., Any]) -> None:
    old, new = backend(), backend()
    routes = [{"endpoint": "GET /slow/{id}", "rate_per_s": 0.001, "burst": 2}]
    running = mirror(primary={"url": old.url}, candidate={"url": new.url}, routes=routes)
    assert [get(running.port, f"/{name}/{index}") for index in range(5) for name in ("slow", "fast")] == [200] * 10
    running.wait_for(lambda: running.counts() == {"match": 7, "shed(rate_limited)": 3})
    limited = [row for row in running.evidence().outcomes if row.reason == "rate_limited"]
    assert {row.endpoint for row in limited} == {"GET /slow/{id}"}
    assert len([path for _, path in new.seen if path.startswith("/slow/")]) == 2
    assert len(old.seen) == 10
