"""What is asked again, of whom, and what makes it stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from shadow.config.again import Reask as Settings
from shadow.config.model import Compare, Config, Primary, ShadowLeg
from shadow.ipc.messages import LookAgain, Reasked
from shadow.legs.budget import BURST
from shadow.legs.reask import Reask
from shadow.records import Exchange, Headers, Leg, LegAnswer, LegResult, LegState, RequestCopy, ResponseCopy

GET = RequestCopy(method="GET", target=b"/orders/7")
ASKED = RequestCopy(method="GET", target=b"/v2/orders/93")


def answer(leg: Leg, status: int = 200, headers: Headers = ()) -> LegAnswer:
    result = LegResult(leg=leg, state=LegState.answered, status=status, duration_s=0.01)
    return LegAnswer(result=result, response=ResponseCopy(status=status, headers=headers))


def failed(leg: Leg) -> LegAnswer:
    return LegAnswer(result=LegResult(leg=leg, failure="timeout"))


class Backends:
    """Legs that answer at once, as they are told to: what the network does is tested with the legs themselves."""

    def __init__(self, *known: Leg) -> None:
        self.known = frozenset(known)
        self.asked: list[tuple[tuple[Leg, ...], RequestCopy, Mapping[Leg, RequestCopy]]] = []
        self.at_once = self.most_at_once = 0
        self.answers: dict[Leg, LegAnswer] = {}
        self.before: Callable[[], None] = lambda: None

    async def ask(
        self, legs: tuple[Leg, ...], request: RequestCopy, asked: Mapping[Leg, RequestCopy]
    ) -> dict[Leg, LegAnswer]:
        self.asked.append((legs, request, asked))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.before()
        await asyncio.sleep(0.001)
        self.at_once -= 1
        return {leg: self.answers.get(leg) or answer(leg) for leg in legs}


class Room:
    def __init__(self, *, secondary: bool = False, known: tuple[Leg, ...] = tuple(Leg), **settings: Any) -> None:
        given = {"noise_ratio": 0.0 if secondary else 1.0, "most_ratio": 1.0, "rate_per_s": 1000.0, **settings}
        self.backends = Backends(*known)
        self.told: list[Reasked] = []
        config = Config(
            primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"),
            secondary=ShadowLeg(url="http://c") if secondary else None,
            compare=Compare(reask=Settings(**{"soon_s": 0.001, "later_s": 0.002, **given})),
        )  # fmt: skip
        self.reask = Reask(self.backends, config, self.told.append)  # type: ignore[arg-type]

    def beside(self, *legs: Leg, method: str = "GET") -> tuple[Leg, ...]:
        return self.reask.beside(legs or (Leg.candidate,), method)

    async def look(self, seq: int = 1) -> list[Exchange]:
        got: list[Exchange] = []
        wanted = LookAgain(lane="lane", seq=seq, client="c", request=GET, asked={Leg.candidate: ASKED})
        await self.reask.look(wanted, got.append)
        return got

    @property
    def is_stopped(self) -> bool:
        """Whether the primary is not asked beside any exchange now."""
        return Leg.primary not in self.beside()


def test_the_primary_is_asked_beside_a_share_of_safe_requests() -> None:
    room = Room(noise_ratio=1.0)
    assert room.beside() == (Leg.candidate, Leg.primary)
    assert room.beside(method="HEAD") == (Leg.candidate, Leg.primary)
    assert room.beside(method="POST") == (Leg.candidate,)
    assert room.beside(Leg.candidate, Leg.secondary) == (Leg.candidate, Leg.primary)  # there is no secondary
    assert Room(noise_ratio=0.0).beside() == (Leg.candidate,)
    assert Room(secondary=True).beside(Leg.candidate, Leg.secondary) == (Leg.candidate, Leg.secondary)
    n = sum(Leg.primary in room.beside() for room in [Room(noise_ratio=0.5)] for _ in range(400))
    assert 100 < n < 300


def test_within_the_budget() -> None:
    """A few before any share is earned, then as many as are; what is refused leaves the exchange as it is."""
    room = Room(most_ratio=0.1)
    asked = [Leg.primary in room.beside() for _ in range(200)]
    assert all(asked[: int(BURST)]) and sum(asked) == pytest.approx(BURST + 0.1 * 200, abs=3)


def test_the_primarys_second_answer_is_the_secondarys() -> None:
    room = Room()
    answers = {Leg.candidate: answer(Leg.candidate), Leg.primary: answer(Leg.primary, 201)}
    room.reask.saw(answer(Leg.primary), answers)
    assert set(answers) == {Leg.candidate, Leg.secondary}
    assert (answers[Leg.secondary].result.leg, answers[Leg.secondary].result.status) == (Leg.secondary, 201)


@pytest.mark.parametrize("status", [429, 503])
def test_a_second_answer_that_limits_is_none_and_stops(status: int) -> None:
    room = Room()
    answers = {Leg.primary: answer(Leg.primary, status)}
    room.reask.saw(answer(Leg.primary), answers)
    assert answers == {} and room.is_stopped
    assert room.told[-1].stops == {"limited": 1} and room.told[-1].stopped


def test_a_primary_that_limits_its_clients_or_fails_stops() -> None:
    limited = Room()
    limited.reask.saw(answer(Leg.primary, 429), {})
    assert limited.is_stopped
    silent = Room()
    silent.reask.saw(answer(Leg.primary), {Leg.primary: failed(Leg.primary)})
    assert silent.is_stopped and silent.told[-1].stops == {"failing": 1}
    well = Room()
    well.reask.saw(answer(Leg.primary, 500), {Leg.primary: answer(Leg.primary, 500)})
    assert not well.is_stopped


def test_without_a_leg_to_ask_nothing_is_watched() -> None:
    room = Room(known=(Leg.candidate,))
    room.reask.saw(answer(Leg.primary, 429), {})
    assert room.told == []


def test_two_looks_of_both_legs(run: Any) -> None:
    """The candidate by its own request; the old build's answer stands as the primary's, whichever copy gave it."""

    async def scenario() -> None:
        for secondary, old in ((False, Leg.primary), (True, Leg.secondary)):
            room = Room(secondary=secondary)
            room.backends.answers = {old: answer(old, 200), Leg.candidate: answer(Leg.candidate, 404)}
            got = await room.look(seq=5)
            assert [(one.lane, one.seq, one.client, one.look) for one in got] == [("lane", 5, "c", n) for n in (1, 2)]
            for one in got:
                assert (one.primary.result.leg, one.primary.result.status) == (Leg.primary, 200)
                assert (one.candidate.result.leg, one.candidate.result.status) == (Leg.candidate, 404)
            wanted = ((Leg.candidate, old), GET, {Leg.candidate: ASKED})
            assert room.backends.asked == [wanted, wanted]

    run(scenario())


def limits(leg: Leg, status: int = 429) -> dict[Leg, LegAnswer]:
    return {leg: answer(leg, status, ((b"Retry-After", b" 30 "),))}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [(limits(Leg.primary), "limited"), (limits(Leg.primary, 503), "limited"), (limits(Leg.candidate), "limited")],
)
def test_a_look_that_meets_a_limit_is_the_last(run: Any, answers: dict[Leg, LegAnswer], reason: str) -> None:
    """Its answers say nothing of what was asked, so no backend counts as called."""

    async def scenario() -> None:
        room = Room()
        room.backends.answers = answers
        (only,) = await room.look()
        assert (only.primary.result.state, only.primary.result.failure) == (LegState.not_called, reason)
        assert (only.candidate.result.state, only.candidate.result.failure) == (LegState.not_called, reason)
        assert len(room.backends.asked) == 1 and room.is_stopped
        (refused,) = await room.look()
        assert refused.candidate.result.failure == "stopped" and len(room.backends.asked) == 1

    run(scenario())


@pytest.mark.parametrize(("headers", "stopped"), [(((b"Retry-After", b" 30 "),), True), ((), False)])
def test_it_stops_for_as_long_as_it_is_told(run: Any, headers: Headers, stopped: bool) -> None:
    async def scenario() -> None:
        room = Room(stop_s=0.001)
        room.backends.answers = {Leg.primary: answer(Leg.primary, 429, headers)}
        await room.look()
        await asyncio.sleep(0.01)
        assert room.is_stopped is stopped

    run(scenario())


def test_a_candidate_that_fails_or_is_busy_stops_nothing(run: Any) -> None:
    """503 is the candidate's own trouble, and an answer; a failed old build stops."""

    async def scenario() -> None:
        room = Room()
        room.backends.answers = {Leg.candidate: answer(Leg.candidate, 503)}
        first, second = await room.look()
        assert (first.candidate.result.status, second.candidate.result.status) == (503, 503)
        assert not room.is_stopped
        room.backends.answers = {Leg.candidate: failed(Leg.candidate)}
        assert len(await room.look()) == 2 and not room.is_stopped
        room.backends.answers = {Leg.primary: failed(Leg.primary)}
        assert [one.primary.result.state for one in await room.look()] == [LegState.failed, LegState.not_called]
        assert room.is_stopped

    run(scenario())


