"""Answers to reloads."""

from __future__ import annotations

import asyncio

from shadow.ipc.assignment import Reloaded
from shadow.mirror.acks import Acks


def test_all_have_answered() -> None:
    async def scenario() -> dict[str, str]:
        acks = Acks()
        number = acks.next()
        acks.expect(number, ["sender 0", "keeper 0"])
        waiting = asyncio.create_task(acks.wait(number, 30.0))
        await asyncio.sleep(0)
        acks.take(Reloaded(number=number, who="sender 0"))
        await asyncio.sleep(0)
        assert not waiting.done()
        acks.take(Reloaded(number=number, who="keeper 0"))
        return await waiting

    assert asyncio.run(scenario()) == {}


def test_who_has_not_is_named_with_what_is_known() -> None:
    async def scenario() -> dict[str, str]:
        acks = Acks()
        former, number = acks.next(), acks.next()
        acks.expect(number, ["sender 0", "listener 0", "comparer 0"])
        acks.take(Reloaded(number=former, who="sender 0"))  # the answer to another one
        acks.take(Reloaded(number=number, who="listener 0", problem="no certificate"))
        acks.take(Reloaded(number=number, who="comparer 0"))
        return await acks.wait(number, 0.01)

    assert asyncio.run(scenario()) == {"listener 0": "no certificate", "sender 0": "no answer within 0.01 s"}


def test_one_that_dies_is_not_waited_for() -> None:
    """Its successor starts with the new configuration."""

    async def scenario() -> dict[str, str]:
        acks = Acks()
        numbers = acks.next(), acks.next()
        for number in numbers:
            acks.expect(number, ["sender 0"])
        waiting = [asyncio.create_task(acks.wait(number, 30.0)) for number in numbers]
        await asyncio.sleep(0)
        acks.forget("sender 0")
        first, second = await asyncio.gather(*waiting)
        return first | second

    assert asyncio.run(scenario()) == {}
