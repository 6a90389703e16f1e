"""The keeper in process with a real ledger and real links: what is committed, acknowledged, settled, kept."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Compare, Config, Ledger, Primary, Rule, ShadowLeg
from shadow.config.rulebook import parse_rulebook, rulebook_digest, rulebook_of
from shadow.errors import LedgerError
from shadow.ipc.assignment import Assignment, Lifeline, Lost, Reload
from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.lanes import LaneFile
from shadow.ipc.messages import Report, Resume, committed_decoder
from shadow.keeper.keeper import HEARTBEAT_S, SETTLE_S, Keeper
from shadow.keeper.scribe import Scribe
from shadow.ledger.evidence import Evidence
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import Gap, GapKind, Observation, Outcome
from tests.manual_clock import ManualClock

AT = 1_700_000_000.0


async def settle(done: Any) -> None:
    while not done():
        await asyncio.sleep(0.001)


class Room:
    """A folder with a ledger, a lane file and a running keeper."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.db"
        self.clock = ManualClock(AT)
        self.lanes = LaneFile(folder / "lanes", slots=4)
        self.acked: list[tuple[str, int]] = []
        self.lifeline = Lifeline()

    def lane(self, slot: int, *, accepted: int, handed: int) -> str:
        self.lanes.reserve(slot, AT)
        counters = self.lanes.writer(slot)
        for _ in range(accepted):
            counters.accept()
        for _ in range(handed):
            counters.hand_over()
        return self.lanes.lane_id(slot)

    @asynccontextmanager
    async def keeping(self, *, previous: str = "", run_id: str = "r") -> AsyncIterator[Keeper]:
        path = self.folder / "keeper.sock"
        path.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(str(path))
        sock.listen()
        sock.setblocking(False)
        self.lifeline = Lifeline()
        config = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"))
        scribe = Scribe(lambda: LedgerWriter.open(self.ledger, Ledger(), "key"))
        keeper = Keeper(
            Assignment(role="keeper", run_id=run_id, index=0, config=config, listen_fd=sock.fileno(),
                       lane_path=str(self.folder / "lanes"), previous_lane_paths=(previous,) if previous else ()),
            scribe, self.clock,
        )
        task = asyncio.create_task(keeper.serve(sock, self.lifeline, drain_s=5.0))
        try:
            yield keeper
        finally:
            self.lifeline.drain.set()
            await task
            await scribe.close()
            sock.close()

    @asynccontextmanager
    async def sender(self) -> AsyncIterator[FrameLink]:
        def frame(link: FrameLink, data: bytes) -> None:
            self.acked.extend(committed_decoder.decode(data).seqs)

        _, link = await asyncio.get_running_loop().create_unix_connection(
            lambda: FrameLink(on_frame=frame), str(self.folder / "keeper.sock"))
        try:
            yield link
        finally:
            link.close()
            await settle(lambda: link.closed)

    def is_there(self) -> bool:
        """Tell whether the keeper has made its ledger."""
        try:
            self.evidence()
        except LedgerError:
            return False
        return True

    def end_run(self) -> None:
        """As the supervisor does it: the next run has counters of its own."""
        self.lanes.close()
        (self.folder / "lanes").unlink()
        self.lanes = LaneFile(self.folder / "lanes", slots=4)

    def evidence(self) -> Evidence:
        return read_evidence(self.ledger, at=self.clock.now())

    def counts(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for row in self.evidence().outcomes:
            name = f"{row.outcome}({row.reason})" if row.reason else str(row.outcome)
            total[name] = total.get(name, 0) + row.n
        return total


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    it = Room(tmp_path)
    yield it
    it.lanes.close()


def report(lane: str, seq: int, outcome: Outcome = Outcome.match, reason: str = "") -> bytes:
    return pack(Report(observation=Observation(
        lane=lane, seq=seq, started_at=AT, endpoint="GET /", outcome=outcome, reason=reason)))


def test_what_is_reported_is_committed_and_acknowledged(room: Room) -> None:
    async def scenario() -> None:
        lane = room.lane(0, accepted=3, handed=3)
        async with room.keeping(), room.sender() as link:
            for seq in (1, 2, 3):
                link.send(report(lane, seq))
            await settle(lambda: len(room.acked) == 3)
            assert room.counts() == {"match": 3}
        assert room.acked == [(lane, 1), (lane, 2), (lane, 3)]
        assert room.counts() == {"match": 3}

    asyncio.run(scenario())


def test_what_is_sent_again_to_a_new_keeper_counts_once(room: Room) -> None:
    async def scenario() -> None:
        lane = room.lane(0, accepted=2, handed=2)
        for _ in range(2):
            async with room.keeping():
                for _ in range(2):
                    async with room.sender() as link:
                        link.send(report(lane, 1) + report(lane, 2))
                        room.acked.clear()
                        await settle(lambda: len(room.acked) == 2)
        assert room.counts() == {"match": 2}

    asyncio.run(scenario())


def test_what_died_with_a_sender_is_settled_some_time_after_its_successor_came(room: Room) -> None:
    async def scenario() -> None:
        lane = room.lane(0, accepted=5, handed=5)
        gap = Gap(kind=GapKind.sender_lost, started_at=AT, ended_at=AT + 1)
        async with room.keeping(), room.sender() as link:
            room.lifeline.on_command(Lost(gap=gap))
            link.send(report(lane, 2) + pack(Resume(lane=lane, first_seq=4)) + report(lane, 4))
            await settle(lambda: len(room.acked) == 2)
            assert room.counts() == {"match": 2}
            room.clock.advance(SETTLE_S)
            await settle(lambda: room.counts() == {"match": 2, "shed(sender_lost)": 2})
            link.send(report(lane, 5) + report(lane, 3))  # 3 comes too late to count twice
            await settle(lambda: len(room.acked) == 4)
            assert room.counts() == {"match": 3, "shed(sender_lost)": 2}
            room.clock.advance(SETTLE_S)
            await settle(lambda: room.evidence().gaps)
        assert sum(g.lost for g in room.evidence().gaps) == 2

    asyncio.run(scenario())


def test_a_closed_lane_gives_up_its_open_requests_at_once_and_the_rest_at_the_end(room: Room) -> None:
    async def scenario() -> None:
        lane = room.lane(0, accepted=5, handed=3)
        async with room.keeping(), room.sender() as link:
            link.send(report(lane, 1))
            await settle(lambda: len(room.acked) == 1)
            room.lanes.close_lane(0)
            await settle(lambda: room.counts() == {"match": 1, "shed(listener_lost)": 2})
            link.send(report(lane, 2))
            await settle(lambda: len(room.acked) == 2)
        assert room.counts() == {"match": 2, "shed(listener_lost)": 2, "shed(sender_lost)": 1}

    asyncio.run(scenario())


def test_the_lanes_of_a_run_that_was_killed_are_settled_from_its_lane_file(room: Room) -> None:
    async def scenario() -> None:
        previous = LaneFile(room.folder / "lanes.previous", slots=1)
        previous.reserve(0, AT)
        counters = previous.writer(0)
        for _ in range(4):
            counters.accept()
        counters.hand_over()
        counters.end((Outcome.shed, "tee_full"))
        previous.close()
        for _ in range(2):  # a keeper that is started again does not count them again
            async with room.keeping(previous=str(room.folder / "lanes.previous")):
                await settle(lambda: room.is_there() and room.counts() == {
                    "shed(tee_full)": 1, "shed(listener_lost)": 2, "shed(sender_lost)": 1})

    asyncio.run(scenario())


@contextmanager
def no_file_may_grow() -> Iterator[None]:
    """Every write past the first byte of a file fails, as on a full disk (EFBIG instead of ENOSPC)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_the_batch_until_it_can_be_written(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        lane = room.lane(0, accepted=2, handed=2)
        async with room.keeping(), room.sender() as link:
            with no_file_may_grow():
                link.send(report(lane, 1) + report(lane, 2))
                await settle(lambda: "cannot be written" in caplog.text)
                assert room.acked == []
            await settle(lambda: len(room.acked) == 2)
            assert room.counts() == {"match": 2}
        assert caplog.text.count("cannot be written") == 1
        assert "can be written again" in caplog.text

    asyncio.run(scenario())


def test_a_ledger_that_cannot_be_opened_is_tried_again(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """The keeper is there meanwhile: it takes what comes, and answers."""

    async def scenario() -> None:
        lane = room.lane(0, accepted=1, handed=1)
        room.ledger.write_text("no ledger\n" * 1000)
        async with room.keeping() as keeper, room.sender() as link:
            link.send(report(lane, 1))
            await settle(lambda: "cannot be written, trying again" in caplog.text)
            assert keeper.gauges.moment().ledger_fault.endswith("is not an SQLite database.")
            assert room.acked == []
            room.ledger.unlink()
            await settle(lambda: room.acked == [(lane, 1)])
            assert keeper.gauges.moment().ledger_fault == ""
        assert room.counts() == {"match": 1}

    asyncio.run(scenario())


def test_while_a_commit_waits_for_a_lock_the_loop_turns_and_the_order_is_kept(room: Room) -> None:
    async def scenario() -> None:
        lane = room.lane(0, accepted=6, handed=6)
        async with room.keeping() as keeper, room.sender() as link:
            link.send(report(lane, 1))
            await settle(lambda: room.acked == [(lane, 1)])
            other = sqlite3.connect(room.ledger, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            try:
                for seq in (2, 3, 4, 5, 6):
                    link.send(report(lane, seq))
                    # Long enough for a commit to have begun, and to wait.
                    for _ in range(10):
                        began = time.monotonic()
                        await asyncio.sleep(0.01)
                        assert time.monotonic() - began < 1.0
                        # Of one moment: what the view tells is what the ledger has.
                        accounts = keeper.gauges.moment().accounts
                        ended = sum(keeper.gauges.view.outcomes.values())
                        assert (accounts.accepted, accounts.in_flight) == (6, 6 - ended)
                assert room.acked == [(lane, 1)]
                other.execute("ROLLBACK")
            finally:
                other.close()
            await settle(lambda: len(room.acked) == 6)
        assert room.acked == [(lane, seq) for seq in range(1, 7)]
        assert room.counts() == {"match": 6}

    asyncio.run(scenario())


def test_something_is_stored_every_few_seconds_though_nothing_happens(room: Room) -> None:
    def stored_at() -> float:
        with contextlib.closing(sqlite3.connect(room.ledger)) as db:
            return float(db.execute("SELECT value FROM meta WHERE key = 'stored_at'").fetchone()[0])

    async def scenario() -> None:
        lane = room.lane(0, accepted=1, handed=1)
        async with room.keeping(), room.sender() as link:
            link.send(report(lane, 1))
            await settle(lambda: len(room.acked) == 1)
            for number in (1, 2):
                room.clock.advance(HEARTBEAT_S)
                await settle(lambda number=number: stored_at() == AT + number * HEARTBEAT_S)

    asyncio.run(scenario())


def test_the_time_between_two_runs_is_a_gap_with_what_the_former_one_lost(room: Room) -> None:
    async def scenario() -> None:
        lane = room.lane(0, accepted=3, handed=3)
        async with room.keeping(run_id="one"), room.sender() as link:
            link.send(report(lane, 1))
            await settle(lambda: len(room.acked) == 1)
            assert room.evidence().gaps == ()
        room.clock.advance(5.0)
        async with room.keeping(run_id="one"):  # its keeper died: the run goes on
            room.clock.advance(HEARTBEAT_S)
        assert room.evidence().gaps == ()
        ended_at = room.clock.now()

        # The next run, an hour later; the former one left counters that it had not settled.
        room.clock.advance(3600.0)
        previous = room.folder / "lanes.previous"
        with contextlib.closing(LaneFile(previous, slots=1)) as file:
            file.reserve(0, ended_at)
            for _ in range(4):
                file.writer(0).accept()
        room.end_run()
        room.lanes.reserve(0, room.clock.now() + 0.5)
        for _ in range(2):
            async with room.keeping(previous=str(previous), run_id="two") as keeper:
                await settle(lambda: len(room.evidence().gaps) == 1)
        (gap,) = room.evidence().gaps
        assert (gap.kind, gap.started_at, gap.ended_at, gap.lost) == (GapKind.mirror_down, ended_at, ended_at + 3600, 4)
        assert keeper.gauges.view.gaps == {}
        evidence = room.evidence()
        assert (evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total) == (7, 0, 7)

    asyncio.run(scenario())


def test_every_book_of_rules_is_kept(room: Room) -> None:
    """Those at the start, and those of a reload: evidence that names them can be judged anew."""
    rule = Rule(
        id="r1", endpoint="*", path="$.a", owner="ann", reason="agreed", created="2023-01-01", expires="2030-01-01"
    )  # fmt: skip
    later = Config(
        primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"), compare=Compare(rules=(rule,))
    )  # fmt: skip

    async def run() -> None:
        async with room.keeping():
            await settle(lambda: room.is_there() and len(room.evidence().rulebooks) == 1)
            assert room.lifeline.on_command is not None
            room.lifeline.on_command(Reload(config=later))
            await settle(lambda: len(room.evidence().rulebooks) == 2)

    asyncio.run(run())
    held = {row.digest: parse_rulebook(row.content) for row in room.evidence().rulebooks}
    books = (rulebook_of(Compare()), rulebook_of(later.compare))
    assert held == {rulebook_digest(book): book for book in books}
