"""What is recorded of exchanges that nobody compares."""

from __future__ import annotations

import pytest

from shadow.config.model import Config, Endpoints, Primary, Route, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.ipc.messages import Note
from shadow.legs.endings import Endings
from shadow.records import Leg, LegResult, LegState, Outcome

ANSWERED = LegResult(leg=Leg.primary, state=LegState.answered, status=200, duration_s=0.25, body_bytes=9)


def config(old: str = "p1", new: str = "c1", **more: object) -> Config:
    return Config(
        primary=Primary(url="http://old", build=old), candidate=ShadowLeg(url="http://new", build=new), **more
    )  # type: ignore[arg-type]


def endings(old: str = "p1", new: str = "c1", **more: object) -> Endings:
    made = config(old, new, **more)
    return Endings(made, build_endpoint_map(made))


def note(outcome: Outcome, reason: str = "") -> Note:
    return Note(
        seq=4, started_at=7.5, method="GET", target=b"/orders/17?full=1", outcome=outcome, reason=reason, status=201,
        duration_s=0.5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.primary_failed, LegState.failed),
        (Outcome.skipped, LegState.answered),
        (Outcome.shed, LegState.answered),
        (Outcome.not_comparable, LegState.answered),
    ],
)
def test_what_the_listener_decided(outcome: Outcome, state: LegState) -> None:
    """Its word, its times, the endpoint without values; the candidate was not asked, and its build is known."""
    seen = endings().noted("lane-1", note(outcome, "policy"))
    assert (seen.lane, seen.seq, seen.started_at, seen.endpoint) == ("lane-1", 4, 7.5, "GET /orders/{id}")
    assert (seen.outcome, seen.reason, seen.differences, seen.awaits_triage) == (outcome, "policy", (), False)
    assert seen.legs == (
        LegResult(leg=Leg.primary, state=state, status=201, duration_s=0.5, build="p1"),
        LegResult(leg=Leg.candidate, state=LegState.not_called, build="c1"),
    )


def test_what_ended_on_its_way_to_a_comparer() -> None:
    """The primary's result as it was, named by its build; nothing is said of an answer that is lost."""
    begun = (3.0, "POST", b"/orders", 200, 0.25, 9)
    seen = endings().ended(("lane-2", 9), begun, Outcome.shed, "comparer_lost")
    assert (seen.lane, seen.seq, seen.started_at, seen.endpoint) == ("lane-2", 9, 3.0, "POST /orders")
    assert (seen.outcome, seen.reason) == (Outcome.shed, "comparer_lost")
    assert seen.legs == (
        LegResult(leg=Leg.primary, state=LegState.answered, status=200, duration_s=0.25, body_bytes=9, build="p1"),
        LegResult(leg=Leg.candidate, state=LegState.not_called, build="c1"),
    )


@pytest.mark.parametrize(("old", "new"), [("", "c1"), ("p1", ""), ("", "")])
def test_where_a_build_is_told_by_answers_only_none_is_guessed(old: str, new: str) -> None:
    """Half a pair of builds would begin an epoch of its own."""
    seen = endings(old, new).ended(("l", 1), (0.0, "GET", b"/", 200, 0.25, 9), Outcome.shed, "sender_lost")
    assert seen.legs == ()


def test_another_configuration_holds_from_then_on() -> None:
    """Builds and endpoints are those of the last one."""
    made = endings()
    later = config("p2", "c2", routes=(Route(endpoint="GET /orders/{number}", mirror="read_only"),),
                   endpoints=Endpoints())  # fmt: skip
    made.use(later, build_endpoint_map(later))
    seen = made.noted("lane-1", note(Outcome.skipped))
    assert seen.endpoint == "GET /orders/{number}"
    assert [leg.build for leg in seen.legs] == ["p2", "c2"]
