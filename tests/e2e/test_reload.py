"""SIGHUP: a new configuration without a dropped connection, and nothing at all where it is wrong."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


class Backend(ThreadingHTTPServer):
    """Answers with its name and a JSON body; `/long` is sent piece by piece, as the test says."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.name = name
        self.price = 1
        self.seen: list[str] = []
        self.pieces = threading.Semaphore(0)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Backend

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        body = json.dumps({"price": self.server.price}).encode()
        self.send_response(200)
        self.send_header("X-Served-By", self.server.name)
        self.send_header("Content-Type", "application/json")
        if self.path != "/long":
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_header("Content-Length", str(20 * 1000))
        self.end_headers()
        for index in range(20):
            self.server.pieces.acquire()
            self.wfile.write(b"%d" % (index % 10) * 1000)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def connect() -> Iterator[Callable[[Any], Client]]:
    made: list[Client] = []

    def start(running: Any) -> Client:
        made.append(Client(running.port))
        return made[-1]

    yield start
    for each in made:
        each.connection.close()


@pytest.fixture
def backend() -> Iterator[Callable[[str], Backend]]:
    made: list[Backend] = []

    def start(name: str) -> Backend:
        made.append(Backend(name))
        return made[-1]

    yield start
    for each in made:
        each.shutdown()
        each.server_close()


class Reloading:
    """A mirror whose configuration changes."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.settings: dict[str, Any] = json.loads(running.config.read_text())

    def log(self) -> str:
        return str(self.running.log.read_text())

    def reload(self, said: str, **changed: Any) -> str:
        """Write the file with changed sections, send SIGHUP; return the line of the log that tells the end."""
        self.settings |= changed
        return self.reload_text(said, json.dumps(self.settings))

    def reload_text(self, said: str, text: str) -> str:
        self.running.config.write_text(text)
        before = self.log().count(said)
        os.kill(self.running.process.pid, signal.SIGHUP)
        self.running.wait_for(lambda: self.log().count(said) == before + 1)
        return [line for line in self.log().splitlines() if said in line][-1]


class Client:
    """One connection that must never be opened again."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.connection.connect()
        self._sock = self.connection.sock

    def get(self, path: str) -> tuple[str | None, bytes]:
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        assert answer.status == 200
        body = answer.read()
        assert self.connection.sock is self._sock
        return answer.getheader("X-Served-By"), body


def test_connections_survive_and_everything_new_applies(
    backend: Any, connect: Any, mirror: Callable[..., Any]
) -> None:
    old, other, new, newest = backend("old"), backend("other"), backend("new"), backend("newest")
    new.price = newest.price = 2
    compare = {"volatile_headers": ["x-served-by"]}
    running = mirror(primary={"url": old.url}, candidate={"url": new.url}, compare=compare)
    file = Reloading(running)
    client, download = connect(running), connect(running)
    asked = 0

    def until(happens: Callable[[], bool], path: str) -> None:
        """Ask again and again over the one connection until a process has taken the configuration over."""
        def once() -> bool:
            nonlocal asked
            asked += 1
            client.get(path)
            return happens()

        running.wait_for(once)

    download.connection.request("GET", "/long")
    old.pieces.release(10)
    long_answer = download.connection.getresponse()
    first_half = long_answer.read(10 * 1000)
    until(lambda: running.counts().get("mismatch", 0) > 0, "/a")

    # A rule covers the same difference from now on.
    rule = {"id": "price", "what": "ignore", "endpoint": "GET /a", "path": "body:$.price", "owner": "ann",
            "reason": "agreed", "created": "2026-01-01", "expires": "2099-01-01"}
    file.reload("reloaded", compare={**compare, "rules": [rule]})
    until(lambda: running.counts().get("noise_only", 0) > 0, "/a")

    # Another primary, for new requests over the same client connection; the download goes on where it began.
    file.reload("reloaded", primary={"url": other.url})
    until(lambda: "/b" in other.seen, "/b")
    before = len(old.seen)
    assert client.get("/b") == ("other", b'{"price": 1}')
    old.pieces.release(10)
    new.pieces.release(20)
    assert first_half + long_answer.read() == b"".join(b"%d" % (i % 10) * 1000 for i in range(20))
    assert download.get("/b")[0] == "other"
    assert len(old.seen) == before

    # Another ratio: no copies any more.
    file.reload("reloaded", mirror={"sample_ratio": 0.0})
    until(lambda: running.counts().get("skipped(sampled_out)", 0) > 0, "/c")

    # A successor starts from what holds now, not from what held first.
    victim = running.pids_by_role()["listener"]
    os.kill(victim, signal.SIGKILL)
    running.wait_for(lambda: running.pids_by_role().get("listener", victim) != victim)
    skipped = running.counts()["skipped(sampled_out)"]
    client = connect(running)
    until(lambda: running.counts().get("skipped(sampled_out)", 0) > skipped, "/d")
    assert "/d" in other.seen and "/d" not in new.seen

    # Another candidate, without a restart of anybody.
    pids = running.pids_by_role()
    file.reload("reloaded", mirror={}, candidate={"url": newest.url})
    until(lambda: "/e" in newest.seen, "/e")
    assert running.pids_by_role() == pids
    evidence = running.stop()
    assert evidence.accepted_total == evidence.outcomes_total == asked + 3  # the download, and two single ones


