"""The observations of exchanges that end without a comparison."""

from __future__ import annotations

from shadow.config.model import Config
from shadow.endpoints import EndpointMap
from shadow.ipc.messages import Note
from shadow.legs.comparers import Key
from shadow.records import Leg, LegResult, LegState, Observation, Outcome

Begun = tuple[float, str, bytes, int, float, int]
"""When a live request began, its method and target; the status of the primary's answer, how long it took, and the bytes
of its body."""


class Endings:
    """Says how they ended, and what is known of the builds."""

    def __init__(self, config: Config, endpoints: EndpointMap) -> None:
        self.use(config, endpoints)

    def use(self, config: Config, endpoints: EndpointMap) -> None:
        """Work by a configuration from now on."""
        self._endpoints = endpoints
        self._builds = {Leg.primary: config.primary.build, Leg.candidate: config.candidate.build}

    def noted(self, lane: str, note: Note) -> Observation:
        """What the listener had decided."""
        state = LegState.failed if note.outcome is Outcome.primary_failed else LegState.answered
        return Observation(
            lane=lane,
            seq=note.seq,
            started_at=note.started_at,
            endpoint=self._endpoints.endpoint(note.method, note.target),
            outcome=note.outcome,
            reason=note.reason,
            legs=(
                LegResult(leg=Leg.primary, state=state, status=note.status, duration_s=note.duration_s,
                          build=self._builds[Leg.primary]),
                # Not asked, but it is known which builds this evidence is about.
                LegResult(leg=Leg.candidate, state=LegState.not_called, build=self._builds[Leg.candidate]),
            ),
        )

    def ended(self, key: Key, begun: Begun, outcome: Outcome, reason: str) -> Observation:
        """What ended on its way to a comparer."""
        started_at, method, target, status, duration_s, body_bytes = begun
        primary = LegResult(
            leg=Leg.primary, state=LegState.answered, status=status, duration_s=duration_s, body_bytes=body_bytes,
            build=self._builds[Leg.primary],
        )  # fmt: skip
        return Observation(
            lane=key[0],
            seq=key[1],
            started_at=started_at,
            endpoint=self._endpoints.endpoint(method, target),
            outcome=outcome,
            reason=reason,
            legs=self._legs_of(primary),
        )

    def _legs_of(self, primary: LegResult) -> tuple[LegResult, ...]:
        """The legs of what ends here. The candidate was not asked, or its answer is lost; but where both builds are
        configured, it is known which of them this evidence is about, even before the first answer."""
        if not all(self._builds.values()):
            return ()
        return (
            primary,
            LegResult(leg=Leg.candidate, state=LegState.not_called, build=self._builds[Leg.candidate]),
        )
