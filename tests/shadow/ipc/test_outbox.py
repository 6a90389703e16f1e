"""Nothing is forgotten until the keeper has said that the ledger has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.messages import (
    Committed,
    Decided,
    Joined,
    Known,
    LegStatus,
    Report,
    Resume,
    Taught,
    ToKeeper,
    keeper_decoder,
)
from shadow.ipc.outbox import Outbox
from shadow.learnt.book import Learnt
from shadow.records import Leg, Observation, Outcome, Triage
from shadow.triage import Triaged


def observed(seq: int, lane: str = "a", reason: str = "") -> Observation:
    return Observation(lane=lane, seq=seq, started_at=1.0, endpoint="GET /", outcome=Outcome.match, reason=reason)


class Keeper:
    """A stand-in at the other end of the socket: remembers messages, acknowledges when told."""

    def __init__(self) -> None:
        self.messages: list[ToKeeper] = []
        self.links: list[FrameLink] = []

    def on_frame(self, link: FrameLink, frame: bytes) -> None:
        self.messages.append(keeper_decoder.decode(frame))

    def commit(self, *seqs: int) -> None:
        self.links[-1].send(pack(Committed(seqs=tuple(("a", seq) for seq in seqs))))

    @property
    def seqs(self) -> list[int]:
        return [m.observation.seq for m in self.messages if isinstance(m, Report)]


@asynccontextmanager
async def keeping(path: Path) -> AsyncIterator[Keeper]:
    path.unlink(missing_ok=True)
    keeper = Keeper()
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: FrameLink(on_frame=keeper.on_frame, on_open=keeper.links.append), str(path)
    )
    try:
        yield keeper
    finally:
        server.close()
        for link in keeper.links:
            link.close()
        await settle(lambda: all(link.closed for link in keeper.links))


async def settle(done: Any) -> None:
    while not done():
        await asyncio.sleep(0.001)


class Owner:
    """An outbox that runs, and what it told its owner."""

    def __init__(self, path: Path, *, limit_bytes: int = 1 << 20) -> None:
        self.committed: list[tuple[str, int]] = []
        self.rooms = 0
        self.box = Outbox(str(path), limit_bytes=limit_bytes, on_committed=self.committed.extend, on_room=self._room)

    def _room(self) -> None:
        self.rooms += 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Outbox]:
        task = asyncio.create_task(self.box.run())
        try:
            yield self.box
        finally:
            task.cancel()
            await asyncio.wait([task])


def test_reports_go_out_and_are_forgotten_once_committed(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        owner = Owner(tmp_path / "k")
        async with keeping(tmp_path / "k") as keeper, owner.running() as box:
            await box.wait_empty()
            for seq in (1, 2, 2, 3):
                box.report(observed(seq))
            await settle(lambda: keeper.seqs == [1, 2, 3])
            waiting = asyncio.create_task(box.wait_empty())
            keeper.commit(1, 3)
            await settle(lambda: owner.committed == [("a", 1), ("a", 3)])
            assert not waiting.done()
            keeper.commit(2, 99)
            await waiting
            assert owner.committed[2:] == [("a", 2), ("a", 99)]

    run(scenario())


def test_a_new_keeper_is_told_again_what_was_not_acknowledged(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        owner = Owner(tmp_path / "k")
        async with owner.running() as box:
            box.resume("a", 1)
            box.report(observed(1))  # nobody is there yet
            async with keeping(tmp_path / "k") as first:
                await settle(lambda: first.seqs == [1])
                box.report(observed(2))
                box.report(observed(3))
                await settle(lambda: first.seqs == [1, 2, 3])
                first.commit(2)
                await settle(lambda: owner.committed)
            box.report(observed(4))
            box.resume("a", 9)
            async with keeping(tmp_path / "k") as second:
                await settle(lambda: len(second.messages) == 4)
                assert second.messages == [
                    Resume(lane="a", first_seq=9), *(Report(observation=observed(seq)) for seq in (1, 3, 4))]
                second.commit(1, 3, 4)
                await box.wait_empty()

    run(scenario())


def test_full_and_room_again(run: Any, tmp_path: Path) -> None:
    size = len(pack(Report(observation=observed(1, reason="x" * 100))))

    async def scenario() -> None:
        owner = Owner(tmp_path / "k", limit_bytes=4 * size)
        async with keeping(tmp_path / "k") as keeper, owner.running() as box:
            for seq in (1, 2, 3, 4):
                assert not box.is_full
                box.report(observed(seq, reason="x" * 100))
            assert box.is_full
            await settle(lambda: len(keeper.seqs) == 4)
            keeper.commit(1, 2)
            await settle(lambda: len(owner.committed) == 2)
            assert (box.is_full, owner.rooms) == (False, 0)  # room is told of with slack, not at every step
            keeper.commit(3)
            await settle(lambda: owner.rooms == 1)
            keeper.commit(4)
            await box.wait_empty()
            assert owner.rooms == 1

    run(scenario())


def test_ending_the_outbox_closes_its_link(run: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        owner = Owner(tmp_path / "k")
        async with keeping(tmp_path / "k") as keeper:
            async with owner.running() as box:
                box.report(observed(1))
                await settle(lambda: keeper.seqs == [1])
            await settle(lambda: keeper.links[0].closed)

    run(scenario(), limit_s=3)


def test_every_keeper_learns_who_speaks_and_how_the_breakers_are(run: Any, tmp_path: Path) -> None:
    def status(breaker: str, trips: int, endpoint: str = "") -> LegStatus:
        return LegStatus(leg=Leg.candidate, breaker=breaker, trips_total=trips, endpoint=endpoint)

    async def scenario() -> None:
        box = Outbox(str(tmp_path / "k"), who="sender 0", limit_bytes=1 << 20, on_committed=lambda seqs: None,
                     on_room=lambda: None)
        task = asyncio.create_task(box.run())
        box.tell(status("closed", 0))  # nobody is there yet
        async with keeping(tmp_path / "k") as first:
            await settle(lambda: len(first.messages) == 2)
            box.tell(status("open", 1, "GET /a"))
            await settle(lambda: len(first.messages) == 3)
        assert first.messages == [Joined(who="sender 0"), status("closed", 0), status("open", 1, "GET /a")]
        async with keeping(tmp_path / "k") as second:
            # The last word again; the endpoint was news once.
            await settle(lambda: len(second.messages) == 2)
        assert second.messages == [Joined(who="sender 0"), status("open", 1)]
        task.cancel()
        await asyncio.wait([task])

    run(scenario())


def test_a_decision_is_kept_until_it_is_stored_and_sent_again_to_a_new_keeper(tmp_path: Path) -> None:
    async def run() -> None:
        owner = Owner(tmp_path / "k")
        triaged = Triaged(lane="a", seq=1, triage=Triage.transient, at=1.0)
        async with owner.running() as box:
            box.report(observed(1))
            box.decide(triaged)
            for _ in range(2):
                async with keeping(tmp_path / "k") as keeper:
                    await settle(lambda keeper=keeper: len(keeper.messages) == 2)
                    # The observation first, so that there is something to decide about.
                    assert [type(message) for message in keeper.messages] == [Report, Decided]
            async with keeping(tmp_path / "k") as keeper:
                await settle(lambda: len(keeper.messages) == 2)
                keeper.commit(1)
                await settle(lambda: owner.committed)
                assert not box._empty.is_set()
                keeper.links[-1].send(pack(Committed(triaged=(("a", 1),))))
                await box.wait_empty()

    asyncio.run(run())


def test_what_is_learnt_is_said_once_and_heard(tmp_path: Path) -> None:
    async def run() -> None:
        owner = Owner(tmp_path / "k")
        heard: list[Taught | Known] = []
        owner.box._on_learnt = heard.append
        learnt = (Learnt(build="p", endpoint="GET /", pairs=1.0, at=1.0),)
        async with owner.running() as box:
            assert not box.teach(learnt)
            async with keeping(tmp_path / "k") as keeper:
                await settle(lambda: keeper.links)
                await settle(lambda: box.teach(learnt))
                await settle(lambda: keeper.messages)
                assert keeper.messages == [Taught(learnt=learnt)]
                keeper.links[-1].send(pack(Known(learnt=learnt)))
                await settle(lambda: heard)
                assert heard == [Known(learnt=learnt)]

    asyncio.run(run())
