"""How many copies of a route reach the shadow legs per second. Live traffic is not concerned: what is over the limit is
shed, and never waits."""

from __future__ import annotations

from math import ceil

from aiolimiter import AsyncLimiter

from shadow.config.model import Config, Route


class RouteRates:
    """A leaky bucket for each route with `rate_per_s`. Each sender gets its share of the rate: clients are spread over
    the senders by hash, so that few clients may get less than the whole of it."""

    def __init__(self, config: Config, before: RouteRates | None = None) -> None:
        """Make the buckets of a configuration; those of routes that did not change stay as full as they are."""
        senders = config.mirror.senders
        known: dict[Route, AsyncLimiter] = before._limiters if before is not None else {}
        self._limiters: dict[Route, AsyncLimiter] = {
            route: known.get(route) or _limiter(route.rate_per_s, route.burst, senders)
            for route in config.routes
            if route.rate_per_s is not None
        }

    def __bool__(self) -> bool:
        return bool(self._limiters)

    async def admits(self, route: Route | None) -> bool:
        """Whether one more copy may go out now; never waits."""
        limiter = self._limiters.get(route) if route is not None else None
        if limiter is None:
            return True
        if not limiter.has_capacity():
            return False
        # There is room, so this returns without giving way to other tasks.
        await limiter.acquire()
        return True


def _limiter(rate_per_s: float, burst: int | None, senders: int) -> AsyncLimiter:
    most = max(1, ceil((rate_per_s if burst is None else burst) / senders))
    return AsyncLimiter(most, most * senders / rate_per_s)
