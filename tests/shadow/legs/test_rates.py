"""Rates of copies, on the loop's own clock."""

from __future__ import annotations

import asyncio

import pytest

from shadow.config.model import Config, Mirror, Primary, Route, ShadowLeg
from shadow.legs.rates import RouteRates

SLOW = Route(endpoint="GET /a", rate_per_s=0.01, burst=3)
FAST = Route(endpoint="GET /b", rate_per_s=50.0, burst=1)
FREE = Route(endpoint="GET /c")


def config(*routes: Route, senders: int = 1) -> Config:
    return Config(primary=Primary(url="http://a:1"), candidate=ShadowLeg(url="http://b:1"), routes=routes,
                  mirror=Mirror(senders=senders))


async def admitted(rates: RouteRates, route: Route | None, times: int) -> int:
    return sum([await rates.admits(route) for _ in range(times)])


@pytest.mark.parametrize(
    ("route", "senders", "at_once"),
    [
        (SLOW, 1, 3),
        (SLOW, 2, 2),  # three over two senders: no sender less than its share
        (SLOW, 5, 1),
        (Route(endpoint="GET /a", rate_per_s=7.0), 1, 7),
        (Route(endpoint="GET /a", rate_per_s=0.1), 1, 1),
        (FREE, 1, 20),
        (None, 1, 20),
    ],
)
def test_what_may_come_at_once(route: Route | None, senders: int, at_once: int) -> None:
    rates = RouteRates(config(*([route] if route else []), senders=senders))
    assert asyncio.run(admitted(rates, route, 20)) == at_once


def test_room_comes_back_at_the_rate() -> None:
    async def scenario() -> list[bool]:
        rates = RouteRates(config(FAST))
        first = [await rates.admits(FAST), await rates.admits(FAST)]
        await asyncio.sleep(0.03)
        return [*first, await rates.admits(FAST), await rates.admits(FAST)]

    assert asyncio.run(scenario()) == [True, False, True, False]


def test_nothing_waits() -> None:
    async def scenario() -> int:
        rates = RouteRates(config(SLOW))
        async with asyncio.timeout(1.0):
            return await admitted(rates, SLOW, 1000)

    assert asyncio.run(scenario()) == 3


def test_a_new_configuration_empties_no_bucket_that_it_did_not_change() -> None:
    other = Route(endpoint="GET /b", rate_per_s=0.01, burst=2)

    async def scenario() -> list[int]:
        first = RouteRates(config(SLOW, other))
        before = [await admitted(first, SLOW, 5), await admitted(first, other, 5)]
        changed = Route(endpoint="GET /b", rate_per_s=0.01, burst=4)
        second = RouteRates(config(changed, SLOW), first)
        return [*before, await admitted(second, SLOW, 5), await admitted(second, changed, 5)]

    assert asyncio.run(scenario()) == [3, 2, 0, 4]


def test_whether_there_is_any() -> None:
    assert not RouteRates(config(FREE))
    assert RouteRates(config(FREE, SLOW))
