"""A leg: what it is sent, how many calls at once, what it is spared, and what is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shadow.config.model import ShadowLeg
from shadow.legs.leg import LegClient
from shadow.records import Leg, LegState, RequestCopy

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HOST = (b"Host", b"shop.example")


class Asked:
    """A backend that remembers raw requests and answers each; `silent` ones are never answered."""

    def __init__(self, answer: bytes = OK, *, close_after: int = 0) -> None:
        self.answer = answer
        self.close_after = close_after
        self.requests: list[tuple[int, bytes, bytes]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.at_once = self.most_at_once = 0

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")]
            body = await reader.readexactly(int(lengths[0][16:])) if lengths else b""
            self.requests.append((number, head, body))
            if self.close_after and sum(n == number for n, _, _ in self.requests) > self.close_after:
                return
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await self.go.wait()
            self.at_once -= 1
            writer.write(self.answer)


@asynccontextmanager
async def asking(backend: Any, asked: Asked, *, path: str = "", **settings: Any) -> AsyncIterator[LegClient]:
    async with backend(asked.play) as port:
        client = LegClient(Leg.candidate, ShadowLeg(url=f"http://127.0.0.1:{port}{path}", **settings),
                           limit_bytes=1 << 20)
        try:
            yield client
        finally:
            client.close()
            await asyncio.sleep(0)


def copy(method: str = "GET", body: bytes = b"", *headers: tuple[bytes, bytes]) -> RequestCopy:
    return RequestCopy(method=method, target=b"/a?b=1", headers=(HOST, *headers), body=body)


@pytest.mark.parametrize(
    ("request_copy", "head", "body"),
    [
        pytest.param(copy(), b"GET /v2/a?b=1 HTTP/1.1\r\nHost: shop.example\r\nshadow-leg: candidate\r\n\r\n", b"",
                     id="no body, no length"),
        pytest.param(
            copy("POST", b"hello", (b"Cookie", b"a"), (b"cookie", b"b")),
            b"POST /v2/a?b=1 HTTP/1.1\r\nHost: shop.example\r\nCookie: a\r\ncookie: b\r\nshadow-leg: candidate\r\n"
            b"content-length: 5\r\n\r\n", b"hello", id="formerly chunked"),
        pytest.param(
            copy("POST", b"hello", (b"Content-Length", b"5"), (b"Expect", b"100-continue")),
            b"POST /v2/a?b=1 HTTP/1.1\r\nHost: shop.example\r\nshadow-leg: candidate\r\ncontent-length: 5\r\n\r\n",
            b"hello", id="length once, Expect dropped"),
        pytest.param(
            copy("PUT", b"", (b"content-length", b"0")),
            b"PUT /v2/a?b=1 HTTP/1.1\r\nHost: shop.example\r\nshadow-leg: candidate\r\ncontent-length: 0\r\n\r\n",
            b"", id="an explicit empty body"),
        pytest.param(copy("HEAD"), b"HEAD /v2/a?b=1 HTTP/1.1\r\nHost: shop.example\r\nshadow-leg: candidate\r\n\r\n",
                     b"", id="HEAD"),
    ],
)
def test_what_the_leg_is_sent(run: Any, backend: Any, request_copy: RequestCopy, head: bytes, body: bytes) -> None:
    async def scenario() -> None:
        asked = Asked(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" if request_copy.method == "HEAD" else OK)
        async with asking(backend, asked, path="/v2/") as leg:
            for _ in range(2):
                answer = await leg.ask(request_copy)
                assert answer.response is not None
                assert answer.response.body == (b"" if request_copy.method == "HEAD" else b"ok")
        assert asked.requests == [(1, head, body)] * 2  # the second one on the same connection

    run(scenario())


def test_at_most_so_many_at_once(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        asked = Asked()
        asked.go.clear()
        async with asking(backend, asked, connections=3) as leg:
            calls = [asyncio.create_task(leg.ask(copy())) for _ in range(10)]
            while asked.at_once < 3:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.02)
            assert asked.most_at_once == 3
            asked.go.set()
            answers = await asyncio.gather(*calls)
            assert [a.result.state for a in answers] == [LegState.answered] * 10
            assert asked.most_at_once == 3

    run(scenario())


@pytest.mark.parametrize(
    ("method", "state", "asked_for"),
    [("GET", LegState.answered, [1, 1, 2]), ("HEAD", LegState.answered, [1, 1, 2]),
     ("POST", LegState.failed, [1, 1]), ("PUT", LegState.failed, [1, 1]), ("DELETE", LegState.failed, [1, 1]),
     ("OPTIONS", LegState.failed, [1, 1])],
)
def test_a_reused_connection_that_closes_is_asked_again_for_get_and_head_only(
    run: Any, backend: Any, method: str, state: LegState, asked_for: list[int]
) -> None:
    async def scenario() -> None:
        asked = Asked(b"HTTP/1.1 204 No Content\r\n\r\n", close_after=1)
        async with asking(backend, asked) as leg:
            assert (await leg.ask(copy(method))).result.state is LegState.answered
            answer = await leg.ask(copy(method))
            assert answer.result.state is state
            assert answer.result.failure == ("" if state is LegState.answered else "reset")
        assert [number for number, _, _ in asked.requests] == asked_for

    run(scenario())


def test_a_fresh_connection_that_closes_is_a_failure(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        made = []

        async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
            made.append(await reader.readuntil(b"\r\n\r\n"))

        async with backend(play) as port:
            leg = LegClient(Leg.secondary, ShadowLeg(url=f"http://127.0.0.1:{port}"), limit_bytes=10)
            answer = await leg.ask(copy())
            assert (answer.result.failure, answer.result.leg, len(made)) == ("reset", Leg.secondary, 1)
            leg.close()

    run(scenario())


def test_the_breaker_spares_a_leg_that_fails_and_tries_it_again(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        asked = Asked(b"garbage\r\n\r\n")
        async with asking(backend, asked, breaker_failures=2, breaker_open_s=0.05) as leg:
            assert [(await leg.ask(copy())).result.failure for _ in range(4)] == [
                "protocol", "protocol", "breaker_open", "breaker_open"]
            assert len(asked.requests) == 2
            asked.answer = OK
            await asyncio.sleep(0.06)
            answers = [await leg.ask(copy()) for _ in range(3)]
            assert [a.result.state for a in answers] == [LegState.answered] * 3
            assert leg.breaker.trips_total == 1

    run(scenario())


def test_answers_without_an_end_open_the_breaker(run: Any, backend: Any) -> None:
    flood = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n" + bytes((1 << 20) + 1)

    async def scenario() -> None:
        asked = Asked(flood)
        async with asking(backend, asked, breaker_failures=2) as leg:
            answers = [await leg.ask(copy()) for _ in range(3)]
            assert [a.response is not None and a.response.complete for a in answers] == [False] * 3
            assert [a.response is None for a in answers] == [False, False, True]
            assert answers[2].result.failure == "breaker_open"
            assert len(asked.requests) == 2

    run(scenario())


def test_an_error_status_is_an_answer_to_the_breaker(run: Any, backend: Any) -> None:
    async def scenario() -> None:
        async with asking(backend, Asked(OK.replace(b"200 OK", b"503 Busy")), breaker_failures=1) as leg:
            assert [(await leg.ask(copy())).result.status for _ in range(3)] == [503] * 3

    run(scenario())


def test_a_leg_that_cannot_be_reached(run: Any) -> None:
    async def scenario() -> None:
        leg = LegClient(Leg.candidate, ShadowLeg(url="http://127.0.0.1:1"), limit_bytes=10)
        answer = await leg.ask(copy())
        assert (answer.result.state, answer.result.failure) == (LegState.failed, "refused")

    run(scenario())
