"""What the keeper is told of the legs' breakers: a word when one changes, nothing otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from shadow.ipc.messages import LegStatus
from shadow.legs.breaker import BreakerState
from shadow.legs.leg import LegClient
from shadow.records import Leg


class Statuses:
    """Remembers what was told last."""

    def __init__(self, tell: Callable[[LegStatus], None]) -> None:
        self._tell = tell
        self._told: dict[Leg, tuple[BreakerState, int]] = {}

    def look(self, clients: Iterable[LegClient], endpoint: Callable[[], str]) -> None:
        """Tell of every breaker that changed. `endpoint` is asked for only where one tripped: it is that of the
        exchange in which this was noticed."""
        for client in clients:
            breaker = client.breaker
            state, trips = breaker.state, breaker.trips_total
            before = self._told.get(client.leg)
            if before is None or before[1] != trips or before[0] is not state:
                self._told[client.leg] = (state, trips)
                tripped = before is not None and trips > before[1]
                self._tell(LegStatus(
                    leg=client.leg, breaker=state.value, trips_total=trips, endpoint=endpoint() if tripped else ""
                ))