def test_a_look_where_nothing_can_be_asked(run: Any) -> None:
    async def scenario() -> None:
        room = Room(known=(Leg.candidate,))
        (only,) = await room.look()
        assert only.primary.result.failure == "off" and room.backends.asked == []

    run(scenario())


def test_few_at_once_and_a_stop_holds_for_those_that_wait(run: Any) -> None:
    async def scenario() -> None:
        room = Room()
        await asyncio.gather(*(room.look(seq) for seq in range(6)))
        assert room.backends.most_at_once == 2
        del room.backends.asked[:]
        room.backends.answers = limits(Leg.primary)
        await asyncio.gather(*(room.look(seq) for seq in range(6)))
        assert len(room.backends.asked) <= 2  # the others had their word by then

    run(scenario())


def test_at_the_end_looks_are_had_at_once(run: Any) -> None:
    async def scenario() -> None:
        room = Room(soon_s=600.0, later_s=600.0)
        waiting = asyncio.ensure_future(room.look())
        await asyncio.sleep(0.01)
        assert not waiting.done() and room.backends.asked == []
        room.reask.hurry()
        assert len(await asyncio.wait_for(waiting, 10)) == 2

    run(scenario())


def test_the_keeper_is_told_what_changed_and_not_too_often() -> None:
    room = Room()
    for _ in range(3):
        room.beside()
        room.reask.saw(answer(Leg.primary), {})
    assert [one.asked for one in room.told] == [{"noise": 1}]
