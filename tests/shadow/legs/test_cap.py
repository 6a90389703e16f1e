"""At most so many at once, in line, and no place is lost to who stops waiting."""

from __future__ import annotations

import asyncio
from typing import Any

from shadow.legs.cap import Cap


def test_places_go_to_who_waits_longest_and_nobody_overtakes(run: Any) -> None:
    async def scenario() -> None:
        cap, order = Cap(1), []

        async def work(name: str) -> None:
            await cap.wait()
            order.append(name)

        assert cap.take()
        waiting = [asyncio.create_task(work(name)) for name in "ab"]
        await asyncio.sleep(0)
        cap.release()
        assert not cap.take(), "it is a's already, though a has not run yet"
        await waiting[0]
        assert (order, cap.take()) == (["a"], False)
        cap.release()
        await waiting[1]
        cap.release()
        assert (order, cap.take(), cap.take()) == (["a", "b"], True, False)

    run(scenario())


def test_a_place_given_to_one_that_is_cancelled_goes_on(run: Any) -> None:
    async def scenario() -> None:
        cap = Cap(1)
        assert cap.take()
        first, second, third = [asyncio.create_task(cap.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        first.cancel()  # while it waits
        await asyncio.wait([first])
        cap.release()
        second.cancel()  # when the place is its own, and it has not run yet
        await asyncio.wait([second])
        await asyncio.wait_for(third, 1)
        assert second.cancelled()
        assert not cap.take()
        cap.release()
        assert cap.take()

    run(scenario())
