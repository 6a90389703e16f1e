"""`/api/metrics` as dashboards of such migrations have it."""

from __future__ import annotations

from collections.abc import Callable

from shadow.control.summary import Window
from shadow.control.view import View
from shadow.records import Leg, Observation, Outcome

Make = Callable[..., Observation]
SIX = ["total_requests", "success_rate", "response_time_ms", "errors", "rate_limit_triggers", "circuit_breaker_trips"]


def test_nothing_is_no_success(view: View) -> None:
    told = Window(view, 0.0).of_leg(Leg.candidate, 90.5)
    assert told == {
        "mode": "candidate",
        "window_start": "1970-01-01T00:00:00Z",
        "window_duration_seconds": 90.5,
        "total_requests": 0,
        "success_rate": None,
        "response_time_ms": None,
        "errors": 0,
        "rate_limit_triggers": 0,
        "circuit_breaker_trips": 0,
        "endpoints": {},
    }


def test_a_leg(view: View, observed: Make) -> None:
    window = Window(view, 0.0)
    view.take([observed(seconds=0.1)] * 3)
    view.take([observed("POST /b", Outcome.candidate_failed, candidate=0), observed("POST /b", candidate=429)])
    view.report_breaker("sender 0", Leg.candidate, "open", 1, "POST /b")
    told = window.of_leg(Leg.candidate, 3600.0)
    assert list(told) == ["mode", "window_start", "window_duration_seconds", *SIX, "endpoints"]
    assert [told[key] for key in SIX] == [5, 80.0, 80.0, 1, 1, 1]
    assert told["endpoints"] == {
        "GET /a": dict(zip(SIX, [3, 100.0, 100.0, 0, 0, 0], strict=True)),
        "POST /b": dict(zip(SIX, [2, 50.0, 20.0, 1, 1, 1], strict=True)),
    }


def test_all_legs_with_the_primary_on_top(view: View, observed: Make) -> None:
    window = Window(view, 0.0)
    view.take([observed(candidate=500)])
    told = window.summary(1.0)
    assert (told["mode"], told["success_rate"], told["legs"]["candidate"]["success_rate"]) == ("primary", 100.0, 0.0)
    assert list(told["legs"]) == ["primary", "candidate"]
    assert {key: value for key, value in told.items() if key != "legs"} == told["legs"]["primary"]


def test_a_reset_clears_the_window_and_not_the_counters(view: View, observed: Make) -> None:
    window = Window(view, 0.0)
    view.take([observed(), observed("GET /gone")])
    window.reset(100.0)
    told = window.of_leg(Leg.candidate, 110.0)
    assert (told["total_requests"], told["window_duration_seconds"], told["endpoints"]) == (0, 10.0, {})
    view.take([observed(candidate=503, seconds=0.25)])
    told = window.of_leg(Leg.candidate, 120.0)
    assert [told[key] for key in SIX] == [1, 0.0, 250.0, 1, 0, 0]
    assert list(told["endpoints"]) == ["GET /a"]
    assert view.of_leg(Leg.candidate).n == 3


def test_a_clock_that_went_back(view: View) -> None:
    assert Window(view, 100.0).of_leg(Leg.primary, 40.0)["window_duration_seconds"] == 0.0
