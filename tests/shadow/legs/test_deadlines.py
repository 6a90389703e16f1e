"""One timer for many deadlines: each rings once, in time, unless it was discarded."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from shadow.legs.deadlines import Deadlines


class Late:
    """Remembers when it was told."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def ring(self) -> None:
        self.at.append(monotonic())


def test_each_rings_in_its_time_whatever_the_order_in_which_they_came(run: Any) -> None:
    async def scenario() -> None:
        deadlines = Deadlines()
        afters = (0.06, 0.02, 0.04)
        lates = [Late() for _ in afters]
        started = monotonic()
        for late, after_s in zip(lates, afters, strict=True):
            deadlines.add(late.ring, after_s)
        assert len(deadlines) == 3
        while len(deadlines):
            await asyncio.sleep(0.001)
        for late, after_s in zip(lates, afters, strict=True):
            assert len(late.at) == 1
            assert late.at[0] - started >= after_s
        assert lates[1].at < lates[2].at < lates[0].at

    run(scenario())


def test_a_discarded_one_is_not_told_and_a_later_one_still_is(run: Any) -> None:
    async def scenario() -> None:
        deadlines = Deadlines()
        gone, stays = Late(), Late()
        deadlines.add(gone.ring, 0.01)
        deadlines.discard(gone.ring)
        deadlines.discard(gone.ring)  # harmless
        deadlines.add(stays.ring, 0.02)
        while not stays.at:
            await asyncio.sleep(0.001)
        assert gone.at == []
        again = Late()
        deadlines.add(again.ring, 0.001)
        while not again.at:
            await asyncio.sleep(0.001)

    run(scenario())


def test_one_that_rings_may_add_another(run: Any) -> None:
    async def scenario() -> None:
        deadlines = Deadlines()
        second = Late()
        deadlines.add(lambda: deadlines.add(second.ring, 0.005), 0.005)
        while not second.at:
            await asyncio.sleep(0.001)
        assert len(deadlines) == 0

    run(scenario())


def test_closed_ones_never_ring(run: Any) -> None:
    async def scenario() -> None:
        deadlines = Deadlines()
        late = Late()
        deadlines.add(late.ring, 0.001)
        deadlines.close()
        deadlines.close()  # harmless
        await asyncio.sleep(0.01)
        assert (late.at, len(deadlines)) == ([], 0)

    run(scenario())
