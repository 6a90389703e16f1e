"""Everything that is counted in this run, in memory: what metrics and summaries are made of.

The keeper feeds it with what it has committed, so that the view never tells of more than the ledger holds. It starts
empty with every keeper; the ledger alone remembers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from math import isfinite

from shadow.control.durations import Durations
from shadow.control.reasking import Reasking
from shadow.ledger.caps import MAX_REASONS, OTHER, UNATTRIBUTED, Cap, other_endpoint, stands_for_others
from shadow.records import Difference, Disposition, Gap, Kind, Leg, LegResult, LegState, Observation, Outcome, Triage
from shadow.triage import Triaged

RATE_LIMITED = "rate_limited"
TOO_MANY_REQUESTS = 429


class Calls:
    """What one leg did at one endpoint. An error is a failure or an answer of 500 and above, as for the gate."""

    __slots__ = ("durations", "errors", "limited", "n", "trips")

    def __init__(self) -> None:
        self.n = 0
        self.errors = 0
        self.limited = 0
        self.trips = 0
        self.durations = Durations()

    def count(self, result: LegResult) -> None:
        """Add one call that was made."""
        answered = result.state is LegState.answered
        self.n += 1
        self.errors += not answered or result.status >= 500
        self.limited += answered and result.status == TOO_MANY_REQUESTS
        if answered and isfinite(result.duration_s):
            self.durations.add(result.duration_s)

    def merge(self, other: Calls) -> None:
        """Add another leg's or endpoint's counts."""
        self.n += other.n
        self.errors += other.errors
        self.limited += other.limited
        self.trips += other.trips
        self.durations.merge(other.durations)


class Breaker:
    """A leg's breaker as one sender last told of it."""

    __slots__ = ("state", "trips_total")

    def __init__(self, state: str, trips_total: int) -> None:
        self.state = state
        self.trips_total = trips_total


class View:
    """Counters of the run. Endpoints and reasons are capped, so that traffic cannot make it grow for ever."""

    def __init__(self, *, legs: tuple[Leg, ...], max_endpoints: int) -> None:
        self.legs = legs
        self.outcomes: Counter[tuple[Outcome, str]] = Counter()
        self.endpoint_outcomes: Counter[tuple[str, Outcome]] = Counter()
        self.differences: Counter[tuple[Kind, Disposition]] = Counter()
        self.calls: defaultdict[tuple[Leg, str], Calls] = defaultdict(Calls)
        self.breakers: dict[tuple[str, Leg], Breaker] = {}
        self.gaps: Counter[str] = Counter()
        self.gap_seconds: Counter[str] = Counter()
        self.hangs: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.reasking = Reasking()
        self.triages: Counter[Triage] = Counter()
        self.commits = Durations()
        self.failed_commits = 0
        self.paused = False
        self._endpoints = Cap(max_endpoints)
        self._reasons = Cap(MAX_REASONS)

    def take(self, observations: Iterable[Observation]) -> None:
        """Count observations that were committed; each one only once."""
        for observation in observations:
            endpoint = self.endpoint(observation.endpoint)
            self._end(endpoint, observation.outcome, observation.reason, 1)
            for result in observation.legs:
                if result.state is not LegState.not_called:
                    self.calls[(result.leg, endpoint)].count(result)
            if observation.reason == RATE_LIMITED:
                # The mirror's own limit held the candidate's call back.
                self.calls[(Leg.candidate, endpoint)].limited += 1
            for difference in observation.differences:
                self._differ(difference)

    def settle(self, reason: str, n: int) -> None:
        """Count exchanges that were given up on."""
        self._end(UNATTRIBUTED, Outcome.shed, reason, n)

    def begin_gap(self, gap: Gap, *, hung: bool = False) -> None:
        """Count an interval without evidence; `hung`: it began with a process that stood still and was killed."""
        self.gaps[gap.kind] += 1
        self.hangs[gap.kind] += hung
        self.gap_seconds[gap.kind] += gap.ended_at - gap.started_at  # type: ignore[assignment]

    def report_breaker(self, source: str, leg: Leg, state: str, trips_total: int, endpoint: str) -> None:
        """Take a sender's word on a leg's breaker. `trips_total` counts from the start of that sender's process;
        `endpoint` is the one whose call tripped it, empty where none did just now."""
        before = self.breakers.get((source, leg))
        known = 0 if before is None or trips_total < before.trips_total else before.trips_total
        if trips_total > known:
            name = self.endpoint(endpoint) if endpoint else UNATTRIBUTED
            self.calls[(leg, name)].trips += trips_total - known
        self.breakers[(source, leg)] = Breaker(state, trips_total)

    def decide(self, triaged: Iterable[Triaged]) -> None:
        """Count triages that were stored."""
        self.triages.update(each.triage for each in triaged)

    def forget_breakers(self, source: str) -> None:
        """A sender is gone: its breakers are neither open nor closed, and its successor counts from nothing."""
        for key in [key for key in self.breakers if key[0] == source]:
            del self.breakers[key]
        self.reasking.forget(source)

    def endpoint(self, endpoint: str) -> str:
        """Return the name under which an endpoint is counted."""
        if stands_for_others(endpoint) or self._endpoints.admit(endpoint):
            return endpoint
        return other_endpoint(endpoint)

    def of_leg(self, leg: Leg) -> Calls:
        """All endpoints of a leg together."""
        total = Calls()
        for (each, _), calls in self.calls.items():
            if each is leg:
                total.merge(calls)
        return total

    def _end(self, endpoint: str, outcome: Outcome, reason: str, n: int) -> None:
        self.outcomes[(outcome, reason if self._reasons.admit(reason) else OTHER)] += n
        self.endpoint_outcomes[(endpoint, outcome)] += n

    def _differ(self, difference: Difference) -> None:
        self.differences[(difference.kind, difference.disposition)] += 1
