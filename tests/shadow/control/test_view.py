"""What is counted, and under which name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shadow.control.view import View
from shadow.ledger.caps import MAX_REASONS
from shadow.records import Difference, Disposition, Gap, GapKind, Kind, Leg, Observation, Outcome

Make = Callable[..., Observation]


@pytest.mark.parametrize(
    ("status", "n", "errors", "limited", "answered"),
    [(200, 1, 0, 0, 1), (404, 1, 0, 0, 1), (429, 1, 0, 1, 1), (499, 1, 0, 0, 1), (500, 1, 1, 0, 1), (0, 1, 1, 0, 0),
     (-1, 0, 0, 0, 0)],
)
def test_calls(
    view: View, observed: Make, status: int, n: int, errors: int, limited: int, answered: int
) -> None:
    view.take([observed(candidate=status)])
    calls = view.of_leg(Leg.candidate)
    assert (calls.n, calls.errors, calls.limited, calls.durations.n) == (n, errors, limited, answered)
    assert view.of_leg(Leg.primary).n == 1


def test_our_own_limit_counts_as_the_candidate_s(view: View, observed: Make) -> None:
    view.take([observed(outcome=Outcome.shed, reason="rate_limited", candidate=-1)])
    assert view.of_leg(Leg.candidate).limited == 1
    assert view.of_leg(Leg.candidate).n == 0
    assert view.outcomes == {(Outcome.shed, "rate_limited"): 1}


def test_endpoints_and_reasons_are_capped(view: View, observed: Make) -> None:
    view.take([observed(f"GET /{n}") for n in range(5)])
    view.take([observed("PURGE /x"), observed("GET /0")])
    assert {endpoint for _, endpoint in view.calls} == {"GET /0", "GET /1", "GET /2", "GET _other", "* _other"}
    assert view.endpoint_outcomes[("GET _other", Outcome.match)] == 2
    assert view.endpoint_outcomes[("GET /0", Outcome.match)] == 2
    view.take([observed(outcome=Outcome.not_comparable, reason=f"r{n}") for n in range(MAX_REASONS + 5)])
    assert len(view.outcomes) <= MAX_REASONS + 2
    assert sum(view.outcomes.values()) == 7 + MAX_REASONS + 5


def test_differences_by_kind_and_disposition(view: View, observed: Make) -> None:
    found = tuple(
        Difference(kind=Kind.value, path="body:$.a", group="body:$.a", disposition=each)
        for each in (Disposition.open, Disposition.noise, Disposition.noise)
    )
    view.take([observed(outcome=Outcome.mismatch, differences=found)])
    assert view.differences == {(Kind.value, Disposition.open): 1, (Kind.value, Disposition.noise): 2}


def test_what_was_given_up_on_belongs_to_no_endpoint(view: View) -> None:
    view.settle("sender_lost", 3)
    assert view.outcomes == {(Outcome.shed, "sender_lost"): 3}
    assert view.endpoint_outcomes == {("_unattributed", Outcome.shed): 3}
    view.settle("sender_lost", 0)
    assert view.outcomes == {(Outcome.shed, "sender_lost"): 3}


def test_gaps(view: View) -> None:
    view.begin_gap(Gap(kind=GapKind.paused, started_at=10.0, ended_at=12.5))
    view.begin_gap(Gap(kind=GapKind.paused, started_at=20.0, ended_at=21.0))
    assert (view.gaps["paused"], view.gap_seconds["paused"]) == (2, 3.5)


def test_trips_are_counted_once_whoever_tells(view: View) -> None:
    trips = lambda: {endpoint: c.trips for (_, endpoint), c in view.calls.items() if c.trips}  # noqa: E731
    view.report_breaker("sender 0", Leg.candidate, "closed", 0, "")
    view.report_breaker("sender 0", Leg.candidate, "open", 1, "GET /a")
    view.report_breaker("sender 0", Leg.candidate, "half_open", 1, "")
    view.report_breaker("sender 0", Leg.candidate, "open", 2, "GET /b")
    view.report_breaker("sender 1", Leg.candidate, "open", 1, "GET /a")
    assert trips() == {"GET /a": 2, "GET /b": 1}
    # Its successor counts from nothing; so does a leg whose section was changed.
    view.forget_breakers("sender 0")
    view.report_breaker("sender 0", Leg.candidate, "open", 1, "")
    view.report_breaker("sender 1", Leg.candidate, "closed", 0, "")
    view.report_breaker("sender 1", Leg.candidate, "open", 1, "GET /a")
    assert trips() == {"GET /a": 3, "GET /b": 1, "_unattributed": 1}
    assert view.of_leg(Leg.candidate).trips == 5
    assert view.of_leg(Leg.primary).trips == 0
