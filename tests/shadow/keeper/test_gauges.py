"""What the keeper lets the control API see, with a real ledger and real lanes."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shadow.config.model import Config, Control, Ledger, Mirror, Primary, ShadowLeg
from shadow.control.accounts import Accounts
from shadow.control.health import unready
from shadow.errors import LedgerError
from shadow.ipc.assignment import Pause, command_decoder
from shadow.ipc.lanes import LaneFile
from shadow.keeper.gauges import HUNG_S, SILENT_S, Gauges
from shadow.keeper.scribe import Scribe, Stored
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane, Leg, Observation, Outcome
from tests.manual_clock import ManualClock

AT = 1_700_000_000.0
CONFIG = Config(
    primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"), secondary=ShadowLeg(url="http://c"),
    mirror=Mirror(senders=2),
)  # fmt: skip


class Room:
    """A ledger, two lanes of one listener, and gauges on them."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(AT)
        self.lanes = LaneFile(folder / "lanes", slots=8)
        self.writer = LedgerWriter.open(folder / "ledger.db", Ledger(), "key")
        self.writer.claim()
        for slot in (0, 1):
            self.lanes.reserve(slot, AT)
        self.counters = [self.lanes.writer(slot) for slot in (0, 1)]
        self.gauges = self.begin()

    def begin(self) -> Gauges:
        gauges = Gauges(CONFIG, self.lanes, self.clock)
        gauges.begin(self.writer.lanes())
        return gauges

    def commit(self, *seqs: int) -> None:
        observations = [
            Observation(lane=self.lanes.lane_id(0), seq=seq, started_at=AT, endpoint="GET /", outcome=Outcome.match)
            for seq in seqs
        ]
        self.gauges.committed(self.stored(observations, self.lanes.read()), 0.001)

    def stored(self, observations: list[Observation], lanes: tuple[Lane, ...]) -> Stored:
        async def commit() -> Stored:
            return await Scribe(lambda: self.writer).commit(observations, lanes, (), now=AT)

        return asyncio.run(commit())

    def adds_up(self) -> bool:
        accounts = self.gauges.moment().accounts
        ended = sum(self.gauges.view.outcomes.values()) + sum(accounts.local.values())
        return accounts.accepted == ended + accounts.in_flight


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.writer.close()
    made.lanes.close()


def test_accepted_is_outcomes_and_in_flight_over_the_death_of_a_keeper(room: Room) -> None:
    assert room.gauges.moment().accounts == Accounts()
    for _ in range(5):
        room.counters[0].accept()
    for _ in range(3):
        room.counters[0].hand_over()
    room.counters[0].end((Outcome.shed, "tee_full"))
    room.commit(1, 1, 2)
    assert room.gauges.moment().accounts == Accounts(
        accepted=5, in_flight=2, local={(Outcome.shed, "tee_full"): 1}
    )
    assert room.gauges.view.outcomes == {(Outcome.match, ""): 2}
    assert room.adds_up()
    room.gauges = room.begin()
    assert room.gauges.moment().accounts.accepted == 2  # what was in flight
    assert room.adds_up()
    # A sender that was not told sends everything again; only what is new counts.
    room.commit(1, 2, 3)
    room.counters[1].accept()
    room.commit()
    assert room.gauges.view.outcomes == {(Outcome.match, ""): 1}
    assert room.gauges.moment().accounts.in_flight == 2
    assert room.adds_up()


def test_lanes_of_former_runs_are_not_this_one_s(room: Room, tmp_path: Path) -> None:
    former = LaneFile(tmp_path / "former", slots=1)
    former.reserve(0, AT)
    former.writer(0).accept()
    room.writer.commit((), former.read(), now=AT)
    former.close()
    assert room.gauges.moment().accounts == Accounts()


def test_legs_are_those_of_the_configuration(room: Room) -> None:
    assert room.gauges.view.legs == (Leg.primary, Leg.candidate, Leg.secondary)


def test_who_is_connected(room: Room) -> None:
    gauges = room.gauges
    assert gauges.moment().expected == ("sender 0", "sender 1", "comparer 0")
    for who in ("sender 0", "comparer 0", "sender 0"):  # the successor is there before the old link is closed
        gauges.joined(who)
    gauges.view.report_breaker("sender 0", Leg.candidate, "open", 1, "GET /")
    gauges.left("sender 0")
    assert set(gauges.moment().connected) == {"sender 0", "comparer 0"}
    assert list(gauges.view.breakers) == [("sender 0", Leg.candidate)]
    gauges.left("sender 0")
    assert gauges.moment().connected == ("comparer 0",)
    assert gauges.view.breakers == {}


