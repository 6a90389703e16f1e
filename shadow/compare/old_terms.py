"""The shadow legs' answers as the old contract would have them: intended changes undone, own values replaced.

Only what is compared is changed: examples, and what is told of the legs, show the answers as they came.
"""

from __future__ import annotations

import msgspec

from shadow.compare.found import Found
from shadow.config.model import Config
from shadow.endpoints import EndpointMap
from shadow.identity.back import in_old_values, is_lost
from shadow.identity.places import Places
from shadow.mapping.book import MappingBook
from shadow.paths import Segments, Wild, parse_pattern
from shadow.records import Exchange, Kind, Leg, LegAnswer


class OldTerms:
    """Undoes what `mapping` and `identity` say; where they say nothing, exchanges stay as they are."""

    def __init__(self, config: Config, endpoints: EndpointMap) -> None:
        self._mapping = MappingBook(config)
        self._places = Places(config, endpoints)

    def of(self, exchange: Exchange) -> Exchange:
        """Return an exchange whose shadow answers can be compared with the primary's."""
        if not self._mapping and not exchange.translations:
            return exchange
        secondary, primary = exchange.secondary, exchange.primary
        if exchange.look and Leg.secondary in exchange.translations:
            # In a second look the secondary stands for the primary, and answers with values of its own.
            primary = self._answer(exchange, primary, Leg.secondary)
        return msgspec.structs.replace(
            exchange,
            primary=primary,
            candidate=self._answer(exchange, exchange.candidate, Leg.candidate),
            secondary=self._answer(exchange, secondary, Leg.secondary) if secondary is not None else None,
        )

    def is_lost(self, exchange: Exchange) -> bool:
        """Whether the candidate's answer says nothing, since it was asked with a value that is not its own."""
        translation = exchange.translations.get(Leg.candidate)
        old, new = exchange.primary.response, exchange.candidate.response
        if translation is None or old is None or new is None:
            return False
        return is_lost(translation, old.status, new.status)

    def with_broken(self, exchange: Exchange, found: list[Found]) -> list[Found]:
        """Add the places at which the pairs of old and new values contradict each other."""
        translation = exchange.translations.get(Leg.candidate)
        if translation is None or not translation.broken:
            return found
        marked = list(found)
        for place, words in translation.broken:
            area, segments = _place(place)
            note = f"the identity map is broken: {words}"
            at = next((n for n, each in enumerate(marked) if (each.area, each.segments) == (area, segments)), None)
            if at is None:
                marked.append(Found(kind=Kind.value, area=area, segments=segments, note=note))
            else:
                marked[at] = msgspec.structs.replace(marked[at], note=note)
        return marked

    def _answer(self, exchange: Exchange, answer: LegAnswer, leg: Leg) -> LegAnswer:
        response = answer.response
        if response is None:
            return answer
        if leg is Leg.candidate and self._mapping:
            response = self._mapping.answer(exchange.request, response)
        translation = exchange.translations.get(leg)
        if translation is not None:
            response = in_old_values(self._places, exchange.request, response, translation)
        return answer if response is answer.response else msgspec.structs.replace(answer, response=response)


def _place(text: str) -> tuple[str, Segments | None]:
    pattern = parse_pattern(text.partition("[")[0] if text.startswith("header:") else text)
    segments = pattern.segments or ()
    return pattern.area, tuple(each for each in segments if not isinstance(each, Wild))
