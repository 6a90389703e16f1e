"""Mismatches of safe requests that wait for two second looks, and what is made of them."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from shadow.compare.deadline import DeadlineError, run_within
from shadow.compare.pipeline import Comparer
from shadow.compare.triage import Look, decide
from shadow.config.model import Config
from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.messages import LookAgain
from shadow.records import Exchange, LegAnswer, LegState, Observation, Outcome, Triage
from shadow.triage import Triaged

SAFE = ("GET", "HEAD")
MOST_WAITING = 2_000

Key = tuple[str, int]

log = logging.getLogger("shadow.comparer")


class _Case(msgspec.Struct):
    """One mismatch with the looks that were had so far."""

    exchange: Exchange
    link: FrameLink
    size_bytes: int
    soon: Exchange | None = None


class Desk:
    """Asks for second looks, and decides when both are there. What is not decided stays pending, and fails.

    Unsafe requests are never asked again, and bounded is what waits: their mismatches stay pending, too.
    """

    def __init__(self, comparer: Comparer, config: Config, decided: Callable[[Triaged], None]) -> None:
        self._decided = decided
        self._cases: OrderedDict[Key, _Case] = OrderedDict()
        self._bytes = 0
        self.use(comparer, config)

    def __len__(self) -> int:
        return len(self._cases)

    def use(self, comparer: Comparer, config: Config) -> None:
        """Work by a configuration from now on."""
        self._comparer = comparer
        self._deadline_s = config.compare.deadline_s
        reask = config.compare.reask
        self._most_bytes = reask.waiting_bytes
        asked = reask.triage == "primary" or (reask.triage == "auto" and config.secondary is not None)
        self._is_on = asked and reask.most_ratio > 0

    def take(self, exchange: Exchange, observation: Observation, link: FrameLink) -> Observation:
        """Return the observation as it is to be reported: awaiting its triage, where second looks are to be had."""
        if not self._is_on or observation.outcome is not Outcome.mismatch or exchange.request.method not in SAFE:
            return observation
        if not exchange.request.complete or not observation.differences:
            return observation
        size = sum(len(one.response.body) for one in (exchange.primary, exchange.candidate) if one.response)
        size += len(exchange.request.body) + 4096
        if self._bytes + size > self._most_bytes or len(self._cases) >= MOST_WAITING:
            return observation
        self._cases[(exchange.lane, exchange.seq)] = _Case(exchange, link, size)
        self._bytes += size
        return msgspec.structs.replace(observation, awaits_triage=True)

    def ask(self, observation: Observation) -> None:
        """Ask for the looks at a mismatch that was taken, now that it is reported."""
        if observation.awaits_triage:
            case = self._cases[(observation.lane, observation.seq)]
            exchange = case.exchange
            case.link.send_late(pack(LookAgain(
                lane=exchange.lane, seq=exchange.seq, client=exchange.client, request=exchange.request,
                asked=exchange.asked,
            )))  # fmt: skip

    def looked(self, exchange: Exchange) -> None:
        """Take a second look's answers: the second of them decides, and none where a backend was not asked."""
        key = (exchange.lane, exchange.seq)
        case = self._cases.get(key)
        if case is None:
            return
        # Asked with the same values as the first time, answered in the same terms.
        exchange = msgspec.structs.replace(exchange, translations=case.exchange.translations)
        answered = all(one.result.state is LegState.answered for one in (exchange.primary, exchange.candidate))
        if not answered:
            self._end(key, Triage.pending, exchange.started_at)
        elif case.soon is None:
            case.soon = exchange
            self._bytes += case.size_bytes
            case.size_bytes *= 2
        else:
            self._end(key, self._within(lambda: self._decide(case, exchange)), exchange.started_at)

    def lost(self, link: FrameLink) -> None:
        """A sender is gone, and with it the looks it was asked for."""
        for key, case in list(self._cases.items()):
            if case.link is link:
                self._end(key, Triage.pending, case.exchange.started_at)

    def _decide(self, case: _Case, later: Exchange) -> Triage:
        first, soon = case.exchange, case.soon
        assert soon is not None
        comparer = self._comparer
        # All that differed, and what that was judged to be: one error body, an intended change that did not happen.
        differences = comparer.between(first, first.primary, comparer.in_old_terms(first).candidate)
        differences += comparer.open_differences(msgspec.structs.replace(first, secondary=None)) or []
        looks, terms = [], [comparer.in_old_terms(each) for each in (soon, later)]
        for each, read in zip((soon, later), terms, strict=True):
            found = comparer.open_differences(each)
            if found is None:
                return Triage.pending
            looks.append(Look(found, self._groups(first, first.primary, read.primary)))
        old = self._groups(first, terms[0].primary, terms[1].primary)
        new = self._groups(first, terms[0].candidate, terms[1].candidate)
        return decide(differences, looks[0], looks[1], old, new)

    def _groups(self, exchange: Exchange, one: LegAnswer, other: LegAnswer) -> frozenset[str]:
        return frozenset(each.group for each in self._comparer.between(exchange, one, other))

    def _within(self, work: Callable[[], Triage]) -> Triage:
        try:
            # Five comparisons, each of which has had its deadline once.
            return run_within(5 * self._deadline_s, work)
        except Exception as error:  # noqa: BLE001 - whatever breaks here leaves the mismatch as it is: failing
            if not isinstance(error, DeadlineError | ValueError):
                log.warning("second looks could not be compared (%s): the mismatch stays pending", type(error).__name__)
            return Triage.pending

    def _end(self, key: Key, triage: Triage, at: float) -> None:
        case = self._cases.pop(key)
        self._bytes -= case.size_bytes
        self._decided(Triaged(lane=key[0], seq=key[1], triage=triage, at=at))
