"""Asking backends again: the old build beside the candidate where there is no secondary, and second looks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from time import monotonic, time

import msgspec

from shadow.config.model import Config
from shadow.ipc.messages import LookAgain, Reasked
from shadow.ipc.wired import Answered
from shadow.legs.budget import Budget
from shadow.legs.call import not_called
from shadow.legs.legs import Legs
from shadow.records import Exchange, Leg, LegAnswer, LegState

SAFE = ("GET", "HEAD")
AT_ONCE = 2
"""Looks at once: so many more may be had after the first one that says stop."""
_TELL_S = 1.0


class Reask:
    """What a sender asks again, within its budget. `tell` is told of the counts now and then."""

    def __init__(self, legs: Legs, config: Config, tell: Callable[[Reasked], None]) -> None:
        self._legs = legs
        self._tell = tell
        self._told: Reasked | None = None
        self._told_at = 0.0
        self._draw = random.Random().random  # noqa: S311 - a sample, not a secret
        self._hurry = asyncio.Event()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._budget = Budget(config.compare.reask, senders=config.mirror.senders)
        self.use(config)

    def use(self, config: Config) -> None:
        """Work by a configuration from now on."""
        self._settings = config.compare.reask
        self._budget.use(self._settings, senders=config.mirror.senders)
        self._old = Leg.secondary if config.secondary is not None else Leg.primary
        self._is_on = self._old in self._legs.known

    def hurry(self) -> None:
        """The mirror ends: looks that are still to come are had at once."""
        self._hurry.set()

    def beside(self, legs: tuple[Leg, ...], method: str) -> tuple[Leg, ...]:
        """Return the legs to ask for an exchange: for a share of them the primary, too, to learn its noise."""
        self._budget.earn()
        if self._old is not Leg.primary:
            return legs
        ratio = self._settings.noise_ratio
        if Leg.secondary in legs:
            legs = tuple(leg for leg in legs if leg is not Leg.secondary)  # there is none: A/A with the primary alone
        if not ratio or method not in SAFE:
            return legs
        if self._draw() >= ratio or self._budget.take("noise", monotonic()):
            return legs
        return (*legs, Leg.primary)

    def saw_live(self, primary: Answered) -> None:
        """Look at an exchange for which the old build was not asked again."""
        if self._is_on:
            now = monotonic()
            if self._old is Leg.primary:
                self._budget.saw(primary.duration_s, primary.status, now)
            self._report(now)

    def saw(self, primary: LegAnswer, answers: dict[Leg, LegAnswer]) -> None:
        """Look at an exchange: how the old build is doing. The primary's second answer becomes the secondary's."""
        if not self._is_on:
            return
        now = monotonic()
        again = answers.pop(Leg.primary, None)
        if again is not None and not self._watch(again, now):
            result = msgspec.structs.replace(again.result, leg=Leg.secondary)
            answers[Leg.secondary] = msgspec.structs.replace(again, result=result)
        of = primary if self._old is Leg.primary else answers.get(Leg.secondary)
        if of is not None and of.result.state is LegState.answered:
            self._budget.saw(of.result.duration_s, of.result.status, now)
        self._report(now)

    async def look(self, wanted: LookAgain, answer: Callable[[Exchange], None]) -> None:
        """Have two looks and answer each; where one may not be had, no backend is called in its answer."""
        for number, delay_s in ((1, self._settings.soon_s), (2, self._settings.later_s)):
            await self._wait(delay_s)
            started_at = time()
            async with self._turn:
                # Asked for when nothing but the backends is left to wait for, so that a stop meanwhile holds.
                refused, answers = "" if self._is_on else "off", dict[Leg, LegAnswer]()
                refused = refused or self._budget.take("triage", monotonic())
                if not refused:
                    started_at = time()
                    legs = (Leg.candidate, self._old)
                    answers = await self._legs.ask(legs, wanted.request, wanted.asked)
                    limited = [self._watch(answers[each], monotonic()) for each in legs]
                    if True in limited:
                        refused, answers = "limited", {}  # that is no answer to what was asked
                self._report(monotonic())
            old = answers.get(self._old) or not_called(Leg.primary, refused)
            answer(Exchange(
                lane=wanted.lane,
                seq=wanted.seq,
                started_at=started_at,
                client=wanted.client,
                request=wanted.request,
                primary=msgspec.structs.replace(old, result=msgspec.structs.replace(old.result, leg=Leg.primary)),
                candidate=answers.get(Leg.candidate) or not_called(Leg.candidate, refused),
                look=number,
            ))  # fmt: skip
            if refused:
                return

    async def _wait(self, delay_s: float) -> None:
        try:
            async with asyncio.timeout(delay_s):
                await self._hurry.wait()
        except TimeoutError:
            pass

    def _watch(self, answer: LegAnswer, now: float) -> bool:
        """Stop at once where the old build limits or fails, or the candidate limits; return whether one did limit."""
        result, response = answer.result, answer.response
        old = result.leg is not Leg.candidate
        if result.state is LegState.failed and old:
            self._budget.stop("failing", now)
        elif response is not None and response.status in ((429, 503) if old else (429,)):
            self._budget.stop("limited", now, for_s=_retry_after_s(response.headers))
            return True
        return False

    def _report(self, now: float) -> None:
        if now - self._told_at < _TELL_S:
            return
        budget = self._budget
        counts = Reasked(
            asked=dict(budget.asked), refused=dict(budget.refused), stops=dict(budget.stops),
            stopped=budget.is_stopped(now),
        )  # fmt: skip
        if counts != self._told:
            self._told, self._told_at = counts, now
            self._tell(counts)


def _retry_after_s(headers: tuple[tuple[bytes, bytes], ...]) -> float:
    for name, value in headers:
        if name.lower() == b"retry-after" and value.strip().isdigit():
            return float(value)
    return 0.0
