"""The legs of a sender under changing configurations, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from shadow.config.model import Config, LegTls, Mirror, Primary, ShadowLeg
from shadow.errors import EnvironmentFailure
from shadow.legs.legs import Legs
from shadow.records import Leg, LegAnswer, RequestCopy

REQUEST = RequestCopy(method="GET", target=b"/")
BOTH = (Leg.candidate, Leg.secondary)


class Place:
    """A backend that answers with its name once it may."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.go = asyncio.Event()
        self.go.set()
        self.connections = 0
        self.playing: set[asyncio.Task[Any] | None] = set()
        self.asked = asyncio.Event()
        self.server: asyncio.Server

    async def start(self, port: int = 0) -> int:
        self.server = await asyncio.start_server(self.play, "127.0.0.1", port)
        return int(self.server.sockets[0].getsockname()[1])

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.playing.add(asyncio.current_task())
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.asked.set()
                await self.go.wait()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(self.name), self.name.encode()))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.playing.discard(asyncio.current_task())


@asynccontextmanager
async def place(name: str) -> AsyncIterator[tuple[Place, str]]:
    made = Place(name)
    port = await made.start()
    try:
        yield made, f"http://127.0.0.1:{port}"
    finally:
        made.server.close()
        made.go.set()
        while made.playing:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)


def config(candidate: str, secondary: str = "", *, body: int = 1 << 20, **settings: Any) -> Config:
    return Config(
        primary=Primary(url="http://a:1"), candidate=ShadowLeg(url=candidate, **settings),
        secondary=ShadowLeg(url=secondary) if secondary else None, mirror=Mirror(max_body_bytes=body),
    )  # fmt: skip


def said(answers: dict[Leg, LegAnswer]) -> dict[str, str]:
    return {
        leg: answer.response.body.decode() if answer.response else answer.result.failure
        for leg, answer in answers.items()
    }


def test_only_the_leg_whose_section_changed_is_replaced() -> None:
    async def scenario() -> None:
        async with place("one") as (one, url), place("two") as (two, other), place("three") as (three, third):
            legs = Legs(config(url, other))
            assert legs.width == 64
            assert said(await legs.ask(BOTH, REQUEST)) == {"candidate": "one", "secondary": "two"}
            candidate, secondary = legs.clients
            legs.use(config(third, other))
            assert said(await legs.ask(BOTH, REQUEST)) == {"candidate": "three", "secondary": "two"}
            assert legs.clients[0] is secondary and candidate not in legs.clients
            assert (one.connections, two.connections, three.connections) == (1, 1, 1)
            legs.use(config(third))
            assert said(await legs.ask(BOTH, REQUEST)) == {"candidate": "three"}
            legs.use(config(third, other, connections=3))
            assert legs.width == 35
            assert said(await legs.ask((Leg.candidate,), REQUEST)) == {"candidate": "three", "secondary": "policy"}
            legs.close()

    asyncio.run(scenario())


def test_a_call_under_way_ends_where_it_began_and_its_connection_closes_then() -> None:
    async def scenario() -> None:
        async with place("one") as (one, url), place("two") as (_, other):
            legs = Legs(config(url))
            one.go.clear()
            call = asyncio.create_task(legs.ask((Leg.candidate,), REQUEST))
            await one.asked.wait()
            (before,) = legs.clients
            legs.use(config(other))
            assert said(await legs.ask((Leg.candidate,), REQUEST)) == {"candidate": "two"}
            assert not call.done()
            one.go.set()
            assert said(await call) == {"candidate": "one"}
            assert ", 0 idle," in repr(before._pool)
            legs.close()

    asyncio.run(scenario())


def test_the_breaker_of_a_leg_that_did_not_change_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

    async def scenario() -> None:
        settings = {"breaker_failures": 2, "backoff_first_s": 0.0}
        legs = Legs(config(url, **settings))
        answers = [said(await legs.ask((Leg.candidate,), REQUEST))["candidate"] for _ in range(4)]
        assert answers == ["refused", "refused", "breaker_open", "breaker_open"]
        legs.use(msgspec.structs.replace(config(url, **settings), client_key="cookie:a"))
        assert said(await legs.ask((Leg.candidate,), REQUEST)) == {"candidate": "breaker_open"}
        legs.use(config(url, **settings, breaker_open_s=1.0))
        assert said(await legs.ask((Leg.candidate,), REQUEST)) == {"candidate": "refused"}
        legs.close()

    asyncio.run(scenario())


def test_connecting_backs_off_while_connections_that_stand_go_on() -> None:
    async def scenario() -> None:
        async with place("one") as (one, url):
            legs = Legs(config(url, backoff_first_s=0.2, backoff_jitter_ratio=0.0))
            port = int(url.rpartition(":")[2])

            async def ask() -> str:
                return said(await legs.ask((Leg.candidate,), REQUEST))["candidate"]

            assert await ask() == "one"
            # The listener is gone, the connection stands; a second one cannot be had.
            one.server.close()
            one.go.clear()
            one.asked.clear()
            first = asyncio.create_task(ask())
            await one.asked.wait()
            assert await ask() == "refused"
            assert [await ask() for _ in range(3)] == ["breaker_open"] * 3
            one.go.set()
            assert await first == "one"
            assert await ask() == "one"
            # Another attempt after the pause, and once it succeeds everything is as before.
            one.go.clear()
            one.asked.clear()
            held = asyncio.create_task(ask())
            await one.asked.wait()
            await asyncio.sleep(0.25)
            await one.start(port)
            one.go.set()
            assert await ask() == "one"
            assert await held == "one"
            (client,) = legs.clients
            assert client._backoff.allows(0.0)
            assert (client.breaker.trips_total, client.breaker.state) == (0, "closed")
            legs.close()
            one.server.close()

    asyncio.run(scenario())


def test_a_certificate_that_is_gone_changes_nothing() -> None:
    async def scenario() -> None:
        async with place("one") as (_, url), place("two") as (_, other):
            legs = Legs(config(url, other))
            before = legs.clients
            with pytest.raises(EnvironmentFailure):
                legs.use(Config(
                    primary=Primary(url="http://a:1"), candidate=ShadowLeg(url=other),
                    secondary=ShadowLeg(url="https://b:1", tls=LegTls(ca="/nowhere.pem")),
                ))  # fmt: skip
            assert legs.clients == before
            assert said(await legs.ask(BOTH, REQUEST)) == {"candidate": "one", "secondary": "two"}
            legs.close()

    asyncio.run(scenario())
