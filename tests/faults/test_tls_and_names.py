"""Legs over TLS, over unix sockets and by name: what is refused is told by its reason, and mended without a restart."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from fault_backends import Backend, answer_of, wire_of
from fault_traffic import Live, assert_adds_up, recover

pytestmark = pytest.mark.e2e

QUICK = {"connect_timeout_s": 2, "timeout_s": 2, "breaker_open_s": 0.3, "breaker_failures": 2, "backoff_first_s": 0.1,
         "backoff_most_s": 0.2}  # fmt: skip


class Server:
    """The one right answer to everything, over TLS or a unix socket; the context may be exchanged while it runs."""

    def __init__(self, context: ssl.SSLContext | None = None, *, path: str = "", port: int = 0) -> None:
        self.context = context
        self.requests = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._path = path
        self.port = port
        self._server: asyncio.Server | None = None
        self.open()

    def open(self) -> None:
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)

    def use(self, context: ssl.SSLContext | None) -> None:
        """Serve with this from now on; who was connected is cut off."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self.context = context
        self.open()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _open(self) -> None:
        self._writers: set[asyncio.StreamWriter] = set()
        if self._path:
            self._server = await asyncio.start_unix_server(self._serve, self._path)
        else:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.context)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0.05)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                if not (first := await reader.readexactly(1)).isalpha():
                    # What real servers say to a TLS greeting on their plain port.
                    writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    await writer.drain()
                    break
                head = first + await reader.readuntil(b"\r\n\r\n")
                line = head.split(b"\r\n", 1)[0].decode("latin-1")
                self.requests += 1
                writer.write(wire_of(answer_of(line.split(" ")[1])))
                await writer.drain()
        writer.transport.abort()
        self._writers.discard(writer)


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def start(*arguments: Any, **how: Any) -> Server:
        made.append(Server(*arguments, **how))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def context_of(authority: trustme.CA, *, expired: bool = False) -> ssl.SSLContext:
    until = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1) if expired else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=until).configure_cert(context)
    return context


def failed(running: Any, reason: str) -> Callable[[], bool]:
    """Whether an exchange ended because the candidate could not be asked for that reason."""
    return lambda: running.counts().get(f"candidate_failed({reason})", 0) > 0


def until(running: Any, live: Live, holds: Callable[[], bool], timeout_s: float = 15.0) -> None:
    def asked() -> bool:
        live.send(4)
        return holds()

    running.wait_for(asked, timeout_s)


@pytest.mark.parametrize("broken", ["plain", "expired", "unknown authority"])
def test_a_candidate_that_refuses_tls_costs_evidence_only_until_it_is_mended(
    broken: str, faulty: Any, server: Callable[..., Server], authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    wrong = {
        "plain": None, "expired": context_of(authority, expired=True), "unknown authority": context_of(trustme.CA()),
    }[broken]  # fmt: skip
    candidate = server(wrong)
    running, live = faulty(
        candidate={**QUICK, "url": f"https://127.0.0.1:{candidate.port}", "tls": {"ca": str(tmp_path / "ca.pem")}}
    )
    until(running, live, failed(running, "tls"))
    assert candidate.requests == 0, "not one request went out to whom nobody can tell"
    assert "match" not in running.counts()
    pids = running.pids_by_role()

    candidate.use(context_of(authority))
    recover(running, live)
    assert candidate.requests >= 20
    assert running.pids_by_role() == pids
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)


def test_every_leg_over_tls(
    mirror: Callable[..., Any], server: Callable[..., Server], authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    legs = {name: server(context_of(authority)) for name in ("primary", "candidate", "secondary")}
    running = mirror(**{
        name: {"url": f"https://127.0.0.1:{leg.port}", "build": name, "tls": {"ca": str(tmp_path / "ca.pem")}}
        for name, leg in legs.items()
    })
    ends_well(running, legs)


def test_every_leg_over_a_unix_socket(
    mirror: Callable[..., Any], server: Callable[..., Server], tmp_path: Path
) -> None:
    legs = {name: server(path=str(tmp_path / name)) for name in ("primary", "candidate", "secondary")}
    running = mirror(**{
        name: {"url": f"unix:{tmp_path / name}", "build": name} for name in legs
    })
    ends_well(running, legs)


def ends_well(running: Any, legs: dict[str, Server]) -> None:
    live = Live(running.port)
    live.send(100)
    running.wait_for(lambda: running.counts() == {"match": 100})
    assert {name: leg.requests for name, leg in legs.items()} == dict.fromkeys(legs, 100)
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)


def has_namespaces() -> bool:
    tool = shutil.which("unshare")
    return tool is not None and subprocess.run([tool, "--mount", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not has_namespaces(), reason="a table of names of its own needs a mount namespace (root on Linux)")
def test_a_name_that_is_not_known_for_a_while(
    mirror: Callable[..., Any], primary: Backend, candidate: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mirror lives in a mount namespace in which /etc/hosts is ours, and there is no name server."""
    hosts, servers = tmp_path / "hosts", tmp_path / "resolv.conf"
    hosts.write_text("127.0.0.1 localhost\n")
    # Nobody answers there, and it is given up at once.
    servers.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    launcher = tmp_path / "python"
    launcher.write_text(
        f"#!/bin/sh\nexec unshare --mount sh -c 'mount --bind {hosts} /etc/hosts && "
        f"mount --bind {servers} /etc/resolv.conf && exec \"$@\"' sh {sys.executable} \"$@\"\n"
    )
    launcher.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(launcher))
    running = mirror(
        primary={"url": primary.url, "build": "old"},
        candidate={**QUICK, "url": f"http://next.orders.internal:{candidate.port}", "build": "new", "dns_cache_s": 0.2},
    )
    monkeypatch.undo()
    live = Live(running.port)
    until(running, live, failed(running, "dns"), 30)
    assert candidate.requests == 0
    pids = running.pids_by_role()

    with hosts.open("a") as file:
        file.write("127.0.0.1 next.orders.internal\n")
    recover(running, live)
    # Gone again: the address last known stays in use.
    hosts.write_text("127.0.0.1 localhost\n")
    recover(running, live)
    assert running.pids_by_role() == pids
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
