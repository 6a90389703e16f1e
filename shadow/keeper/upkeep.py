"""What the keeper does beside its commits: the heartbeat, armed breakers, and folding blocks that have aged."""

from __future__ import annotations

from collections.abc import Iterable

from shadow.clock import Clock, block_start
from shadow.control.view import View
from shadow.keeper.scribe import Scribe
from shadow.ledger.evidence import WatchRow
from shadow.records import Leg, LegState, Observation

TICK_S = 5.0
MOST_S = 3 * TICK_S
"""A tick that comes later than this was not watched all the while: the machine slept, or the ledger refused."""

CALLED_S = 60.0
"""A breaker through which nothing went for so long is not armed: it could not have tripped."""

IDLE_S = 60.0
"""How long nobody looks for what to fold, once nothing was found."""


class Upkeep:
    """Adds seconds to the ledger's watch, and folds one step a tick while there is anything to fold."""

    def __init__(self, scribe: Scribe, view: View, clock: Clock, *, block_s: float) -> None:
        self._scribe = scribe
        self._view = view
        self._clock = clock
        self._block_s = block_s
        self._ticked = self._fold_at = clock.monotonic()
        self._called: dict[Leg, float] = {}
        self._trips: dict[Leg, int] = {}
        self._waiting: list[WatchRow] = []

    def saw(self, observations: Iterable[Observation]) -> None:
        """Exchanges were committed: which legs were called."""
        now = self._clock.monotonic()
        for observation in observations:
            for leg in observation.legs:
                if leg.state is not LegState.not_called:
                    self._called[leg.leg] = now

    def add(self, rows: Iterable[WatchRow]) -> None:
        """Take what someone else watched; it is stored with the next tick."""
        self._waiting.extend(rows)

    async def tick(self, *, last: bool = False) -> None:
        """Store what was watched since the last tick, and fold. Raises LedgerError or EnvironmentFailure; then
        nothing is stored, and the time until the next tick counts as not watched."""
        now = self._clock.monotonic()
        took = now - self._ticked
        if took < TICK_S and not last:
            return
        self._ticked = now
        rows, self._waiting = self._waiting, []
        if 0.0 < took <= MOST_S and not self._view.paused:
            rows += self._watched(now, took)
        if rows:
            await self._scribe.watch(rows)
        if now >= self._fold_at:
            self._fold_at = now if await self._scribe.compact(self._clock.now()) else now + IDLE_S

    def _watched(self, now: float, took: float) -> list[WatchRow]:
        at = block_start(self._clock.now() - took, self._block_s)
        rows = [WatchRow(name="mirror", block_at=at, seconds=took)]
        for leg in self._view.legs:
            if leg is Leg.primary:
                continue
            trips = sum(calls.trips for (each, _), calls in self._view.calls.items() if each is leg)
            new = trips - self._trips.get(leg, 0)
            self._trips[leg] = trips
            closed = all(one.state == "closed" for (_, each), one in self._view.breakers.items() if each is leg)
            armed = closed and now - self._called.get(leg, -CALLED_S - 1.0) <= CALLED_S
            if armed or new:
                rows.append(WatchRow(name=f"breaker:{leg}", block_at=at, seconds=took if armed else 0.0, n=new))
        return rows
