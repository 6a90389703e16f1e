"""Who has taken a reload over, and who is still awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from shadow.ipc.assignment import Reloaded


class Acks:
    """Counts answers to reloads. Each reload has a number, and is answered by all who were told of it."""

    def __init__(self) -> None:
        self._number = 0
        self._awaited: dict[int, set[str]] = {}
        self._problems: dict[int, dict[str, str]] = {}
        self._changed = asyncio.Event()

    def next(self) -> int:
        """Return the number of one more reload."""
        self._number += 1
        return self._number

    def expect(self, number: int, who: Iterable[str]) -> None:
        """These were told; nobody else's answer is waited for."""
        self._awaited[number] = set(who)
        self._problems[number] = {}

    def take(self, answer: Reloaded) -> None:
        """Somebody has answered. An answer that is not waited for any more changes nothing."""
        if answer.number in self._awaited:
            self._awaited[answer.number].discard(answer.who)
            if answer.problem:
                self._problems[answer.number][answer.who] = answer.problem
            self._changed.set()

    def forget(self, who: str) -> None:
        """A process has ended: its successor starts with what holds then."""
        for awaited in self._awaited.values():
            awaited.discard(who)
        self._changed.set()

    async def wait(self, number: int, timeout_s: float) -> dict[str, str]:
        """Wait until all have answered; return who did not take it over, each with what is known of it."""
        try:
            async with asyncio.timeout(timeout_s):
                while self._awaited[number]:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass  # who it was is said below
        silent = dict.fromkeys(self._awaited.pop(number), f"no answer within {timeout_s:g} s")
        return dict(sorted((silent | self._problems.pop(number)).items()))
