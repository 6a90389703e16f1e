"""Which requests reach which shadow legs: pure decisions from configuration, method, target and a random number.

Method alone is not safety: a search may be a POST, and some GETs write. So routes can be named either way.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from shadow.config.model import Config, Route
from shadow.records import Leg, Outcome

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Routes(Protocol):
    """Finds the configured route of a request."""

    def route(self, method: str, target: bytes) -> Route | None:
        """The route, or None where none was configured."""


class Decision(NamedTuple):
    """The legs to call; with none of them, how the exchange ends."""

    legs: tuple[Leg, ...]
    ending: tuple[Outcome, str] | None


_POLICY = Decision((), (Outcome.skipped, "policy"))
_SAMPLED_OUT = Decision((), (Outcome.skipped, "sampled_out"))
_PAUSED = Decision((), (Outcome.skipped, "paused"))


class WritePolicy:
    """By default only GET, HEAD and OPTIONS are mirrored; a leg on the primary's database never gets a write."""

    def __init__(self, config: Config, routes: Routes) -> None:
        self._routes = routes
        self._has_routes = bool(config.routes)
        self._sample_ratio = config.mirror.sample_ratio
        legs = [Leg.candidate]
        owners = [Leg.candidate] if config.candidate.store == "own" else []
        if config.secondary is not None:
            legs.append(Leg.secondary)
            if config.secondary.store == "own" and owners:
                owners.append(Leg.secondary)
        if config.mirror.judge == "secondary":
            # A/A: the old build against itself, the candidate is left alone. Without a secondary the sender asks the
            # primary again.
            legs, owners = [Leg.secondary], []
        self._all = Decision(tuple(legs), None)
        self._owners = Decision(tuple(owners), None) if owners else _POLICY

    def decide(self, method: str, target: bytes, *, draw: float, paused: bool = False) -> Decision:
        """Decide for one request; `draw` is a uniform random number in [0, 1)."""
        if paused:
            return _PAUSED
        route = self._routes.route(method, target) if self._has_routes else None
        if route is None:
            decision = self._all if method in SAFE_METHODS else _POLICY
            ratio = self._sample_ratio
        else:
            decision = self._by_route(method, route)
            ratio = self._sample_ratio if route.sample_ratio is None else route.sample_ratio
        if decision.ending is None and draw >= ratio:
            return _SAMPLED_OUT
        return decision

    def _by_route(self, method: str, route: Route) -> Decision:
        if route.mirror == "never":
            return _POLICY
        if method in SAFE_METHODS or route.mirror == "read_only":
            return self._all
        return self._owners if route.mirror == "writes" else _POLICY
