"""The keeper hears of a breaker when it changes, and of nothing else."""

from __future__ import annotations

import asyncio

from shadow.config.model import ShadowLeg
from shadow.ipc.messages import LegStatus
from shadow.legs.leg import LegClient
from shadow.legs.statuses import Statuses
from shadow.records import Leg


def told(leg: Leg, breaker: str, trips: int, endpoint: str = "") -> LegStatus:
    return LegStatus(leg=leg, breaker=breaker, trips_total=trips, endpoint=endpoint)


def test_only_changes_are_told() -> None:
    async def scenario() -> None:
        said: list[LegStatus] = []
        asked: list[str] = []
        statuses = Statuses(said.append)
        settings = ShadowLeg(url="http://127.0.0.1:1", breaker_failures=2, breaker_open_s=10.0)
        legs = [LegClient(leg, settings, limit_bytes=1) for leg in (Leg.candidate, Leg.secondary)]

        def endpoint() -> str:
            asked.append("x")
            return "GET /a"

        for _ in range(3):
            statuses.look(legs, endpoint)
        assert said == [told(Leg.candidate, "closed", 0), told(Leg.secondary, "closed", 0)]
        assert asked == []
        said.clear()
        legs[0].breaker.failed(0.0)
        statuses.look(legs, endpoint)
        assert said == []
        legs[0].breaker.failed(0.0)
        statuses.look(legs, endpoint)
        statuses.look(legs, endpoint)
        assert said == [told(Leg.candidate, "open", 1, "GET /a")]
        assert legs[0].breaker.allows(10.0)
        statuses.look(legs, endpoint)
        legs[0].breaker.failed(10.0)
        statuses.look(legs, endpoint)
        assert said[1:] == [told(Leg.candidate, "half_open", 1), told(Leg.candidate, "open", 2, "GET /a")]
        assert len(asked) == 2
        for each in legs:
            each.close()

    asyncio.run(scenario())
