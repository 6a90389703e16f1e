"""What each shadow leg is asked: the live request as the new contract has it, in the leg's own values.

Where nothing is mapped and no identity is learnt, requests go out as they came, and no answer is looked at here.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from shadow.config.model import Config, ShadowLeg
from shadow.endpoints import EndpointMap
from shadow.identity.marks import Marks
from shadow.identity.translator import Arrival, Translator
from shadow.ipc.messages import Handed
from shadow.mapping.book import MappingBook
from shadow.records import Leg, LegAnswer, RequestCopy
from shadow.translation import Translation

Key = tuple[str, int]

log = logging.getLogger("shadow.sender")


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """The legs to ask, and the requests of those that are not asked as the primary was. A leg is left out where a
    value that the request needs is lost."""

    legs: tuple[Leg, ...]
    instead: dict[Leg, RequestCopy] = {}


class Contract:
    """Mapping of the candidate, and a translator for each leg that makes its own values."""

    def __init__(self, config: Config) -> None:
        self._marks_path = Path(f"{config.ledger.path}.identity")
        self._mapping = MappingBook(config)
        self._translators: dict[Leg, Translator] = {}
        self.arrivals: dict[Key, dict[Leg, Arrival]] = {}
        # Whether what one exchange teaches counts for the next; whether every request goes out as it came.
        self.learns = False
        self.is_plain = not self._mapping

    def use(self, config: Config, endpoints: EndpointMap) -> None:
        """Work by a configuration from now on; what was learnt stays, unless nothing is to be learnt any more."""
        self._mapping = MappingBook(config)
        wanted: dict[Leg, ShadowLeg] = {}
        if config.identity.learn != "off":
            legs = {Leg.candidate: config.candidate, Leg.secondary: config.secondary}
            wanted = {leg: section for leg, section in legs.items() if section is not None and section.store == "own"}
        self._translators = {leg: one for leg, one in self._translators.items() if leg in wanted}
        for leg, section in wanted.items():
            wait_s = 2 * section.timeout_s
            known = self._translators.get(leg)
            if known is not None:
                known.use(config, endpoints, wait_s=wait_s)
            else:
                path = self._marks_path if leg is Leg.candidate else self._marks_path.with_suffix(".identity2")
                self._translators[leg] = Translator(config, endpoints, Marks(path), wait_s=wait_s)
        self.learns = bool(self._translators)
        self.is_plain = not self._translators and not self._mapping

    def arrived(self, key: Key, handed: Handed) -> None:
        """Announce what an exchange will teach."""
        primary = handed.primary.answer(Leg.primary).response
        if not self._translators or primary is None:
            return
        request = handed.request.copy()
        arrivals = self.arrivals[key] = {}
        for leg, translator in self._translators.items():
            if leg in handed.legs:
                try:
                    arrivals[leg] = translator.arrived(handed.client, request, primary)
                except Exception as error:  # noqa: BLE001 - an exchange may be lost to a bug, the sender may not
                    _told(error)

    async def requests(self, key: Key, handed: Handed) -> Asking:
        """Return what each leg is asked; waits for what an earlier exchange is about to teach."""
        instead: dict[Leg, RequestCopy] = {}
        legs = list(handed.legs)
        for leg, arrival in self.arrivals.get(key, {}).items():
            try:
                instead[leg] = await self._translators[leg].request(arrival)
            except Exception as error:  # noqa: BLE001 - see above
                arrival.lost = _told(error)
            if arrival.lost:
                legs.remove(leg)
        if self._mapping and Leg.candidate in legs:
            try:
                instead[Leg.candidate] = self._mapping.request(instead.get(Leg.candidate, handed.request.copy()))
            except Exception as error:  # noqa: BLE001 - see above
                _told(error)
                legs.remove(Leg.candidate)
        return Asking(legs=tuple(legs), instead=instead)

    def answered(self, key: Key, handed: Handed, answers: dict[Leg, LegAnswer]) -> dict[Leg, Translation]:
        """Learn from the answers; return what the comparer needs to read them."""
        found: dict[Leg, Translation] = {}
        for leg, arrival in self.arrivals.get(key, {}).items():
            answer = answers.get(leg)
            response = answer.response if answer is not None else None
            try:
                if response is not None and leg is Leg.candidate:
                    response = self._mapping.answer(handed.request.copy(), response)
                found[leg] = self._translators[leg].answered(arrival, response)
            except Exception as error:  # noqa: BLE001 - see above
                _told(error)
        return found

    def abandoned(self, key: Key) -> None:
        """An exchange has ended: what it has not taught by now is lost."""
        for leg, arrival in self.arrivals.pop(key, {}).items():
            if leg in self._translators:
                self._translators[leg].abandoned(arrival)


def _told(error: Exception) -> bool:
    # Its type only: its text may carry what the message did.
    log.error("mapping or identity failed on an exchange, a bug in shadow: %s", type(error).__name__)
    return True
