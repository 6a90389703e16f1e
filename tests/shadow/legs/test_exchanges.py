"""Exchanges that need no task: they are asked at once, in their client's order, and end as the others do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shadow.config.model import Config, Primary, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.ipc.messages import Handed
from shadow.ipc.wired import Answered, Asked, exchange_decoder
from shadow.legs.comparers import ComparerLink
from shadow.legs.contract import Contract
from shadow.legs.exchanges import Exchanges
from shadow.legs.legs import Legs
from shadow.legs.reask import Reask
from shadow.legs.statuses import Statuses
from shadow.records import Leg, LegAnswer, LegResult, LegState, RequestCopy

PRIMARY = LegAnswer(result=LegResult(leg=Leg.primary, state=LegState.answered, status=200))
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Candidate:
    """Answers while it may; closes the connection instead where it was told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.closes_at = ""

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while True:
            target = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
            self.asked.append((number, target))
            if target == self.closes_at:
                self.closes_at = ""
                return
            await self.go.wait()
            writer.write(OK)


class Room:
    def __init__(self, candidate: Candidate, comparer: Any) -> None:
        self.candidate = candidate
        self.comparer = comparer
        self.changed = asyncio.Event()
        self.ended: list[tuple[int, str]] = []
        self.over = 0
        self.exchanges: Exchanges
        self.tasks = 0

    def start(self, seq: int, client: str, method: str = "GET") -> None:
        request = Asked.of(RequestCopy(method=method, target=b"/%d" % seq))
        handed = Handed(seq, 1.0, client, (Leg.candidate,), request, Answered.of(PRIMARY))
        self.exchanges.start(("l", seq), handed, 10)

    def ends(self, key: tuple[str, int], outcome: object, reason: str) -> None:
        self.ended.append((key[1], reason))

    def is_over(self, size_bytes: int) -> None:
        self.over += 1
        self.changed.set()


class Counting(asyncio.TaskGroup):
    """Counts the exchanges that needed a task."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room

    def create_task(self, coro: Any, **named: Any) -> asyncio.Task[Any]:
        self._room.tasks += named.get("name") == "exchange"
        return super().create_task(coro, **named)


@pytest.fixture
def asking(backend: Any, peer: Any, tmp_path: Any) -> Any:
    @asynccontextmanager
    async def running(**leg: Any) -> AsyncIterator[Room]:
        candidate = Candidate()
        async with backend(candidate.play) as port, peer("c.sock", exchange_decoder) as comparer:
            config = Config(primary=Primary(url="http://127.0.0.1:1"),
                            candidate=ShadowLeg(url=f"http://127.0.0.1:{port}", **leg))  # fmt: skip
            endpoints = build_endpoint_map(config)
            room = Room(candidate, comparer)
            legs, contract = Legs(config), Contract(config)
            contract.use(config, endpoints)
            link = ComparerLink(
                str(tmp_path / "c.sock"), on_ready=room.changed.set, on_lost=lambda lost: None,
                on_settled=lambda key: None,
            )
            room.exchanges = Exchanges(
                legs, contract, Reask(legs, config, lambda counts: None), Statuses(lambda status: None), [link],
                changed=room.changed, on_end=room.ends, on_over=room.is_over,
            )  # fmt: skip
            room.exchanges.use(config, endpoints)
            async with Counting(room) as group:
                room.exchanges.tasks = group
                linking = group.create_task(link.run())
                await room.changed.wait()
                yield room
                candidate.go.set()
                room.exchanges.close()
                linking.cancel()
            link.close()
            legs.close()

    return running


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.001)


def test_over_a_connection_that_stands_no_task_is_made_and_the_order_is_kept(run: Any, asking: Any) -> None:
    async def scenario() -> None:
        async with asking(connections=1) as room:
            room.start(1, "ann")
            await until(lambda: room.over == 1)
            assert room.tasks == 1, "it had to connect"
            for seq in (2, 3, 4):
                room.start(seq, "ann")
            given = await room.comparer.has(4)
            assert [one.seq for one in given] == [1, 2, 3, 4]
            assert [one.candidate.response.body for one in given] == [b"ok"] * 4
            assert (room.tasks, room.over, room.ended) == (1, 4, [])
            assert [target for _, target in room.candidate.asked] == ["/1", "/2", "/3", "/4"]

    run(scenario())


@pytest.mark.parametrize(("method", "connections"), [("GET", 2), ("POST", 1)])
def test_a_connection_that_was_just_closed(run: Any, asking: Any, method: str, connections: int) -> None:
    """A GET goes out once more over a fresh one, and the client's next waits for it; others fail."""

    async def scenario() -> None:
        async with asking() as room:
            room.start(1, "ann")
            room.start(9, "bob")
            await until(lambda: room.over == 2)
            room.candidate.closes_at = "/2"
            room.start(2, "ann", method)
            room.start(3, "ann")
            given = await room.comparer.has(4)
            assert [one.seq for one in given[2:]] == [2, 3]
            assert given[2].candidate.result.failure == ("" if method == "GET" else "reset")
            asked = [number for number, target in room.candidate.asked if target == "/2"]
            assert len(set(asked)) == len(asked) == connections
            assert asked[1:] == [3] * (connections - 1), "not over the other one that stood idle"
            assert room.candidate.asked[-1][1] == "/3"
            await until(lambda: room.over == 4)

    run(scenario())


