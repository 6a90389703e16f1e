"""What of an exchange is rendered for the ledger: signatures always, values and an example where they may be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from shadow.compare.found import Found
from shadow.compare.outcome import Ending
from shadow.compare.quota import Quota
from shadow.compare.stored import store_difference, store_request, store_response, store_signature
from shadow.config.model import Compare
from shadow.records import Difference, Disposition, Example, Exchange, Kind, Leg, LegAnswer, ResponseCopy
from shadow.redact import Redactor

_MOST_SIGNATURES = 20_000


class Judged(NamedTuple):
    """A difference, what became of it, and who covered it."""

    found: Found
    disposition: Disposition
    by: str


class Showing:
    """Renders what is stored, redacted and bounded."""

    def __init__(self, redactor: Redactor, limits: Compare) -> None:
        self._redactor = redactor
        self._limits = limits
        self._quota = Quota()
        self._signatures: dict[tuple[Kind, str, Disposition, str], Difference] = {}

    def grants(self, endpoint: str, ending: Ending, judged: Sequence[Judged], at: float) -> bool:
        """Tell whether differences get their values and a failing exchange its example."""
        marks = {(endpoint, each.found.kind, each.found.group, each.disposition) for each in judged}
        return self._quota.grant(marks or ((endpoint, ending),), at)

    def differences(self, judged: list[Judged], *, shown: bool) -> tuple[Difference, ...]:
        """Keep the open ones first, then one of each signature, then the others, up to the limit."""
        limit = self._limits.max_differences
        if len(judged) > limit:
            seen: set[tuple[Kind, str, Disposition, str]] = set()
            first: list[Judged] = []
            again: list[Judged] = []
            for each in sorted(judged, key=lambda each: each.disposition is not Disposition.open):
                signature = (each.found.kind, each.found.group, each.disposition, each.by)
                (again if signature in seen else first).append(each)
                seen.add(signature)
            dropped = len(judged) - limit
            judged = (first + again)[:limit]
            last = judged[-1]
            note = f"{last.found.note}; {dropped} more differences are not kept".removeprefix("; ")
            judged[-1] = last._replace(found=msgspec.structs.replace(last.found, note=note))
        if not shown:
            return tuple(self._signature(each) for each in judged)
        return tuple(store_difference(self._redactor, *each) for each in judged)

    def example(self, exchange: Exchange, differences: tuple[Difference, ...]) -> Example | None:
        """Return the exchange as an example; None where the primary has no answer."""
        redactor, limit = self._redactor, self._limits.max_decoded_bytes

        def shown(answer: LegAnswer | None) -> ResponseCopy | None:
            return answer.response if answer is not None else None

        primary = exchange.primary.response
        if primary is None:
            return None
        candidate, secondary = shown(exchange.candidate), shown(exchange.secondary)
        asked = exchange.asked.get(Leg.candidate)
        return Example(
            observed_at=exchange.started_at,
            request=store_request(redactor, exchange.request, limit),
            primary=store_response(redactor, primary, limit),
            candidate=store_response(redactor, candidate, limit) if candidate is not None else None,
            secondary=store_response(redactor, secondary, limit) if secondary is not None else None,
            differences=differences,
            asked=store_request(redactor, asked, limit) if asked is not None and asked != exchange.request else None,
        )

    def _signature(self, judged: Judged) -> Difference:
        """Return no more than what a difference counts for; there are few different ones."""
        key = (judged.found.kind, judged.found.group, judged.disposition, judged.by)
        known = self._signatures.get(key)
        if known is None:
            if len(self._signatures) >= _MOST_SIGNATURES:
                self._signatures.clear()
            known = self._signatures[key] = store_signature(self._redactor, *judged)
        return known
