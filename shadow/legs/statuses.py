"""What the keeper is told of the legs' breakers: a word when one changes, nothing otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from shadow.ipc.messages import LegStatus
from shadow.legs.leg import LegClient
from shadow.records import Leg


class Statuses:
    """Remembers what was told last."""

    def __init__(self, tell: Callable[[LegStatus], None]) -> None:
        self._tell = tell
        self._told: dict[Leg, tuple[str, int]] = {}

    def look(self, clients: Iterable[LegClient], endpoint: Callable[[], str]) -> None:
        """Tell of every breaker that changed. `endpoint` is asked for only where one tripped: it is that of the
        exchange in which this was noticed."""
        for client in clients:
            breaker = client.breaker
            now = (breaker.state.value, breaker.trips_total)
            before = self._told.get(client.leg)
            if now != before:
                self._told[client.leg] = now
                tripped = before is not None and now[1] > before[1]
                self._tell(LegStatus(
                    leg=client.leg, breaker=now[0], trips_total=now[1], endpoint=endpoint() if tripped else ""
                ))
