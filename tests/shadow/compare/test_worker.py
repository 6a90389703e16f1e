"""The comparer's process in this one: a sender's link and a keeper at real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shadow.compare import worker as module
from shadow.compare.worker import Worker
from shadow.config.model import Config, Mirror, Primary, ShadowLeg
from shadow.ipc.assignment import Assignment, Lifeline
from shadow.ipc.beats import Beat, Beats
from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.messages import Committed, Known, Report, keeper_decoder, settled_decoder
from shadow.ipc.wired import Carried
from shadow.records import Exchange, Leg, LegAnswer, LegResult, LegState, Outcome, RequestCopy, ResponseCopy


def answer(leg: Leg, body: bytes) -> LegAnswer:
    return LegAnswer(
        result=LegResult(leg=leg, state=LegState.answered, status=200, duration_s=0.01),
        response=ResponseCopy(status=200, headers=((b"content-type", b"application/json"),), body=body),
    )


def exchange(seq: int, candidate: bytes = b'{"a": 1}') -> bytes:
    return pack(Carried.of(Exchange(
        lane="l", seq=seq, started_at=1.0, client="c", request=RequestCopy(method="GET", target=b"/a"),
        primary=answer(Leg.primary, b'{"a": 1}'), candidate=answer(Leg.candidate, candidate),
    )))  # fmt: skip


class Room:
    def __init__(self, folder: Path, keeper: Any) -> None:
        self.folder = folder
        self.keeper = keeper
        self.settled: list[tuple[str, int]] = []

    @asynccontextmanager
    async def sender(self) -> AsyncIterator[FrameLink]:
        def told(link: FrameLink, frame: bytes) -> None:
            self.settled.extend(settled_decoder.decode(frame).seqs)

        _, link = await asyncio.get_running_loop().create_unix_connection(
            lambda: FrameLink(on_frame=told), str(self.folder / "c.sock")
        )
        try:
            yield link
        finally:
            link.close()

    async def has_settled(self, count: int) -> None:
        while len(self.settled) < count:
            await asyncio.sleep(0.001)

    async def reported(self, count: int) -> list[tuple[int, Outcome]]:
        return [(m.observation.seq, m.observation.outcome) for m in await self.keeper.has(count, Report)]


@pytest.fixture
def comparing(peer: Any, tmp_path: Path) -> Any:
    @asynccontextmanager
    async def running() -> AsyncIterator[Room]:
        async with peer("k.sock", keeper_decoder) as keeper:
            sock = socket.socket(socket.AF_UNIX)
            sock.bind(str(tmp_path / "c.sock"))
            sock.listen()
            sock.setblocking(False)
            config = Config(primary=Primary(url="http://a"), candidate=ShadowLeg(url="http://b"),
                            mirror=Mirror(drain_s=0.1))  # fmt: skip
            worker = Worker(Assignment(
                role="comparer", run_id="r", index=0, config=config, listen_fd=-1, lane_path="",
                keeper_path=str(tmp_path / "k.sock"), redaction_key=b"k" * 32,
            ))  # fmt: skip
            beats = Beats(tmp_path / "beats", places=1)
            lifeline = Lifeline(beat=Beat(str(tmp_path / "beats"), 0))
            serving = asyncio.create_task(worker.serve(sock, lifeline))
            while not keeper.links:
                await asyncio.sleep(0.001)
            keeper.say(Known(learnt=()))
            try:
                yield Room(tmp_path, keeper)
            finally:
                lifeline.drain.set()
                await serving
                sock.close()
                beats.close()

    return running


def go(scenario: Any) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await scenario()

    asyncio.run(bounded())


def test_each_is_compared_in_order_and_settled_when_the_keeper_has_it(comparing: Any) -> None:
    async def scenario() -> None:
        async with comparing() as room, room.sender() as link:
            for seq, body in ((1, b'{"a": 1}'), (2, b'{"a": 2}'), (3, b"no json")):
                link.send(exchange(seq, body))
            assert await room.reported(3) == [(1, "match"), (2, "mismatch"), (3, "mismatch")]
            assert room.settled == []
            room.keeper.say(Committed(seqs=(("l", 1), ("l", 3))))
            await room.has_settled(2)
            assert room.settled == [("l", 1), ("l", 3)]

    go(scenario)


def test_a_sign_of_life_for_each_exchange(comparing: Any, tmp_path: Path) -> None:
    """One read may bring hundreds, each with a deadline of its own: the loop alone would seem to stand still."""

    async def scenario() -> None:
        async with comparing() as room, room.sender() as link:
            link.send(b"".join(exchange(seq) for seq in range(1, 6)))
            await room.reported(5)
            beats = Beats(tmp_path / "beats")
            assert beats.read(0) == 5
            beats.close()

    go(scenario)


def test_what_the_keeper_did_not_store_is_told_to_its_successor(comparing: Any) -> None:
    async def scenario() -> None:
        async with comparing() as room, room.sender() as link:
            for seq in (1, 2):
                link.send(exchange(seq))
            await room.reported(2)
            room.keeper.say(Committed(seqs=(("l", 1),)))
            await room.has_settled(1)
            await room.keeper.die()
            link.send(exchange(3))
            await room.keeper.start()
            assert (await room.reported(4))[2:] == [(2, "match"), (3, "match")]
            room.keeper.say(Committed(seqs=(("l", 2), ("l", 3))))
            await room.has_settled(3)

    go(scenario)


def test_a_full_outbox_stops_the_reading_and_nothing_is_lost(
    comparing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_OUTBOX_BYTES", 5_000)

    async def scenario() -> None:
        async with comparing() as room, room.sender() as link:
            count = 4000
            for seq in range(1, count + 1):
                link.send(exchange(seq))
            held = -1
            while held != len(room.keeper.messages):
                held = len(room.keeper.messages)
                await asyncio.sleep(0.1)
            assert held < count
            assert link.buffered_bytes > 0, "what it does not read waits at the sender"
            done = 0
            while done < count:
                found = await room.reported(0)
                room.keeper.say(Committed(seqs=tuple(("l", seq) for seq, _ in found[done:])))
                done = len(found)
                await asyncio.sleep(0.002)
            assert [seq for seq, _ in await room.reported(count)] == list(range(1, count + 1))

    go(scenario)


def test_a_sender_that_is_gone_is_told_nothing_and_the_others_go_on(comparing: Any) -> None:
    async def scenario() -> None:
        async with comparing() as room:
            async with room.sender() as first:
                first.send(exchange(1))
                await room.reported(1)
            async with room.sender() as second:
                second.send(exchange(2))
                await room.reported(2)
                room.keeper.say(Committed(seqs=(("l", 1), ("l", 2))))
                await room.has_settled(1)
                assert room.settled == [("l", 2)]

    go(scenario)
