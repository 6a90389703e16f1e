"""What one comparer learns, all know; what a run learnt, the next one knows."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from shadow.config.again import Noise
from shadow.config.model import Ledger
from shadow.ipc.frames import FrameLink
from shadow.ipc.messages import Known, Taught, committed_decoder
from shadow.keeper.scribe import Scribe
from shadow.keeper.teacher import STORE_S, Teacher
from shadow.learnt.book import Learnt
from shadow.learnt.seen import Seen
from shadow.ledger.noise import read_noise
from shadow.ledger.writer import LedgerWriter
from tests.manual_clock import ManualClock

AT = 1_700_000_100.0


def lesson(varied: float = 1.0, build: str = "p1", group: str = "body:$.id") -> Learnt:
    return Learnt(build=build, endpoint="GET /a", pairs=varied, at=AT, groups={group: Seen(varied=varied)})


class Pupil:
    """A comparer's end of a real socket pair."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.here: FrameLink
        self.there: FrameLink

    async def connect(self) -> Pupil:
        loop = asyncio.get_running_loop()
        a, b = socket.socketpair()
        _, self.here = await loop.create_connection(lambda: FrameLink(on_frame=self._frame), sock=a)
        _, self.there = await loop.create_connection(lambda: FrameLink(on_frame=self._frame), sock=b)
        return self

    def _frame(self, link: FrameLink, frame: bytes) -> None:
        self.heard.append(committed_decoder.decode(frame))

    async def wait(self, n: int) -> None:
        while len(self.heard) < n:
            await asyncio.sleep(0.001)


@asynccontextmanager
async def teaching(path: Path, clock: ManualClock) -> AsyncIterator[Teacher]:
    scribe = Scribe(lambda: LedgerWriter.open(path, Ledger()))
    yield Teacher(scribe, clock, Noise())
    await scribe.close()


@asynccontextmanager
async def pupils(n: int) -> AsyncIterator[list[Pupil]]:
    made = [await Pupil().connect() for _ in range(n)]
    yield made
    for pupil in made:
        for link in (pupil.here, pupil.there):
            link.close()
            while not link.closed:
                await asyncio.sleep(0.001)


def test_the_others_are_told_at_once_and_the_teller_is_not(tmp_path: Path) -> None:
    async def run() -> None:
        async with teaching(tmp_path / "l.db", ManualClock(AT)) as teacher, pupils(3) as (one, two, sender):
            await teacher.begin()
            teacher.join(one.there, "comparer 0")
            teacher.join(two.there, "comparer 1")
            teacher.join(sender.there, "sender 0")
            teacher.hear(Taught(learnt=(lesson(),)), one.there)
            await two.wait(2)
            # First what the ledger knows, nothing so far: a comparer waits for that word.
            assert two.heard == [Known(learnt=()), Taught(learnt=(lesson(),))]
            teacher.leave(two.there)
            teacher.hear(Taught(learnt=(lesson(),)), two.there)
            await one.wait(2)
            assert (len(one.heard), len(two.heard), sender.heard) == (2, 2, [])

    asyncio.run(run())


def test_the_next_run_knows_it(tmp_path: Path) -> None:
    """Stored when it is time, and told to comparers that connect, before or after the ledger was opened."""
    clock = ManualClock(AT)

    async def first() -> None:
        async with teaching(tmp_path / "l.db", clock) as teacher, pupils(1) as (one,):
            await teacher.begin()
            teacher.hear(Taught(learnt=(lesson(3),)), one.there)
            await teacher.store()
            assert read_noise(tmp_path / "l.db") == []
            clock.advance(STORE_S)
            await teacher.store()
            teacher.hear(Taught(learnt=(lesson(1, group="body:$.t"),)), one.there)
            await teacher.store(last=True)

    async def second() -> None:
        async with teaching(tmp_path / "l.db", clock) as teacher, pupils(2) as (early, late):
            teacher.join(early.there, "comparer 0")
            teacher.hear(Taught(learnt=(lesson(2),)), early.there)
            await teacher.begin()
            teacher.join(late.there, "comparer 1")
            await early.wait(1)
            await late.wait(1)
            for known in (early.heard[0], late.heard[0]):
                assert isinstance(known, Known)
                (whole,) = known.learnt
                assert {name: round(seen.varied) for name, seen in whole.groups.items()} == {
                    "body:$.id": 5, "body:$.t": 1,
                }  # fmt: skip

    asyncio.run(first())
    asyncio.run(second())
