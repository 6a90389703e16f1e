"""Who waits for second looks, and what happens to those who never get them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from shadow.compare import desk as module
from shadow.compare.desk import Desk
from shadow.compare.pipeline import Comparer
from shadow.config.again import Reask
from shadow.config.model import Compare, Config, Primary, Rule, ShadowLeg
from shadow.ipc.messages import LookAgain, settled_decoder
from shadow.records import Exchange, Observation, Outcome, Triage
from shadow.triage import Triaged
from tests.shadow.compare import made


class Link:
    def __init__(self) -> None:
        self.asked: list[Any] = []

    def send_late(self, frame: bytes) -> None:
        self.asked.append(settled_decoder.decode(frame[4:]))


class Room:
    def __init__(self, comparer: Comparer, *, secondary: bool = True, **reask: Any) -> None:
        config = Config(
            primary=Primary(url="http://a:1"),
            candidate=ShadowLeg(url="http://b:1"),
            secondary=ShadowLeg(url="http://c:1") if secondary else None,
            compare=Compare(reask=Reask(**reask)),
        )
        self.comparer, self.link = comparer, Link()
        self.decided: list[Triaged] = []
        self.desk = Desk(comparer, config, self.decided.append)

    def take(self, exchange: Exchange, seq: int = 1) -> Observation:
        exchange = msgspec.structs.replace(exchange, seq=seq)
        taken = self.desk.take(exchange, self.comparer.observe(exchange), self.link)  # type: ignore[arg-type]
        self.desk.ask(taken)
        return taken

    def look(self, number: int, old: object = 1, new: object = 2, seq: int = 1) -> None:
        self.desk.looked(msgspec.structs.replace(made.pair({"x": old}, {"x": new}), seq=seq, look=number))


WRONG = made.pair({"x": 1}, {"x": 2})


@pytest.fixture
def room(build: Callable[..., Comparer]) -> Room:
    return Room(build())


def test_a_mismatch_of_a_safe_request_is_looked_at_again(room: Room) -> None:
    assert room.take(WRONG).awaits_triage
    (wanted,) = room.link.asked
    assert isinstance(wanted, LookAgain) and wanted.request == WRONG.request
    room.look(1)
    assert not room.decided
    room.look(2)
    assert [(one.seq, one.triage) for one in room.decided] == [(1, Triage.confirmed)]
    room.look(2)  # an answer that nobody waits for
    assert len(room.decided) == 1


@pytest.mark.parametrize(
    "exchange",
    [
        made.pair({"x": 1}, {"x": 1}),
        made.exchange(made.answer("primary"), made.failed("candidate")),
        made.exchange(made.answer("primary", 200, {"x": 1}), made.answer("candidate", 200, {"x": 2}), method="POST"),
        made.exchange(made.answer("primary", 200), made.answer("candidate", 404), complete=False),
    ],
)
def test_nothing_else_is(room: Room, exchange: Exchange) -> None:
    taken = room.take(exchange)
    assert not taken.awaits_triage and room.link.asked == [] and len(room.desk) == 0
    assert taken.triage is Triage.pending


@pytest.mark.parametrize(
    ("secondary", "reask", "on"),
    [
        (True, {}, True),
        (False, {}, False),  # nobody asks a primary twice unless told to
        (False, {"triage": "primary"}, True),
        (True, {"triage": "off"}, False),
        (True, {"most_ratio": 0.0}, False),
    ],
)
def test_who_may_be_asked(build: Callable[..., Comparer], secondary: bool, reask: dict[str, Any], on: bool) -> None:
    assert Room(build(), secondary=secondary, **reask).take(WRONG).awaits_triage is on


def test_what_waits_is_bounded(build: Callable[..., Comparer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    room = Room(build())
    assert [room.take(WRONG, seq).awaits_triage for seq in (1, 2, 3)] == [True, True, False]
    small = Room(build(), waiting_bytes=5000)
    assert [small.take(WRONG, seq).awaits_triage for seq in (1, 2)] == [True, False]
    small.look(1)
    small.look(2)
    assert small.take(WRONG, 3).awaits_triage  # its room was given back, both looks of it


@pytest.mark.parametrize("number", [1, 2])
def test_a_look_that_could_not_be_had_leaves_it_pending(room: Room, number: int) -> None:
    room.take(WRONG)
    if number == 2:
        room.look(1)
    silent = made.exchange(made.answer("primary", 200, {"x": 1}), made.failed("candidate"))
    room.desk.looked(msgspec.structs.replace(silent, seq=1, look=number))
    assert [one.triage for one in room.decided] == [Triage.pending]


def test_a_sender_that_dies_leaves_them_pending(room: Room) -> None:
    room.take(WRONG, 1)
    room.take(WRONG, 2)
    room.desk.lost(Link())  # type: ignore[arg-type]
    assert not room.decided
    room.desk.lost(room.link)  # type: ignore[arg-type]
    assert [(one.seq, one.triage) for one in room.decided] == [(1, Triage.pending), (2, Triage.pending)]
    assert len(room.desk) == 0


def test_a_comparison_that_breaks_leaves_it_pending_and_says_so(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room.take(WRONG)
    room.look(1)

    def broken(*_: object) -> object:
        raise KeyError("oh")

    monkeypatch.setattr(room.desk, "_decide", broken)
    room.look(2)
    assert [one.triage for one in room.decided] == [Triage.pending]
    assert "second looks could not be compared (KeyError)" in caplog.text


def test_outcomes_are_those_of_the_first_look(room: Room) -> None:
    """Whatever becomes of it, it was a mismatch; triage only says which."""
    taken = room.take(WRONG)
    assert (taken.outcome, taken.triage) == (Outcome.mismatch, Triage.pending)


def looked_at(comparer: Comparer, exchange: Exchange, *, times: int = 2) -> list[Triage]:
    room = Room(comparer)
    assert room.take(exchange).awaits_triage
    for number in range(1, times + 1):
        room.desk.looked(msgspec.structs.replace(exchange, seq=1, look=number, secondary=None))
    return [one.triage for one in room.decided]


def test_an_error_body_that_differs_each_time_is_confirmed(build: Callable[..., Comparer]) -> None:
    assert looked_at(build(), made.pair({"error": "gone", "n": 1}, {"detail": "gone"}, status=404)) == ["confirmed"]


def test_an_intended_change_that_never_happens_is_confirmed(build: Callable[..., Comparer]) -> None:
    """Nothing differs between the two answers: that is what is wrong."""
    rule = Rule(
        id="new-name", what="expect", endpoint="GET /orders/{id}", path="$.x", owner="ann", reason="agreed",
        created="2026-01-01", expires="2026-12-31",
    )  # fmt: skip
    assert looked_at(build(rules=(rule,)), made.pair({"x": 1}, {"x": 1})) == ["confirmed"]
