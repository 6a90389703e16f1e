"""The two addresses, asked over real sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from shadow.config.model import Config, Control, Ledger, Primary, ShadowLeg
from shadow.control import server
from shadow.control.addresses import Addresses, addresses_path
from shadow.control.metrics import Metrics
from shadow.control.moment import Moment
from shadow.control.server import ControlServer
from shadow.control.site import MOST_BODY_BYTES, Site
from shadow.control.token import token_path
from shadow.control.view import View
from shadow.errors import EnvironmentFailure
from shadow.records import Observation
from tests.manual_clock import ManualClock

TOKEN = "0123456789abcdef"
AUTH = {"Authorization": f"Bearer {TOKEN}"}


def config(tmp_path: Path, **control: Any) -> Config:
    settings = {"api": "127.0.0.1:0", "probes": "127.0.0.1:0", "token": TOKEN, **control}
    return Config(
        primary=Primary(url="http://127.0.0.1:9001"),
        candidate=ShadowLeg(url="http://127.0.0.1:9002"),
        ledger=Ledger(path=str(tmp_path / "ledger.db")),
        control=msgspec.convert(settings, Control),
    )


class Running:
    """A control server with what stands behind it in reach of the test."""

    def __init__(self, settings: Config, view: View) -> None:
        self.view = view
        self.moment = Moment()
        self.pauses: list[bool] = []
        self.page: bytes | Exception = b"<!doctype html>"
        self.clock = ManualClock(1000.0)
        metrics = Metrics(view, lambda: self.moment, version="1", tee_limit_bytes=1)
        site = Site(view, lambda: self.moment, metrics=metrics, page=self, pause=self.pause, clock=self.clock)
        self.server = ControlServer(settings, site, retry_s=0.01)
        self.broken: Exception | None = None

    async def html(self) -> bytes:
        if isinstance(self.page, Exception):
            raise self.page
        return self.page

    def pause(self, paused: bool) -> None:
        if self.broken is not None:
            raise self.broken
        self.pauses.append(paused)

    async def ask(
        self, method: str, path: str, *, where: str = "api", headers: dict[str, str] | None = None, data: Any = None
    ) -> tuple[int, Any, aiohttp.ClientResponse]:
        url = f"http://{getattr(self.server.addresses, where)}{path}"
        async with aiohttp.ClientSession() as session, session.request(
            method, url, headers=AUTH if headers is None else headers, data=data
        ) as answer:
            body = await answer.read()
            return answer.status, json.loads(body) if answer.content_type == "application/json" else body, answer


@pytest.fixture
def serve(view: View) -> Callable[[Config], Any]:
    @asynccontextmanager
    async def serving(settings: Config, *, opened: bool = True) -> AsyncIterator[Running]:
        running = Running(settings, view)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(running.server.run())
            try:
                if opened:
                    async with asyncio.timeout(10):
                        await running.server.opened.wait()
                yield running
            finally:
                task.cancel()

    return serving


PROBES = ["/health", "/health/ready", "/metrics"]
REST = [("GET", "/api/metrics"), ("POST", "/api/metrics/reset"), ("POST", "/api/mirror/pause"),
        ("POST", "/api/mirror/resume"), ("GET", "/report")]  # fmt: skip


def test_probes_need_no_token_and_have_nothing_else(tmp_path: Path, serve: Any) -> None:
    async def scenario() -> None:
        async with serve(config(tmp_path)) as running:
            for path in PROBES:
                for headers in ({}, {"Host": "orders-0.orders.svc:9901"}):
                    assert (await running.ask("GET", path, where="probes", headers=headers))[0] == 200
            for method, path in REST:
                status, told, _ = await running.ask(method, path, where="probes")
                assert (status, told["error"]["status"]) == (404, 404)
            assert running.pauses == []

    asyncio.run(scenario())


def test_the_api_needs_token_and_name(tmp_path: Path, serve: Any) -> None:
    async def scenario() -> None:
        async with serve(config(tmp_path, names=["Shadow.Internal"])) as running:
            for method, path in [*(("GET", path) for path in PROBES), *REST]:
                status, told, answer = await running.ask(method, path, headers={})
                assert (status, sorted(told["error"])) == (401, ["message", "remedy", "status"])
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                assert (await running.ask(method, path, headers={"Authorization": "Bearer wrong"}))[0] == 401
                # A page that was lured here under its own name, even with the token.
                assert (await running.ask(method, path, headers={**AUTH, "Host": "evil.example"}))[0] == 421
            assert running.pauses == []
            for method, path in [*(("GET", path) for path in PROBES), *REST]:
                for host in ("shadow.internal:9900", "localhost"):
                    status, _, answer = await running.ask(method, path, headers={**AUTH, "Host": host})
                    assert status in (200, 202), path
                    assert answer.headers["Cache-Control"] == "no-store"
            assert running.pauses == [True, True, False, False]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/api/mirror/pause", 405), ("POST", "/health", 405), ("PUT", "/api/metrics", 405),
     ("GET", "/api/metrics?leg=secondary", 404), ("GET", "/api/metrics?leg=%00", 404)],
)
def test_errors_have_one_shape(tmp_path: Path, serve: Any, method: str, path: str, status: int) -> None:
    async def scenario() -> None:
        async with serve(config(tmp_path)) as running:
            got, told, answer = await running.ask(method, path)
            assert got == status
            assert sorted(told["error"]) == ["message", "remedy", "status"]
            assert told["error"]["remedy"] != ""
            assert ("Allow" in answer.headers) is (status == 405)

    asyncio.run(scenario())


def test_bodies_are_bounded(tmp_path: Path, serve: Any) -> None:
    async def scenario() -> None:
        async with serve(config(tmp_path)) as running:
            assert (await running.ask("POST", "/api/mirror/pause", data=b"x" * MOST_BODY_BYTES))[0] == 202
            status, told, _ = await running.ask("POST", "/api/mirror/pause", data=b"x" * (MOST_BODY_BYTES + 1))
            assert (status, told["error"]["status"]) == (413, 413)
            assert running.pauses == [True]
            # A head without end is cut off by the parser.
            status, _, _ = await running.ask("GET", "/health", headers={**AUTH, "X": "y" * 20_000})
            assert status == 400

    asyncio.run(scenario())


def test_ready_says_why_not(tmp_path: Path, serve: Any, view: View) -> None:
    async def scenario() -> None:
        async with serve(config(tmp_path)) as running:
            assert (await running.ask("GET", "/health/ready"))[1] == {"status": "ready", "paused": False}
            view.paused = True
            running.moment = Moment(ledger_fault="the disk is full", expected=("sender 0",))
            status, told, _ = await running.ask("GET", "/health/ready", where="probes")
            assert status == 503
            assert told["error"]["reasons"] == [
                "the ledger cannot be written: the disk is full", "sender 0 is not connected"]
            # Alive it is all the same, and metrics go on.
            assert (await running.ask("GET", "/health", where="probes"))[:2] == (200, {"status": "alive"})
            assert b"shadow_paused 1.0" in (await running.ask("GET", "/metrics", where="probes"))[1]

    asyncio.run(scenario())


def test_a_listener_that_stands_still_is_told_to_whoever_may_restart(tmp_path: Path, serve: Any) -> None:
    async def scenario() -> None:
        async with serve(config(tmp_path)) as running:
            running.moment = Moment(ledger_fault="disk full", silent=("the listener of lane x-0",))
            assert (await running.ask("GET", "/health", where="probes"))[0] == 200
            running.moment = Moment(hung=("the listener of lane x-0",))
            for where in ("probes", "api"):
                status, told, _ = await running.ask("GET", "/health", where=where)
                assert (status, told["error"]["reasons"]) == (503, ["the listener of lane x-0 stands still"])

    asyncio.run(scenario())


def test_a_reset_clears_the_view_alone(
    tmp_path: Path, serve: Any, view: View, observed: Callable[..., Observation]
) -> None:
    async def scenario() -> None:
        async with serve(config(tmp_path)) as running:
            view.take([observed()])
            assert (await running.ask("GET", "/api/metrics"))[1]["total_requests"] == 1
            running.clock.advance(5.0)
            assert (await running.ask("POST", "/api/metrics/reset"))[1]["total_requests"] == 0
            told = (await running.ask("GET", "/api/metrics?leg=candidate"))[1]
            assert (told["mode"], told["total_requests"], told["window_start"]) == (
                "candidate", 0, "1970-01-01T00:16:45Z")
            assert b'requests_total{leg="candidate",status="success"} 1.0' in (
                await running.ask("GET", "/metrics"))[1]

    asyncio.run(scenario())


def test_what_fails_behind_it_is_told_and_no_more(
    tmp_path: Path, serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with serve(config(tmp_path)) as running:
            status, body, answer = await running.ask("GET", "/report")
            assert (status, body, answer.content_type) == (200, b"<!doctype html>", "text/html")
            running.page = EnvironmentFailure("no evidence yet.", "Send traffic.")
            status, told, _ = await running.ask("GET", "/report")
            assert (status, told["error"]["message"], told["error"]["remedy"]) == (
                503, "no evidence yet.", "Send traffic.")
            running.broken = BrokenPipeError(32, "Broken pipe")
            status, told, _ = await running.ask("POST", "/api/mirror/pause")
            assert (status, "SIGUSR1" in told["error"]["remedy"]) == (503, True)
            running.page = ZeroDivisionError("a secret")
            status, told, _ = await running.ask("GET", "/report")
            assert status == 500
            assert "secret" not in json.dumps(told)
            assert (await running.ask("GET", "/health"))[0] == 200

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    assert [record.levelname for record in caplog.records if record.name == "shadow.control"] == ["ERROR"]


def test_a_busy_port_is_one_warning_and_is_tried_again(
    tmp_path: Path, serve: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    bind = server._bind

    async def counted(runner: Any, address: Any) -> Any:
        tried.append(address.port)
        return await bind(runner, address)

    monkeypatch.setattr(server, "_bind", counted)

    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            async with serve(config(tmp_path, api=f"127.0.0.1:{port}"), opened=False) as running:
                while not running.server.addresses.probes:
                    await asyncio.sleep(0.001)
                while tried.count(port) < 4:
                    await asyncio.sleep(0.001)
                # The other one is not disturbed.
                assert (await running.ask("GET", "/health", where="probes"))[0] == 200
                taken.close()
                await running.server.opened.wait()
                assert (await running.ask("GET", "/health"))[0] == 200

    with caplog.at_level(logging.WARNING):
        asyncio.run(asyncio.wait_for(scenario(), 20))
    (warning,) = [record for record in caplog.records if record.name == "shadow.control"]
    assert warning.getMessage().startswith("control.api cannot listen on 127.0.0.1:")
    assert warning.levelname == "WARNING"


def test_addresses_are_found_while_it_runs(tmp_path: Path, serve: Any) -> None:
    settings = config(tmp_path)

    async def scenario() -> None:
        async with serve(settings) as running:
            found = msgspec.json.decode(addresses_path(settings).read_bytes(), type=Addresses)
            assert found == running.server.addresses
            assert found.api.startswith("127.0.0.1:") and found.probes.startswith("127.0.0.1:")

    asyncio.run(scenario())
    assert not addresses_path(settings).exists()


@pytest.mark.parametrize(("off", "on"), [("api", "probes"), ("probes", "api")])
def test_an_empty_address_is_not_opened(tmp_path: Path, serve: Any, off: str, on: str) -> None:
    async def scenario() -> None:
        async with serve(config(tmp_path, **{off: ""})) as running:
            assert getattr(running.server.addresses, off) == ""
            assert (await running.ask("GET", "/health", where=on))[0] == 200

    asyncio.run(scenario())


def test_without_a_configured_token_one_is_made(tmp_path: Path, serve: Any) -> None:
    settings = config(tmp_path, token="")

    async def scenario() -> str:
        async with serve(settings) as running:
            token = token_path(settings).read_text().strip()
            assert (await running.ask("GET", "/health"))[0] == 401
            assert (await running.ask("GET", "/health", headers={"Authorization": f"Bearer {token}"}))[0] == 200
        return token

    first = asyncio.run(scenario())
    assert oct(token_path(settings).stat().st_mode & 0o777) == "0o600"
    assert len(first) == 64
    assert asyncio.run(scenario()) == first


def test_a_token_that_others_can_read_opens_nothing(
    tmp_path: Path, serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings = config(tmp_path, token="")
    token_path(settings).write_text("0" * 64)
    os.chmod(token_path(settings), 0o644)

    async def scenario() -> None:
        async with serve(settings, opened=False) as running:
            while not running.server.addresses.probes:
                await asyncio.sleep(0.001)
            assert running.server.addresses.api == ""
            assert (await running.ask("GET", "/health", where="probes"))[0] == 200

    with caplog.at_level(logging.ERROR):
        asyncio.run(asyncio.wait_for(scenario(), 20))
    (error,) = [record for record in caplog.records if record.name == "shadow.control"]
    assert "there is no control API" in error.getMessage()
