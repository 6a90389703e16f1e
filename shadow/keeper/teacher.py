"""What the comparers learn of noise, added up, told to the others, and kept in the ledger."""

from __future__ import annotations

from shadow.clock import Clock
from shadow.config.again import Noise
from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.messages import Known, Taught
from shadow.keeper.scribe import Scribe
from shadow.learnt.book import Book

STORE_S = 5.0
"""What was learnt is stored so often; that much of it is lost with a keeper, and learnt again."""


class Teacher:
    """One book for all comparers."""

    def __init__(self, scribe: Scribe, clock: Clock, settings: Noise) -> None:
        self._scribe = scribe
        self._clock = clock
        self._book = Book(half_life_pairs=settings.half_life_pairs, half_life_s=settings.half_life_s)
        self._pupils: set[FrameLink] = set()
        self._changed: set[tuple[str, str]] = set()
        self._due = clock.monotonic() + STORE_S
        self._begun = False

    def use(self, settings: Noise) -> None:
        """Fade by other half-lives from now on."""
        self._book.half_life_pairs, self._book.half_life_s = settings.half_life_pairs, settings.half_life_s

    async def begin(self) -> None:
        """Read what former runs learnt, and tell those who have connected meanwhile. Raises as the scribe does."""
        stored = await self._scribe.noise()
        early = list(self._book)
        for whole in stored:
            self._book.replace(whole)
        for learnt in early:
            self._book.add(learnt)
        self._begun = True
        for link in self._pupils:
            self._tell(link)

    def join(self, link: FrameLink, who: str) -> None:
        """A process connected; comparers are told what is known."""
        if who.startswith("comparer"):
            self._pupils.add(link)
            if self._begun:
                self._tell(link)

    def leave(self, link: FrameLink) -> None:
        """A connection ended."""
        self._pupils.discard(link)

    def hear(self, taught: Taught, source: FrameLink) -> None:
        """Add what a comparer learnt, and tell the others."""
        for learnt in taught.learnt:
            self._book.add(learnt)
            self._changed.add((learnt.build, learnt.endpoint))
        others = [link for link in self._pupils if link is not source]
        frame = pack(taught) if others else b""
        for link in others:
            link.send_late(frame)

    async def store(self, *, last: bool = False) -> None:
        """Write what changed, when it is time. Raises as the scribe does; what was not stored stays due."""
        if not self._changed or not (last or self._clock.monotonic() >= self._due):
            return
        changed = self._changed.copy()
        wholes = [whole for key in changed if (whole := self._book.whole(*key)) is not None]
        await self._scribe.record_noise(wholes, self._book.builds)
        self._changed -= changed
        self._due = self._clock.monotonic() + STORE_S

    def _tell(self, link: FrameLink) -> None:
        # Also where nothing is known: a comparer waits for the word.
        link.send(pack(Known(learnt=tuple(self._book))))
