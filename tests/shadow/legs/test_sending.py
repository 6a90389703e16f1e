"""The sender in this process: a listener's link, a real candidate, a comparer and a keeper at real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Config, Mirror, Primary, ShadowLeg
from shadow.ipc.assignment import Assignment, Lifeline
from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.messages import (
    Committed,
    Handed,
    Hello,
    Note,
    Report,
    Resume,
    Settled,
    keeper_decoder,
)
from shadow.ipc.wired import Answered, Asked, exchange_decoder
from shadow.legs import sending as module
from shadow.legs.sending import Sender
from shadow.records import Leg, LegAnswer, LegResult, LegState, Outcome, RequestCopy, ResponseCopy

PRIMARY = LegAnswer(result=LegResult(leg=Leg.primary, state=LegState.answered, status=200, duration_s=0.01),
                    response=ResponseCopy(status=200))  # fmt: skip
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def handed(seq: int, client: str = "c", target: bytes = b"/a", body: bytes = b"") -> bytes:
    request = Asked.of(RequestCopy(method="GET", target=target, body=body))
    return pack(Handed(seq, float(seq), client, (Leg.candidate,), request, Answered.of(PRIMARY)))


class Candidate:
    """Answers when it is let, and remembers in which order it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.split(b" ")[1].decode())
            await self.may_answer.wait()
            writer.write(OK)


class Room:
    def __init__(self, folder: Path, candidate: Candidate, keeper: Any, comparer: Any) -> None:
        self.folder = folder
        self.candidate = candidate
        self.keeper = keeper
        self.comparer = comparer
        self.lifeline = Lifeline()

    @asynccontextmanager
    async def listener(self, lane: str = "l", first_seq: int = 1) -> AsyncIterator[FrameLink]:
        loop = asyncio.get_running_loop()
        _, link = await loop.create_unix_connection(
            lambda: FrameLink(on_frame=lambda link, frame: None), str(self.folder / "s.sock")
        )
        link.send(pack(Hello(lane=lane, first_seq=first_seq)))
        try:
            yield link
        finally:
            link.close()

    async def outcomes(self, count: int) -> list[tuple[int, str, str]]:
        """Wait until the keeper was told of so many; what the comparer got is none of them."""
        return [(m.observation.seq, str(m.observation.outcome), m.observation.reason)
                for m in await self.keeper.has(count, Report)]  # fmt: skip


@pytest.fixture
def sending(backend: Any, peer: Any, tmp_path: Path) -> Any:
    @asynccontextmanager
    async def running(**leg: Any) -> AsyncIterator[Room]:
        candidate = Candidate()
        async with (
            backend(candidate.play) as port, peer("k.sock", keeper_decoder) as keeper,
            peer("c.sock", exchange_decoder) as comparer,
        ):  # fmt: skip
            config = Config(
                primary=Primary(url="http://127.0.0.1:1", build="old"),
                candidate=ShadowLeg(url=f"http://127.0.0.1:{port}", build="new", **leg), mirror=Mirror(drain_s=0.1),
            )
            sock = socket.socket(socket.AF_UNIX)
            sock.bind(str(tmp_path / "s.sock"))
            sock.listen()
            sock.setblocking(False)
            sender = Sender(Assignment(
                role="sender", run_id="r", index=0, config=config, listen_fd=-1, lane_path="",
                keeper_path=str(tmp_path / "k.sock"), comparer_paths=(str(tmp_path / "c.sock"),),
            ))  # fmt: skip
            room = Room(tmp_path, candidate, keeper, comparer)
            serving = asyncio.create_task(sender.serve(sock, room.lifeline))
            try:
                yield room
            finally:
                candidate.may_answer.set()
                room.lifeline.drain.set()
                await serving
                sock.close()

    return running


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.001)


def test_one_client_s_requests_keep_their_order_and_others_do_not_wait(run: Any, sending: Any) -> None:
    async def scenario() -> None:
        async with sending(connections=4) as room, room.listener() as link:
            room.candidate.may_answer.clear()
            for seq in (1, 2, 3):
                link.send(handed(seq, "ann", b"/ann/%d" % seq))
            link.send(handed(4, "bob", b"/bob"))
            await until(lambda: len(room.candidate.asked) == 2)
            await asyncio.sleep(0.05)
            assert sorted(room.candidate.asked) == ["/ann/1", "/bob"], "the second of ann waits for her first"
            room.candidate.may_answer.set()
            exchanges = await room.comparer.has(4)
            assert [one.seq for one in exchanges if one.client == "ann"] == [1, 2, 3]
            assert [path for path in room.candidate.asked if "ann" in path] == ["/ann/1", "/ann/2", "/ann/3"]

    run(scenario())