@pytest.mark.parametrize(
    "wrong",
    [
        # At most four each: a flood of equal lines is thinned out in the log.
        [
            (None, "shadow.yaml:1", "Check indentation"),
            ({"candidte": {}}, "'candidte'", "Did you mean 'candidate'?"),
            ({"endpoints": {"openapi": "/nowhere.json"}}, "/nowhere.json", ""),
            ({"mirror": {"sample_ratio": 2}}, "mirror.sample_ratio", ""),
        ],
        [
            ({"listen": "127.0.0.1:1"}, "listen cannot change while", "Restart the mirror"),
            ({"mirror": {"listeners": 2, "sample_ratio": 0.0}}, "mirror.listeners cannot", "Restart"),
            ({"ledger": {"path": "/elsewhere.db"}}, "ledger cannot", "put ledger back"),
            ({"candidate": {"url": "http://127.0.0.1:9", "store": "own"}}, "candidate.store cannot", "Restart"),
        ],
    ],
    ids=["faulty", "needs a restart"],
)
def test_a_wrong_file_changes_nothing(
    wrong: list[tuple[dict[str, Any] | None, str, str]], backend: Any, connect: Any,
    mirror: Callable[..., Any],
) -> None:
    old, new = backend("same"), backend("same")
    running = mirror(primary={"url": old.url}, candidate={"url": new.url})
    file = Reloading(running)
    pids = running.pids_by_role()
    client = connect(running)
    for changes, told, remedy in wrong:
        text = "primary: [" if changes is None else json.dumps(file.settings | changes)
        line = file.reload_text("not reloaded, nothing has changed", text)
        assert told in line and remedy in line
        client.get("/a")
    running.wait_for(lambda: running.counts() == {"match": 4})
    assert running.pids_by_role() == pids
    assert "Traceback" not in file.log()


def test_a_pause_is_a_gap_and_outlives_a_listener(
    backend: Any, connect: Any, mirror: Callable[..., Any]
) -> None:
    old, new = backend("old"), backend("new")
    running = mirror(primary={"url": old.url}, candidate={"url": new.url})
    file = Reloading(running)

    def until(happens: Callable[[], bool], path: str) -> None:
        def once() -> bool:
            connect(running).get(path)
            return happens()

        running.wait_for(once)

    until(lambda: "/a" in new.seen, "/a")
    os.kill(running.process.pid, signal.SIGUSR1)
    until(lambda: running.counts().get("skipped(paused)", 0) > 0, "/b")
    seen = list(new.seen)
    victim = running.pids_by_role()["listener"]
    os.kill(victim, signal.SIGKILL)
    running.wait_for(lambda: running.pids_by_role().get("listener", victim) != victim)
    skipped = running.counts()["skipped(paused)"]
    until(lambda: running.counts()["skipped(paused)"] > skipped, "/c")
    assert "/c" in old.seen and new.seen == seen
    os.kill(running.process.pid, signal.SIGUSR1)
    until(lambda: "/d" in new.seen, "/d")
    # Paused again, to the end: that gap ends with the run.
    os.kill(running.process.pid, signal.SIGUSR1)
    running.wait_for(lambda: file.log().count("mirroring is paused") == 2)
    evidence = running.stop()
    gaps = [gap for gap in evidence.gaps if gap.kind == "paused"]
    # Two pauses close together are one row, which says how many they were and how long.
    assert [(gap.detail, gap.times) for gap in gaps] == [("paused by request", 2)]
    assert 0 < gaps[0].sum_s < gaps[0].ended_at - gaps[0].started_at < 60


def test_reloaded_is_said_when_every_process_works_by_it(backend: Any, mirror: Callable[..., Any]) -> None:
    old, new = backend("old"), backend("new")
    running = mirror(primary={"url": old.url}, candidate={"url": new.url})
    file = Reloading(running)
    comparer = running.pids_by_role()["comparer"]

    os.kill(comparer, signal.SIGSTOP)
    try:
        file.settings["mirror"] = {"sample_ratio": 0.0}
        running.config.write_text(json.dumps(file.settings))
        os.kill(running.process.pid, signal.SIGHUP)
        running.wait_for(lambda: asked_for(running, "skipped(sampled_out)"))  # the listener has taken it over
        assert "reloaded" not in file.log()
    finally:
        os.kill(comparer, signal.SIGCONT)
    running.wait_for(lambda: "every process works by it" in file.log())

    os.kill(comparer, signal.SIGSTOP)
    try:
        said = file.reload("but not everywhere", mirror={"sample_ratio": 1.0})
    finally:
        os.kill(comparer, signal.SIGCONT)
    assert "not everywhere: comparer 0: no answer within 5 s" in said
    # What came too late is the answer to a reload that nobody waits for; the next one is whole again.
    file.reload("every process works by it", mirror={"sample_ratio": 0.5})
    running.stop()


def asked_for(running: Any, outcome: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    connection.request("GET", "/a")
    connection.getresponse().read()
    connection.close()
    return outcome in running.counts()
