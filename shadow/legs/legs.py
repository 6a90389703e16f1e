"""The shadow legs that a sender asks, as the configuration has them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType

from shadow.config.model import Config, ShadowLeg
from shadow.legs.call import not_called
from shadow.legs.leg import LegClient
from shadow.records import Leg, LegAnswer, RequestCopy


class Legs:
    """Candidate and, where there is one, secondary."""

    def __init__(self, config: Config, *, on_probe: Callable[[], None] = lambda: None) -> None:
        """`on_probe` is called when the breaker of a leg lets one request try it again."""
        self._on_probe = on_probe
        self._order = random.Random()  # noqa: S311 - fairness, not a secret
        self._clients: dict[Leg, LegClient] = {}
        self._settings: dict[Leg, tuple[ShadowLeg, int]] = {}
        self.width = 0
        self.use(config)

    def use(self, config: Config) -> None:
        """Take a configuration over. A leg whose section did not change keeps its connections and its breaker; calls
        that are under way end where they began. Raises EnvironmentFailure, and changes nothing, for certificates that
        cannot be loaded."""
        limit = config.mirror.max_body_bytes
        wanted = {Leg.candidate: (config.candidate, limit)}
        if config.secondary is not None:
            wanted[Leg.secondary] = (config.secondary, limit)
        made = {
            leg: LegClient(leg, section, limit_bytes=limit_bytes, on_probe=self._on_probe)
            for leg, (section, limit_bytes) in wanted.items()
            if self._settings.get(leg) != (section, limit_bytes)
        }
        kept = {leg: client for leg, client in self._clients.items() if leg in wanted and leg not in made}
        for leg, client in self._clients.items():
            if leg not in kept:
                client.retire()
        self._clients = kept | made
        self._settings = wanted
        self.width = sum(section.connections for section, _ in wanted.values())

    @property
    def clients(self) -> tuple[LegClient, ...]:
        """The clients as they are now."""
        return tuple(self._clients.values())

    def close(self) -> None:
        """Abort every connection."""
        for client in self._clients.values():
            client.close()

    async def ask(
        self, legs: tuple[Leg, ...], request: RequestCopy, instead: Mapping[Leg, RequestCopy] = MappingProxyType({})
    ) -> dict[Leg, LegAnswer]:
        """Ask the legs that a request is meant for; every configured leg has an answer then, if only `not called`.
        `instead` has the requests of those that are asked otherwise.

        One after the other in random order: neither leg always finds the caches warm, and they do not compete with
        each other for the machine while they are timed."""
        order = list(legs)
        if len(order) > 1:
            self._order.shuffle(order)
        answers: dict[Leg, LegAnswer] = {}
        for leg in order:
            client = self._clients.get(leg)
            if client is not None:
                answers[leg] = await client.ask(instead.get(leg, request))
        for leg in self._clients:
            if leg not in answers:
                answers[leg] = not_called(leg, "policy")
        return answers