def test_a_listener_that_is_not_heard_from(room: Room) -> None:
    names = [f"the listener of lane {room.lanes.lane_id(slot)}" for slot in (0, 1)]
    # The clock of this test counts like the machine's: its reading is the instant.
    room.clock.advance(SILENT_S)
    assert room.gauges.moment().silent == ()
    room.clock.advance(1.0)
    assert room.gauges.moment().silent == tuple(names)
    assert room.gauges.moment().hung == ()
    room.clock.advance(HUNG_S - SILENT_S)
    assert room.gauges.moment().hung == tuple(names)
    room.counters[0].beat(room.clock.monotonic(), waiting_bytes=10, refused=1)
    room.counters[1].beat(room.clock.monotonic(), waiting_bytes=5, refused=0)
    moment = room.gauges.moment()
    assert (moment.silent, moment.hung, moment.waiting_bytes, moment.refused) == ((), (), 15, 1)
    room.clock.advance(SILENT_S + 1)
    room.counters[1].beat(room.clock.monotonic(), waiting_bytes=5, refused=0)
    assert room.gauges.moment().silent == (names[0],)
    room.lanes.close_lane(0)
    moment = room.gauges.moment()
    assert moment.silent == ("one listener or more (1 of 2 lanes)",)
    assert (moment.waiting_bytes, moment.refused) == (5, 1)


def test_a_ledger_that_is_not_open_yet_cannot_be_written(room: Room) -> None:
    gauges = Gauges(CONFIG, room.lanes, room.clock)
    assert "the ledger cannot be written: it has not been opened yet" in unready(gauges.moment())
    gauges.begin(())
    assert gauges.moment().ledger_fault == ""


def test_a_ledger_that_refuses(room: Room) -> None:
    room.gauges.refused(LedgerError("the disk is full.", "Make room."))
    room.clock.advance(3.0)
    moment = room.gauges.moment()
    assert (moment.ledger_fault, moment.looked_s, moment.stored_at) == ("the disk is full.", 3.0, 0.0)
    assert room.gauges.view.failed_commits == 1
    room.gauges.looked()
    room.gauges.committed(room.stored([], ()), 0.002)
    moment = room.gauges.moment()
    assert (moment.ledger_fault, moment.looked_s, moment.stored_at) == ("", 0.0, AT + 3)


def test_what_the_listeners_count_by_class(room: Room) -> None:
    room.counters[0].mirrored(0)
    room.counters[1].mirrored(0)
    room.counters[1].shed(1)
    room.counters[0].lag(0.5)
    room.counters[0].pause(AT)
    moment = room.gauges.moment()
    assert (moment.mirrored, moment.shed) == ({"GET <1KiB": 2}, {"GET <16KiB": 1})
    assert (moment.lag_s, moment.lagging) == (0.5, 1)
    room.lanes.close_lane(0)
    moment = room.gauges.moment()
    assert (moment.mirrored, moment.lag_s, moment.lagging) == ({"GET <1KiB": 2}, 0.0, 0)


def test_a_pause_goes_up_as_one_line(room: Room) -> None:
    read, write = os.pipe()
    gauges = Gauges(CONFIG, room.lanes, room.clock, up_fd=write)
    gauges.ask_pause(True)
    gauges.ask_pause(False)
    lines = os.read(read, 4096).splitlines()
    assert [command_decoder.decode(line) for line in lines] == [Pause(paused=True), Pause(paused=False)]
    os.close(read)
    with pytest.raises(BrokenPipeError):
        gauges.ask_pause(True)
    os.close(write)
    with pytest.raises(OSError, match="Bad file descriptor"):
        Gauges(CONFIG, room.lanes, room.clock).ask_pause(True)


@pytest.mark.parametrize(
    ("control", "logged"), [(Control(), ["there is no control API any more; the mirror goes on"]),
                            (Control(api="", probes=""), [])],
)  # fmt: skip
def test_a_broken_control_api_does_not_end_the_keeper(
    room: Room, control: Control, logged: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("shadow.control.server.ControlServer.run", lambda self: 1 / 0)
    gauges = Gauges(msgspec.structs.replace(CONFIG, control=control), room.lanes, room.clock)
    with caplog.at_level(logging.ERROR):
        asyncio.run(gauges.serve())
    assert [record.getMessage() for record in caplog.records] == logged
