"""The keeper in process with a real ledger and real links: what is committed, acknowledged, settled, kept."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from shadow.clock import ManualClock
from shadow.config.model import Config, Ledger, Primary, ShadowLeg
from shadow.ipc.assignment import Assignment, Lifeline, Lost
from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.lanes import LaneFile
from shadow.ipc.messages import Report, Resume, committed_decoder
from shadow.keeper.keeper import SETTLE_S, Keeper
from shadow.ledger.evidence import Evidence
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import Gap, GapKind, Observation, Outcome

AT = 1_700_000_000.0


async def settle(done: Any) -> None:
    while not done():
        await asyncio.sleep(0.001)


class Room:
    """A folder with a ledger, a lane file and a running keeper."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
    async def keeping(self, *, previous: str = "") -> AsyncIterator[Keeper]:
        path = self.folder / "keeper.sock"
        path.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(str(path))
        sock.listen()
        sock.setblocking(False)
        self.lifeline = Lifeline()
        config = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"))
        with LedgerWriter.open(self.folder / "ledger.db", Ledger(), "key") as writer:
            writer.claim()
            keeper = Keeper(
                Assignment(role="keeper", run_id="r", index=0, config=config, listen_fd=sock.fileno(),
                           lane_path=str(self.folder / "lanes"), previous_lane_paths=(previous,) if previous else ()),
                writer, self.clock,
            )
            task = asyncio.create_task(keeper.serve(sock, self.lifeline, drain_s=5.0))
            try:
                yield keeper
            finally:
                self.lifeline.drain.set()
                await task
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

    def evidence(self) -> Evidence:
        return read_evidence(self.folder / "ledger.db", at=self.clock.now())

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
                await settle(lambda: room.counts() == {
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
