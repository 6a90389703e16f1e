"""The view as `/api/metrics`: a window that begins with the keeper or with the last reset. Pure.

`success_rate` is in percent and `response_time_ms` the mean in milliseconds, as dashboards of such migrations have
them; both are null where there was nothing to measure, since no request is no success.
"""

from __future__ import annotations

from typing import Any

import msgspec

from shadow.clock import iso
from shadow.control.view import Calls, View
from shadow.records import Leg


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of one leg, or of one of its endpoints."""

    n: int = 0
    errors: int = 0
    limited: int = 0
    trips: int = 0
    answered: int = 0
    total_s: float = 0.0

    @classmethod
    def of(cls, calls: Calls) -> Totals:
        """Return the sums as they are now."""
        return cls(n=calls.n, errors=calls.errors, limited=calls.limited, trips=calls.trips,
                   answered=calls.durations.n, total_s=calls.durations.total_s)

    def since(self, before: Totals) -> Totals:
        """Return what was added since."""
        return Totals(
            n=self.n - before.n, errors=self.errors - before.errors, limited=self.limited - before.limited,
            trips=self.trips - before.trips, answered=self.answered - before.answered,
            total_s=self.total_s - before.total_s,
        )

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            n=self.n + other.n, errors=self.errors + other.errors, limited=self.limited + other.limited,
            trips=self.trips + other.trips, answered=self.answered + other.answered,
            total_s=self.total_s + other.total_s,
        )


class Window:
    """What was counted since an instant. Metrics for Prometheus are not concerned: their counters never go back."""

    def __init__(self, view: View, at: float) -> None:
        self._view = view
        self._at = at
        self._before: dict[tuple[Leg, str], Totals] = {}

    def reset(self, at: float) -> None:
        """Begin anew."""
        self._at = at
        self._before = self._now()

    def summary(self, at: float) -> dict[str, Any]:
        """Return the primary's summary, with those of all legs under `legs`."""
        legs = {str(leg): self.of_leg(leg, at) for leg in self._view.legs}
        return {**legs[Leg.primary], "legs": legs}

    def of_leg(self, leg: Leg, at: float) -> dict[str, Any]:
        """Return one leg's summary; `mode` says which it is."""
        nothing = Totals()
        grown = {
            endpoint: totals.since(self._before.get((each, endpoint), nothing))
            for (each, endpoint), totals in self._now().items()
            if each is leg
        }
        endpoints = {endpoint: totals for endpoint, totals in sorted(grown.items()) if totals != nothing}
        return {
            "mode": str(leg),
            "window_start": iso(self._at),
            "window_duration_seconds": round(max(0.0, at - self._at), 3),
            **_shown(sum(endpoints.values(), nothing)),
            "endpoints": {endpoint: _shown(totals) for endpoint, totals in endpoints.items()},
        }

    def _now(self) -> dict[tuple[Leg, str], Totals]:
        return {key: Totals.of(calls) for key, calls in self._view.calls.items()}


def _shown(totals: Totals) -> dict[str, Any]:
    return {
        "total_requests": totals.n,
        "success_rate": round(100 * (totals.n - totals.errors) / totals.n, 4) if totals.n else None,
        "response_time_ms": round(1000 * totals.total_s / totals.answered, 3) if totals.answered else None,
        "errors": totals.errors,
        "rate_limit_triggers": totals.limited,
        "circuit_breaker_trips": totals.trips,
    }
