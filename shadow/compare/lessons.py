"""What this comparer learnt of noise, told to the keeper, and what others learnt, taken over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from shadow.compare.noise import NoiseMemory
from shadow.ipc.messages import Known, Taught
from shadow.learnt.book import Learnt
from shadow.redact import Redactor

TELL_S = 1.0
WAIT_S = 5.0
"""How long a comparer that has just started waits for what is known; then it goes to work without."""


class Lessons:
    """Between a comparer's memory and the keeper. `teach` hands increments on and says whether it could."""

    def __init__(self, memory: NoiseMemory, redactor: Redactor, teach: Callable[[tuple[Learnt, ...]], bool]) -> None:
        self._memory = memory
        self._redactor = redactor
        self._teach = teach
        self._unsaid: tuple[Learnt, ...] = ()
        self._told = asyncio.Event()

    def use(self, redactor: Redactor) -> None:
        """Redact by this from now on."""
        self._redactor = redactor

    def take(self, message: Taught | Known) -> None:
        """Add what another comparer learnt; take over what the ledger knows, where that is more than is known here."""
        for learnt in message.learnt:
            if isinstance(message, Taught):
                self._memory.add(learnt)
            elif self._memory.pairs(learnt.endpoint, learnt.build) < learnt.pairs:
                self._memory.replace(learnt)
        if isinstance(message, Known):
            self._told.set()

    async def wait(self, *, at_most_s: float = WAIT_S) -> bool:
        """Wait for what the ledger knows; return whether it came. What is compared without it may be called a
        mismatch that is known noise."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._told.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Tell the keeper every now and then, until cancelled."""
        while True:
            await asyncio.sleep(TELL_S)
            self.tell()

    def tell(self) -> None:
        """Tell what is new; where nobody listens, it waits."""
        if not self._unsaid:
            self._unsaid = tuple(self._shareable(learnt) for learnt in self._memory.take_new())
        if self._unsaid and self._teach(self._unsaid):
            self._unsaid = ()

    def _shareable(self, learnt: Learnt) -> Learnt:
        """Leave out places whose very path would have to be redacted: they are known here only."""
        text = self._redactor.text
        groups = {group: seen for group, seen in learnt.groups.items() if text(group) == group}
        return learnt if len(groups) == len(learnt.groups) else msgspec.structs.replace(learnt, groups=groups)
