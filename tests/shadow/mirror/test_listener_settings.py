"""A running listener that is told to work otherwise, and one whose own loop lags."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Config, Endpoints, Mirror, Primary, Route, ShadowLeg
from shadow.ipc.assignment import Reload

GET = b"GET /g HTTP/1.1\r\nHost: shop\r\n\r\n"


def named(name: bytes, *, hold: asyncio.Event | None = None, seen: list[bytes] | None = None) -> Any:
    """A backend that answers with its name and the number of the connection; `hold` keeps it from it."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if seen is not None:
                seen.append(head.split(b" ")[1])
            if hold is not None:
                await hold.wait()
            body = b"%b %d" % (name, number)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    return play


def config(port: int, *, path: str = "", primary: dict[str, Any] | None = None, **settings: Any) -> Config:
    parts = {key: settings.pop(key) for key in ("routes", "client_key", "endpoints") if key in settings}
    return Config(
        primary=Primary(url=f"http://127.0.0.1:{port}{path}", **(primary or {})),
        candidate=ShadowLeg(url="http://127.0.0.1:1", store="own"), mirror=Mirror(**settings), **parts,
    )  # fmt: skip


async def reloaded(m: Any, settle: Any, new: Config) -> None:
    await settle(lambda: m.lifeline.on_command == m.listener._on_command)
    await m.lifeline.take(Reload(config=new))
    assert m.listener._config is new


def test_another_primary_for_new_requests_and_the_old_one_for_those_under_way(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, settle: Any
) -> None:
    async def scenario() -> None:
        go, old_seen, new_seen = asyncio.Event(), list[bytes](), list[bytes]()
        async with (
            backend(named(b"old", hold=go, seen=old_seen)) as old, backend(named(b"new", seen=new_seen)) as new,
            mirroring(old, path="/v1") as m, client(m.port) as (idle_reader, idle), client(m.port) as (reader, writer),
        ):
            go.set()
            idle.write(GET)
            assert (await answer(idle_reader))[2] == b"old 1"
            go.clear()
            writer.write(GET)
            await settle(lambda: len(old_seen) == 2)
            await reloaded(m, settle, config(new, path="/v2"))
            idle.write(GET)
            assert (await answer(idle_reader))[2] == b"new 1"
            go.set()
            assert (await answer(reader))[2] == b"old 1"
            # Its connection was not put among those to the new address.
            for _ in range(3):
                writer.write(GET)
                assert (await answer(reader))[2] == b"new 1"
            assert (old_seen, new_seen) == ([b"/v1/g"] * 2, [b"/v2/g"] * 4)
            await m.settled(6)

    run(scenario())


def test_who_waits_for_a_connection_gets_one_to_the_new_primary(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, settle: Any
) -> None:
    async def scenario() -> None:
        go, old_seen, new_seen = asyncio.Event(), list[bytes](), list[bytes]()
        async with (
            backend(named(b"old", hold=go, seen=old_seen)) as old, backend(named(b"new", seen=new_seen)) as new,
            mirroring(old, primary={"connections": 1}) as m,
            client(m.port) as (first_reader, first), client(m.port) as (reader, writer),
        ):
            first.write(GET)
            await settle(lambda: len(old_seen) == 1)
            writer.write(GET)
            await settle(lambda: len(m.listener.waiting) == 2)
            await reloaded(m, settle, config(new, path="/v2"))
            go.set()
            assert (await answer(first_reader))[2] == b"old 1"
            assert (await answer(reader))[2] == b"new 1"
            assert (old_seen, new_seen) == ([b"/g"], [b"/v2/g"])
            await m.settled(2)

    run(scenario())


@pytest.mark.parametrize(
    ("before", "after", "local"),
    [
        ({}, {"sample_ratio": 0.0}, "skipped(sampled_out)"),
        ({}, {"routes": (Route(endpoint="GET /g", mirror="never"),)}, "skipped(policy)"),
        ({}, {"max_body_bytes": 1}, "not_comparable(too_large)"),
        ({}, {"tee_bytes": 1}, "shed(tee_full)"),
        ({"tee_bytes": 1}, {}, "shed(sender_lost)"),
        ({"sample_ratio": 0.0}, {}, "shed(sender_lost)"),
    ],
)
def test_what_applies_from_the_next_request_on(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, settle: Any,
    before: dict[str, Any], after: dict[str, Any], local: str,
) -> None:  # fmt: skip
    async def scenario() -> None:
        async with (
            backend(named(b"old")) as port, mirroring(port, sender=False, **before) as m,
            client(m.port) as (reader, writer),
        ):
            writer.write(GET)
            await answer(reader)
            first = (await m.settled(1)).local
            await reloaded(m, settle, config(port, **after))
            writer.write(GET)
            assert (await answer(reader))[2].startswith(b"old")
            lane = await m.settled(2)
            assert {name: n - first.get(name, 0) for name, n in lane.local.items()} | {local: 1} == {
                **dict.fromkeys(first, 0), local: 1}

    run(scenario())


