"""The shadow legs that a sender asks, as the configuration has them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType

from shadow.config.model import Config, Primary, ShadowLeg
from shadow.ipc.wired import Answered, Asked
from shadow.legs.leg import LegClient
from shadow.records import Leg, LegAnswer, RequestCopy

AGAIN_CONNECTIONS = 4
"""Requests at once to a primary that is asked again."""
LEFT_ALONE = Answered.not_called("policy")
"""The answer of a leg that a request is not meant for."""


class Legs:
    """Candidate and, where there is one, secondary; without one the primary, where it may be asked again."""

    def __init__(self, config: Config, *, on_probe: Callable[[], None] = lambda: None) -> None:
        """`on_probe` is called when the breaker of a leg lets one request try it again."""
        self._on_probe = on_probe
        self._order = random.Random()  # noqa: S311 - fairness, not a secret
        self._clients: dict[Leg, LegClient] = {}
        self._settings: dict[Leg, tuple[ShadowLeg, int]] = {}
        self.width = 0
        # What a secondary answers that is not asked; None where there is none.
        self.secondary: Answered | None = None
        self.use(config)

    def use(self, config: Config) -> None:
        """Take a configuration over. A leg whose section did not change keeps its connections and its breaker; calls
        that are under way end where they began. Raises EnvironmentFailure, and changes nothing, for certificates that
        cannot be loaded."""
        limit = config.mirror.max_body_bytes
        wanted = {Leg.candidate: (config.candidate, limit)}
        reask = config.compare.reask
        if config.secondary is None and (reask.noise_ratio or reask.triage == "primary"):
            wanted[Leg.primary] = (_again(config.primary), limit)
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
        self.clients = tuple(client for leg, client in self._clients.items() if leg is not Leg.primary)
        self._settings = wanted
        self.secondary = LEFT_ALONE if Leg.secondary in wanted else None
        self.width = sum(section.connections for leg, (section, _) in wanted.items() if leg is not Leg.primary)

    @property
    def known(self) -> frozenset[Leg]:
        """Whom there is to ask; the primary, where it may be asked again."""
        return frozenset(self._clients)

    def close(self) -> None:
        """Abort every connection."""
        for client in self._clients.values():
            client.close()

    def leaves_alone(self, leg: Leg) -> bool:
        """Whether the breaker keeps every call from a leg for now."""
        client = self._clients.get(leg)
        return client is not None and client.is_left_alone

    def ask_now(self, leg: Leg, request: Asked, then: Callable[[Answered | None], None]) -> bool:
        """Ask one leg if nothing is to be waited for; return whether it was asked. `then` gets its answer, or None
        where the request is to be asked again by `ask`, `fresh`."""
        client = self._clients.get(leg)
        return client is not None and client.ask_now(request, then)

    async def ask(
        self, legs: tuple[Leg, ...], request: RequestCopy, instead: Mapping[Leg, RequestCopy] = MappingProxyType({}),
        *, fresh: bool = False,
    ) -> dict[Leg, LegAnswer]:  # fmt: skip
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
                answers[leg] = await client.ask(instead.get(leg, request), fresh=fresh)
        return self.all_of(answers)

    def all_of(self, answers: dict[Leg, LegAnswer]) -> dict[Leg, LegAnswer]:
        """Add what is known of the legs that were not asked."""
        for leg in self._clients:
            if leg not in answers and leg is not Leg.primary:
                answers[leg] = LEFT_ALONE.answer(leg)
        return answers


def _again(primary: Primary) -> ShadowLeg:
    """The primary as one more leg: a few connections of the sender's own, and a breaker of its own."""
    return ShadowLeg(
        url=primary.url, build=primary.build, build_header=primary.build_header, tls=primary.tls,
        connect_timeout_s=min(primary.connect_timeout_s, 3.0), timeout_s=min(primary.timeout_s, 10.0),
        dns_cache_s=primary.dns_cache_s, connections=AGAIN_CONNECTIONS,
    )  # fmt: skip
