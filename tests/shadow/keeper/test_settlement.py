"""When a lane's missing numbers count as lost, over a real ledger and a clock that moves when told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.ipc.lanes import LaneFile
from shadow.keeper.losses import Losses
from shadow.keeper.scribe import Scribe
from shadow.keeper.settlement import ORPHAN_S, SETTLE_S, Settlement
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane, Observation, Outcome
from tests.manual_clock import ManualClock

AT = 1_700_000_000.0


class Room:
    def __init__(self, writer: LedgerWriter) -> None:
        self.writer = writer
        self.clock = ManualClock(AT)
        self.told: list[tuple[str, int, bool]] = []
        self.settlement = Settlement(
            Scribe(lambda: writer), Losses(settle_s=1.0), self.clock,
            on_settled=lambda reason, stored, *, told: self.told.append((reason, stored.ended, told)),
        )

    def settle_due(self, *lanes: Lane) -> None:
        asyncio.run(self.settlement.settle_due(lanes))

    def lane(self, *, closed: bool = False, opened: int = 0) -> Lane:
        return Lane(lane="l", started_at=AT, closed=closed, accepted=3 + opened, open=opened, handed=3)

    def commit(self, *seqs: int, lane: Lane) -> None:
        found = [Observation(lane="l", seq=n, started_at=AT, endpoint="GET /", outcome=Outcome.match) for n in seqs]
        self.writer.commit(found, [lane], now=AT)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with LedgerWriter.open(tmp_path / "ledger.db", Ledger(), "key") as writer:
        yield Room(writer)


def test_what_a_dead_sender_had_is_given_up_after_a_while(room: Room) -> None:
    lane = room.lane()
    room.commit(1, lane=lane)
    room.settlement.resume("l", 3)
    room.clock.advance(SETTLE_S - 0.1)
    room.settle_due(lane)
    assert room.writer.missing("l") == (2, 3)
    room.clock.advance(0.1)
    room.settle_due(lane)
    assert room.writer.missing("l") == (3,), "the third belongs to the successor"


def test_the_last_word_about_a_lane_counts(room: Room) -> None:
    lane = room.lane()
    room.commit(lane=lane)
    room.settlement.resume("l", 1 << 62)
    room.settlement.resume("l", 2)
    room.clock.advance(SETTLE_S)
    room.settle_due(lane)
    assert room.writer.missing("l") == (2, 3)


def test_a_closed_lane_loses_its_open_requests_at_once_and_the_rest_when_nobody_speaks_for_it(room: Room) -> None:
    lane = room.lane(closed=True, opened=2)
    room.commit(1, lane=lane)
    room.settle_due(lane)
    (row,) = room.writer.lanes()
    assert (row.lane.open, row.acked) == (0, 1)
    room.clock.advance(ORPHAN_S - 0.1)
    room.settle_due(lane)
    assert room.writer.missing("l") == (2, 3)
    room.clock.advance(0.1)
    room.settle_due(lane)
    assert room.writer.missing("l") == ()


def test_former_runs_are_settled_once_and_a_broken_file_stops_nothing(
    room: Room, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    former = LaneFile(tmp_path / "lanes.1", slots=1)
    former.reserve(0, AT)
    former.writer(0).accept()
    former.close()
    (tmp_path / "lanes.2").write_bytes(b"cut")
    files = (str(tmp_path / "lanes.1"), str(tmp_path / "lanes.2"), str(tmp_path / "lanes.gone"))
    assert asyncio.run(room.settlement.settle_former_runs((), files)) == 1
    assert room.told == [("sender_lost", 1, True)]
    (row,) = room.writer.lanes()
    assert (row.lane.closed, row.lane.open, row.lane.accepted) == (True, 0, 1)
    assert not (tmp_path / "lanes.1").exists()
    assert "lanes.2 is not a lane file" in caplog.text