def test_what_a_comparer_held_is_shed_when_it_dies_and_the_rest_waits_for_its_successor(
    run: Any, sending: Any
) -> None:
    async def scenario() -> None:
        async with sending() as room, room.listener() as link:
            for seq in (1, 2, 3):
                link.send(handed(seq))
            await room.comparer.has(3)
            room.comparer.say(Settled(seqs=(("l", 1),)))
            # The word about the first has to be read before the end of the connection.
            await asyncio.sleep(0.05)
            await room.comparer.die()
            assert sorted(await room.outcomes(2)) == [(2, "shed", "comparer_lost"), (3, "shed", "comparer_lost")]
            link.send(handed(4))
            await until(lambda: len(room.candidate.asked) == 4)
            assert len(room.comparer.messages) == 3, "nobody there to take it"
            await room.comparer.start()
            assert [one.seq for one in await room.comparer.has(4)] == [1, 2, 3, 4]
            assert len(await room.outcomes(2)) == 2

    run(scenario())


def test_a_full_outbox_stops_the_reading_until_there_is_room(
    run: Any, sending: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keeper stores nothing: the sender holds what it may, and the rest stays in the listener's tee."""
    monkeypatch.setattr(module, "_OUTBOX_BYTES", 20_000)

    async def scenario() -> None:
        async with sending() as room, room.listener() as link:
            count = 8000
            for seq in range(1, count + 1):
                link.send(pack(Note(seq=seq, started_at=1.0, method="GET", target=b"/a", outcome=Outcome.skipped,
                                    reason="policy")))  # fmt: skip
            await until(lambda: link.buffered_bytes > 0)
            held = -1
            while held != len(room.keeper.messages):
                held = len(room.keeper.messages)
                await asyncio.sleep(0.1)
            assert held < count
            assert link.buffered_bytes > 0, "back-pressure, and nothing lost"
            # The keeper stores: everything comes, in order and once.
            done = 0
            while done < count:
                reports = [m.observation for m in room.keeper.messages if isinstance(m, Report)]
                room.keeper.say(Committed(seqs=tuple((o.lane, o.seq) for o in reports[done:])))
                done = len(reports)
                await asyncio.sleep(0.005)
            assert [seq for seq, _, _ in await room.outcomes(count)] == list(range(1, count + 1))

    run(scenario())


def test_an_open_breaker_sheds_by_its_reason(run: Any, sending: Any) -> None:
    async def scenario() -> None:
        async with sending(breaker_failures=2, timeout_s=0.05, breaker_open_s=60.0) as room, room.listener() as link:
            room.candidate.may_answer.clear()
            for seq in range(1, 6):
                link.send(handed(seq))
            failed = await room.comparer.has(2)
            assert {one.candidate.result.failure for one in failed} == {"timeout"}
            told = Counter((outcome, reason) for _, outcome, reason in await room.outcomes(3))
            assert told == {("shed", "breaker_open"): 3}
            assert len(room.candidate.asked) == 2

    run(scenario())


def test_a_lane_goes_on_where_its_listener_says_and_ends_when_all_of_it_is_stored(run: Any, sending: Any) -> None:
    async def scenario() -> None:
        async with sending() as room:
            async with room.listener(first_seq=5) as link:
                (first,) = await room.keeper.has(1, Resume)
                assert (first.lane, first.first_seq) == ("l", 5)
                link.send(handed(5))
                await room.comparer.has(1)
            await asyncio.sleep(0.05)
            assert len(await room.keeper.has(1, Resume)) == 1, "one of its exchanges may still arrive"
            room.comparer.say(Settled(seqs=(("l", 5),)))
            last = (await room.keeper.has(2, Resume))[-1]
            assert (last.lane, last.first_seq) == ("l", 1 << 62)

    run(scenario())
