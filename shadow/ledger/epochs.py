"""Which pair of builds an observation belongs to. Pure."""

from __future__ import annotations

from math import inf

from shadow.ledger.caps import MAX_EPOCHS, OTHER, Cap
from shadow.records import Leg, LegResult, LegState, Observation

Builds = tuple[str, str]
"""Primary and candidate build; an empty one is unknown."""

UNKNOWN: Builds = ("", "")
BEYOND: Builds = (OTHER, OTHER)


class EpochBook:
    """Knows the builds seen so far and which pair is the current one: the one *named* last.

    An observation names a candidate build if its candidate leg carries one, or answered below 500 without one (then
    the unknown build is the fact). A leg that was not called, failed, or answered 5xx without a build says nothing
    about which build runs, so it counts for the current pair. More than `MAX_EPOCHS` pairs become one `_other`.
    """

    def __init__(
        self, current: Builds | None = None, named_at: float | None = None, known: tuple[Builds, ...] = ()
    ) -> None:
        self.current = current
        self.named_at = -inf if named_at is None else named_at
        self._cap = Cap(MAX_EPOCHS, known=(("\0".join(builds), "") for builds in known))

    def place(self, observation: Observation) -> tuple[Builds, bool]:
        """Return the builds of an observation and whether it named them; a newer naming becomes the current pair."""
        primary = candidate = None
        for leg in observation.legs:
            if leg.leg is Leg.primary:
                primary = named(leg)
            elif leg.leg is Leg.candidate:
                candidate = named(leg)
        if candidate is None:
            return self.fallback(), False
        current = self.current or UNKNOWN
        builds = (current[0] if primary is None else primary, candidate)
        if builds != current and not self._cap.admit("\0".join(builds)):
            builds = BEYOND
        if observation.started_at >= self.named_at:
            self.current, self.named_at = builds, observation.started_at
        return builds, True

    def fallback(self) -> Builds:
        """Return the current pair for evidence that names none; the unknown pair where there is none yet."""
        if self.current is None:
            self.current = UNKNOWN
        return self.current


def named(leg: LegResult) -> str | None:
    """Return the build a leg is known to run: None where it says nothing, empty where it answered without a name."""
    if leg.build or (leg.state is LegState.answered and leg.status < 500):
        return leg.build
    return None
