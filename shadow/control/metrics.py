"""The view as Prometheus metrics. Built anew for each scrape: the view is the only place where anything is counted.

Labels are the ledger's endpoint templates, never raw paths. Series whose names are known in advance are there from
the start, with 0.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from shadow.control.catalogue import CATALOGUE
from shadow.control.durations import Durations
from shadow.control.moment import Moment
from shadow.control.reasking import PURPOSES, REFUSALS, STOPS
from shadow.control.view import Calls, View
from shadow.ipc.classes import CLASSES
from shadow.ipc.lanes import ENDINGS
from shadow.ledger.caps import UNATTRIBUTED
from shadow.records import Disposition, GapKind, Kind, Outcome, Triage

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
Values = Iterable[tuple[tuple[str, ...], float]]

ROLES = ("listener", "sender", "comparer", "keeper")
BREAKER_STATES = ("open", "half_open", "closed")
KNOWN_OUTCOMES: tuple[tuple[Outcome, str], ...] = (
    *ENDINGS,
    (Outcome.shed, "listener_lost"),
    (Outcome.shed, "comparer_lost"),
    (Outcome.shed, "breaker_open"),
    (Outcome.shed, "rate_limited"),
    (Outcome.mismatch, ""),
    (Outcome.expected, ""),
    (Outcome.noise_only, ""),
    (Outcome.match, ""),
)


class Taken(Collector):
    """Families that were taken at one moment. A registry of our own, without the metrics of the process: the
    keeper's memory is not the mirror's."""

    def __init__(self, families: list[Family]) -> None:
        self._families = families

    def collect(self) -> list[Family]:
        """Return them."""
        return self._families


class Metrics:
    """Takes the families on the loop, so that a scrape is of one moment."""

    def __init__(self, view: View, look: Callable[[], Moment], *, version: str, tee_limit_bytes: int) -> None:
        self._view = view
        self._look = look
        self._version = version
        self._tee_limit_bytes = tee_limit_bytes

    async def render(self, accept: str) -> tuple[bytes, str]:
        """Return the text in the format that a scraper accepts, and its content type.

        Written in a thread: with hundreds of endpoints that takes a fifth of a second, and commits must not wait."""
        encode, content_type = choose_encoder(accept)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Taken(list(self.families())))
        return await asyncio.to_thread(encode, registry), content_type

    def families(self) -> Iterator[Family]:
        """Yield every family of the catalogue."""
        view, moment = self._view, self._look()
        outcomes: Counter[tuple[str, ...]] = Counter(dict.fromkeys(KNOWN_OUTCOMES, 0))
        outcomes.update({(o, r): n for (o, r), n in view.outcomes.items()})
        outcomes.update({(o, r): n for (o, r), n in moment.accounts.local.items()})
        yield _one("shadow_accepted_requests_total", moment.accounts.accepted)
        yield _one("shadow_refused_requests_total", moment.refused)
        yield _one("shadow_in_flight_requests", moment.accounts.in_flight)
        yield _many("shadow_outcomes_total", outcomes.items())
        yield _many("shadow_endpoint_outcomes_total", (
            ((*split(endpoint), outcome), n) for (endpoint, outcome), n in view.endpoint_outcomes.items()))
        yield _many("shadow_shed_total", (((r,), n) for (o, r), n in outcomes.items() if o == Outcome.shed))
        yield from self._legs()
        yield _many("shadow_differences_total", (
            ((k, d), view.differences[(k, d)]) for k in Kind for d in Disposition))
        yield _many("shadow_triage_total", (((t,), view.triages[t]) for t in Triage))
        reasking = view.reasking
        yield _many("shadow_reasked_requests_total", (((p,), reasking.asked[p]) for p in PURPOSES))
        yield _many("shadow_reask_refusals_total", (((r,), reasking.refused[r]) for r in REFUSALS))
        yield _many("shadow_reask_stops_total", (((r,), reasking.stops[r]) for r in STOPS))
        yield _one("shadow_reask_stopped", reasking.stopped)
        yield from self._breakers()
        yield _many("shadow_gaps_total", (((kind,), view.gaps[kind]) for kind in GapKind))
        yield _many("shadow_gap_seconds_total", (((kind,), view.gap_seconds[kind]) for kind in GapKind))
        yield _many("shadow_process_restarts_total", (((role,), view.gaps[f"{role}_lost"]) for role in ROLES))
        yield _many("shadow_process_hangs_total", (((role,), view.hangs[f"{role}_lost"]) for role in ROLES))
        yield _many("shadow_process_connected", (((p,), p in moment.connected) for p in moment.expected))
        yield _one("shadow_paused", view.paused)
        yield _one("shadow_tee_bytes", moment.waiting_bytes)
        yield _one("shadow_tee_limit_bytes", self._tee_limit_bytes)
        for name, counts in (("shadow_tee_mirrored_total", moment.mirrored), ("shadow_tee_shed_total", moment.shed)):
            yield _many(name, ((_class(each), counts.get(each, 0)) for each in CLASSES))
        yield _one("shadow_listener_lag_seconds", moment.lag_s)
        yield _one("shadow_listeners_lagging", moment.lagging)
        yield _histogram("shadow_ledger_commit_seconds", [((), view.commits)])
        yield _one("shadow_ledger_commit_failures_total", view.failed_commits)
        yield _one("shadow_ledger_last_commit_timestamp_seconds", moment.stored_at)
        yield _many("shadow_build_info", [((self._version,), 1)])

    def _legs(self) -> Iterator[Family]:
        calls = [((leg, *split(endpoint)), each) for (leg, endpoint), each in self._view.calls.items()]
        totals = [((leg,), self._view.of_leg(leg)) for leg in self._view.legs]
        yield _many("shadow_leg_requests_total", (
            ((*labels, status), n) for labels, each in calls for status, n in _statuses(each)))
        yield _histogram("shadow_leg_request_duration_seconds", [
            (labels, each.durations) for labels, each in calls if each.n])
        yield _many("requests_total", (
            ((*labels, status), n) for labels, each in totals for status, n in _statuses(each)))
        yield _histogram("response_time", [(labels, each.durations) for labels, each in totals])
        yield _many("rate_limit_triggers_total", ((labels, each.limited) for labels, each in totals))
        yield _many("circuit_breaker_trips_total", ((labels, each.trips) for labels, each in totals))

    def _breakers(self) -> Iterator[Family]:
        view = self._view
        shadows = [leg for leg in view.legs if leg != "primary"]
        states = Counter((leg, breaker.state) for (_, leg), breaker in view.breakers.items())
        yield _many("shadow_breaker_state", (
            ((leg, state), states[(leg, state)]) for leg in shadows for state in BREAKER_STATES))
        yield _many("shadow_breaker_trips_total", (
            ((leg, *split(endpoint)), each.trips) for (leg, endpoint), each in view.calls.items() if each.trips))


def split(endpoint: str) -> tuple[str, str]:
    """Return method and route of an endpoint. What belongs to no endpoint has the method `_OTHER`."""
    method, _, route = endpoint.partition(" ")
    return ("_OTHER", UNATTRIBUTED) if endpoint == UNATTRIBUTED else ("_OTHER" if method == "*" else method, route)


def _class(name: str) -> tuple[str, str]:
    method, _, size = name.partition(" ")
    return ("_OTHER" if method == "*" else method), size


def _statuses(calls: Calls) -> tuple[tuple[str, int], ...]:
    return (("success", calls.n - calls.errors), ("error", calls.errors))


def _one(name: str, value: float) -> Family:
    return _many(name, [((), value)])


def _many(name: str, values: Values) -> Family:
    entry = CATALOGUE[name]
    kind = CounterMetricFamily if entry.kind == "counter" else GaugeMetricFamily
    family = kind(name, entry.meaning, labels=entry.labels)
    for labels, value in values:
        family.add_metric(labels, float(value))
    return family


def _histogram(name: str, values: Iterable[tuple[tuple[str, ...], Durations]]) -> Family:
    entry = CATALOGUE[name]
    family = HistogramMetricFamily(name, entry.meaning, labels=entry.labels)
    for labels, durations in values:
        family.add_metric(labels, durations.cumulative(), durations.total_s)
    return family
