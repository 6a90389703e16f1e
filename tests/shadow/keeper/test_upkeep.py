from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.control.view import View
from shadow.keeper.scribe import Scribe
from shadow.keeper.upkeep import Upkeep
from shadow.ledger.evidence import WatchRow
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import Leg, LegResult, LegState, Observation, Outcome
from tests.manual_clock import ManualClock

AT = 1_700_000_100.0


class Room:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = ManualClock(AT)
        self.writer = LedgerWriter.open(path, Ledger())
        self.view = View(legs=(Leg.primary, Leg.candidate), max_endpoints=10)
        self.upkeep = Upkeep(Scribe(lambda: self.writer), self.view, self.clock, block_s=300.0)

    def tick(self, seconds: float) -> None:
        self.clock.advance(seconds)
        asyncio.run(self.upkeep.tick())

    def call(self) -> None:
        leg = LegResult(leg=Leg.candidate, state=LegState.answered, status=200)
        self.upkeep.saw([Observation(lane="a", seq=1, started_at=AT, endpoint="GET /", legs=(leg,))])

    def held(self) -> dict[str, tuple[float, float]]:
        return {row.name: (row.seconds, row.n) for row in read_evidence(self.path, at=0.0).watches}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    it = Room(tmp_path / "l.db")
    yield it
    it.writer.close()


def test_the_heart_beats_while_the_mirror_works(room: Room) -> None:
    room.tick(4.0)
    assert room.held() == {}
    room.tick(1.0)
    room.tick(6.0)
    assert room.held() == {"mirror": (11.0, 0.0)}


def test_a_tick_that_comes_late_counts_nothing(room: Room) -> None:
    room.tick(16.0)
    assert room.held() == {}


def test_a_paused_mirror_watches_nothing(room: Room) -> None:
    room.view.paused = True
    room.tick(5.0)
    assert room.held() == {}


def test_a_breaker_is_armed_while_it_is_closed_and_requests_go_through(room: Room) -> None:
    room.tick(5.0)
    room.call()
    room.tick(5.0)
    assert room.held()["breaker:candidate"] == (5.0, 0.0)
    room.view.report_breaker("sender 0", Leg.candidate, "open", 2, "GET /")
    room.tick(5.0)
    assert room.held()["breaker:candidate"] == (5.0, 2.0), "trips count, an open breaker is not armed"
    room.view.report_breaker("sender 0", Leg.candidate, "closed", 2, "")
    room.tick(5.0)
    assert room.held()["breaker:candidate"] == (10.0, 2.0)
    for _ in range(20):
        room.tick(5.0)
    seconds, _ = room.held()["breaker:candidate"]
    assert seconds == 10.0 + 45.0, "nothing went through for a minute"


def test_readings_of_others_are_stored_with_the_next_tick(room: Room) -> None:
    room.upkeep.add([WatchRow(name="candidate:cpu", block_at=0.0, n=1, low=0.5, high=0.5, total=0.5)])
    room.tick(1.0)
    assert "candidate:cpu" not in room.held()
    room.tick(4.0)
    assert room.held()["candidate:cpu"] == (0.0, 1.0)


def test_a_step_is_folded_each_tick_while_there_is_anything_to_fold(room: Room) -> None:
    old = [
        Observation(lane="a", seq=n, started_at=AT - 9 * 3600.0 * n, endpoint="GET /", outcome=Outcome.match)
        for n in (1, 2, 3)
    ]
    room.writer.commit(old, now=AT)

    def folded() -> int:
        return sum(1 for row in read_evidence(room.path, at=0.0).outcomes if row.width_s)

    assert folded() == 0
    for n in (1, 2, 3):
        room.tick(5.0)
        assert folded() == n
    room.tick(5.0)
    room.writer.commit([Observation(lane="a", seq=4, started_at=AT - 9e5, endpoint="GET /")], now=AT)
    room.tick(5.0)
    assert folded() == 3, "it looks again after a minute"
    room.tick(60.0)
    assert folded() == 4