def test_one_without_a_comparer_waits_and_its_client_s_next_is_asked_meanwhile(run: Any, asking: Any) -> None:
    async def scenario() -> None:
        async with asking() as room:
            room.start(1, "ann")
            await until(lambda: room.over == 1)
            await room.comparer.has(1)
            await room.comparer.die()
            await asyncio.sleep(0.05)
            room.start(2, "ann")
            room.start(3, "ann")
            await until(lambda: len(room.candidate.asked) == 3)
            await asyncio.sleep(0.02)
            assert room.over == 1
            await room.comparer.start()
            assert sorted(one.seq for one in await room.comparer.has(3)) == [1, 2, 3]
            await until(lambda: room.over == 3)

    run(scenario())


def test_the_breaker_and_the_deadline_hold_without_a_task(run: Any, asking: Any) -> None:
    async def scenario() -> None:
        async with asking(breaker_failures=2, timeout_s=0.05, breaker_open_s=60.0, connections=4) as room:
            for client in "ab":
                room.start(ord(client), client)
            await until(lambda: room.over == 2)
            room.candidate.go.clear()
            for client in "ab":
                room.start(ord(client) + 2, client)
            assert room.tasks == 2, "both had connections"
            given = await room.comparer.has(4)
            assert [one.candidate.result.failure for one in given[2:]] == ["timeout", "timeout"]
            room.start(200, "c")
            await until(lambda: room.over == 5)
            assert room.ended == [(200, "breaker_open")]
            assert room.tasks == 2, "who is left alone costs no task"


def test_a_client_s_turn_holds_before_an_open_breaker_which_lets_one_try_after_its_time(run: Any, asking: Any) -> None:
    async def scenario() -> None:
        async with asking(breaker_failures=1, timeout_s=0.3, breaker_open_s=0.5, connections=4) as room:
            room.candidate.go.clear()
            room.start(1, "ann")
            await until(lambda: len(room.candidate.asked) == 1)
            await asyncio.sleep(0.1)
            room.start(2, "bob")
            await until(lambda: len(room.candidate.asked) == 2)
            await until(lambda: room.over == 1)
            room.start(3, "bob")
            room.start(4, "ann")
            assert room.ended == [(4, "breaker_open")], "bob's turn has not come, and bob's only"
            await until(lambda: room.over == 4)
            assert room.ended == [(4, "breaker_open"), (3, "breaker_open")]
            room.candidate.go.set()
            await asyncio.sleep(0.6)
            room.start(5, "ann")
            room.start(6, "bob")
            await until(lambda: room.over == 6)
            assert room.ended[2:] == [(6, "breaker_open")]
            assert [exchange.seq for exchange in await room.comparer.has(3)] == [1, 2, 5]

    run(scenario())


def test_what_waits_for_its_turn_is_left_when_all_ends(run: Any, asking: Any) -> None:
    async def scenario() -> None:
        async with asking() as room:
            room.candidate.go.clear()
            room.start(1, "ann")
            room.start(2, "ann")
            await until(lambda: len(room.candidate.asked) == 1)
            room.exchanges.close()
            await until(lambda: room.over == 1)
            await asyncio.sleep(0.02)
            assert [target for _, target in room.candidate.asked] == ["/1"]
            assert room.ended == []

    run(scenario())


def test_a_bug_behind_an_answer_ends_the_sender(run: Any, asking: Any) -> None:
    """As it does where a task meets it: what is lost silently would be missing for ever."""

    async def scenario() -> None:
        with pytest.raises(ExceptionGroup) as raised:
            async with asking() as room:
                room.start(1, "ann")
                await until(lambda: room.over == 1)
                room.exchanges._legs.clients = (None,)  # type: ignore[assignment]
                room.start(2, "ann")
                await asyncio.sleep(5)
        assert raised.value.subgroup((AttributeError, TypeError)) is not None

    run(scenario())
