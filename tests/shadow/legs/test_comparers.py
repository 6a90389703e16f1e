"""What is given to a comparer is remembered until the ledger has it, and lost with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from shadow.ipc.messages import Settled
from shadow.ipc.wired import Carried, exchange_decoder
from shadow.legs import comparers
from shadow.legs.comparers import ComparerLink, Key
from shadow.records import Exchange, Leg, LegAnswer, LegResult, RequestCopy

FAILED = LegAnswer(result=LegResult(leg=Leg.candidate))


def exchange(seq: int, body: bytes = b"") -> Carried:
    return Carried.of(Exchange(lane="l", seq=seq, started_at=1.0, client="c", primary=FAILED,
                    request=RequestCopy(method="GET", target=b"/", body=body), candidate=FAILED))  # fmt: skip


class Told:
    def __init__(self) -> None:
        self.ready = 0
        self.lost: list[list[Key]] = []
        self.settled: list[Key] = []


@asynccontextmanager
async def linked(path: str) -> AsyncIterator[tuple[ComparerLink, Told]]:
    told = Told()

    def ready() -> None:
        told.ready += 1

    link = ComparerLink(path, on_ready=ready, on_lost=told.lost.append, on_settled=told.settled.extend)
    task = asyncio.create_task(link.run())
    try:
        yield link, told
    finally:
        task.cancel()
        link.close()
        await asyncio.wait([task])


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.001)


def test_nothing_is_given_to_one_that_is_not_there(run: Any, tmp_path: Any, peer: Any) -> None:
    async def scenario() -> None:
        async with linked(str(tmp_path / "c.sock")) as (link, told):
            await asyncio.sleep(0.05)
            assert (link.has_room, told.ready) == (False, 0)
            async with peer("c.sock", exchange_decoder):
                await until(lambda: link.has_room)
                assert told.ready == 1

    run(scenario())


def test_what_is_given_is_outstanding_until_the_ledger_has_it(run: Any, tmp_path: Any, peer: Any) -> None:
    async def scenario() -> None:
        async with peer("c.sock", exchange_decoder) as comparer, linked(str(tmp_path / "c.sock")) as (link, told):
            await until(lambda: link.has_room)
            for seq in (1, 2, 3):
                link.give(exchange(seq))
            assert [each.seq for each in await comparer.has(3)] == [1, 2, 3]
            assert list(link.outstanding) == [("l", 1), ("l", 2), ("l", 3)]
            assert link.outstanding_bytes == sum(link.outstanding.values()) > 0
            comparer.say(Settled(seqs=(("l", 2), ("l", 9))))  # 9 was given to a predecessor of it
            await until(lambda: told.settled == [("l", 2)])
            comparer.say(Settled(seqs=(("l", 2), ("l", 1), ("l", 3))))
            await until(lambda: not link.outstanding)
            assert (link.outstanding_bytes, told.settled) == (0, [("l", 2), ("l", 1), ("l", 3)])
            assert told.lost == []

    run(scenario())


def test_what_it_held_is_lost_with_it_and_its_successor_starts_empty(run: Any, tmp_path: Any, peer: Any) -> None:
    async def scenario() -> None:
        async with peer("c.sock", exchange_decoder) as comparer, linked(str(tmp_path / "c.sock")) as (link, told):
            await until(lambda: link.has_room)
            for seq in (1, 2, 3):
                link.give(exchange(seq))
            await comparer.has(3)
            comparer.say(Settled(seqs=(("l", 1),)))
            await until(lambda: told.settled == [("l", 1)])
            await comparer.die()
            await until(lambda: bool(told.lost))
            assert told.lost == [[("l", 2), ("l", 3)]], "in the order in which they were given"
            assert (link.outstanding, link.outstanding_bytes, link.has_room) == ({}, 0, False)
            await comparer.start()
            await until(lambda: link.has_room)
            assert told.ready == 2
            link.give(exchange(4))
            assert [each.seq for each in await comparer.has(4)] == [1, 2, 3, 4], "nothing is sent twice"

    run(scenario())


def test_it_holds_little(run: Any, tmp_path: Any, peer: Any, monkeypatch: Any) -> None:
    """By number and by bytes: what it holds dies with it."""
    monkeypatch.setattr(comparers, "_MOST_EXCHANGES", 3)
    monkeypatch.setattr(comparers, "_MOST_BYTES", 10_000)

    async def scenario() -> None:
        async with peer("c.sock", exchange_decoder) as comparer, linked(str(tmp_path / "c.sock")) as (link, _):
            await until(lambda: link.has_room)
            for seq in (1, 2, 3):
                assert link.has_room
                link.give(exchange(seq))
            assert not link.has_room
            comparer.say(Settled(seqs=(("l", 1), ("l", 2), ("l", 3))))
            await until(lambda: link.has_room)
            link.give(exchange(4, bytes(20_000)))
            assert not link.has_room

    run(scenario())