def test_timeouts_and_head_limits_apply_too(
    run: Any, backend: Any, mirroring: Any, client: Any, settle: Any, answer: Any
) -> None:
    async def scenario() -> None:
        never = asyncio.Event()
        async with backend(named(b"old", hold=never)) as port, mirroring(port, sender=False) as m:
            await reloaded(m, settle, config(port, primary={"timeout_s": 0.2}, max_header_bytes=100))
            async with client(m.port) as (reader, writer):
                writer.write(GET)
                assert (await answer(reader))[0] == 504
            async with client(m.port) as (reader, writer):
                writer.write(b"GET /" + b"x" * 200 + b" HTTP/1.1\r\nHost: shop\r\n\r\n")
                assert (await reader.readline()).startswith(b"HTTP/1.1 4")

    run(scenario())


def test_a_document_that_is_gone_by_now_changes_nothing(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, settle: Any, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    async def scenario() -> None:
        async with (
            backend(named(b"old")) as port, mirroring(port, sender=False) as m, client(m.port) as (reader, writer),
        ):
            wrong = config(1, endpoints=Endpoints(openapi=str(tmp_path / "gone.json")), sample_ratio=0.0)
            await settle(lambda: m.lifeline.on_command == m.listener._on_command)
            with caplog.at_level(logging.ERROR, "shadow.child"):
                await m.lifeline.take(Reload(config=wrong))
            assert "gone.json" in caplog.messages[0]
            writer.write(GET)
            assert (await answer(reader))[2] == b"old 1"
            assert (await m.settled(1)).local == {"shed(sender_lost)": 1}

    run(scenario())


def test_a_loop_that_lags_stops_mirroring_and_a_slow_primary_does_not(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, settle: Any
) -> None:
    async def scenario() -> None:
        go = asyncio.Event()
        async with (
            backend(named(b"old", hold=go)) as port,
            mirroring(port, sender=False, pause_lag_s=0.01) as m, client(m.port) as (reader, writer),
        ):
            writer.write(GET)
            await asyncio.sleep(1.2)
            assert (m.lane().paused_at, m.lane().lag_s) == (0.0, 0.0)
            go.set()
            await answer(reader)

            def busy() -> None:
                time.sleep(0.04)
                nonlocal timer
                timer = asyncio.get_running_loop().call_later(0.001, busy)

            began_at = time.time()
            timer: asyncio.TimerHandle = asyncio.get_running_loop().call_soon(busy)  # type: ignore[assignment]
            await settle(lambda: m.lane().paused_at)
            timer.cancel()
            assert began_at < m.lane().paused_at <= time.time()
            writer.write(GET)
            await answer(reader)
            lane = await m.settled(2)
            assert lane.local == {"shed(sender_lost)": 1, "skipped(paused)": 1}
            assert 0.01 <= lane.lag_s < 0.1

    run(scenario())


@pytest.mark.parametrize(
    ("request_bytes", "answered", "settings", "mirrored", "shed"),
    [
        (GET, 3, {}, {"GET <1KiB": 1}, {}),
        (GET, 300_000, {}, {"GET <1MiB": 1}, {}),
        (b"POST /g HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n" + bytes(2000), 3, {}, {"POST <16KiB": 1}, {}),
        (GET, 300_000, {"tee_bytes": 200_000}, {}, {"GET <1MiB": 1}),
        (GET, 3, {"tee_bytes": 1}, {}, {"GET <1KiB": 1}),
        (GET, 3000, {"max_body_bytes": 1}, {}, {}),
        (GET, 3, {"sample_ratio": 0.0}, {}, {}),
        (b"OPTIONS /g HTTP/1.1\r\nHost: a\r\n\r\n", 3, {"sender": False}, {}, {"* <1KiB": 1}),
    ],
)
def test_what_is_mirrored_and_what_is_shed_is_told_by_method_and_size(
    run: Any, backend: Any, mirroring: Any, client: Any, answer: Any, request_bytes: bytes, answered: int,
    settings: dict[str, Any], mirrored: dict[str, int], shed: dict[str, int],
) -> None:  # fmt: skip
    async def sized(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(2000 if head.startswith(b"POST") else 0)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (answered, bytes(answered)))
        await reader.read()

    async def scenario() -> None:
        routes = (Route(endpoint="POST /g", mirror="read_only"),)
        async with (
            backend(sized) as port, mirroring(port, routes=routes, **settings) as m, client(m.port) as (reader, writer),
        ):
            writer.write(request_bytes)
            await answer(reader)
            lane = await m.settled(1)
            assert (lane.mirrored, lane.shed) == (mirrored, shed)

    run(scenario())
