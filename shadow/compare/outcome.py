"""Decide how an exchange ended, from the states of its legs and from what became of its differences."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from shadow.records import Disposition, Exchange, LegAnswer, LegState, Outcome, ResponseCopy


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome with its reason."""

    outcome: Outcome = Outcome.mismatch
    reason: str = ""


# Members of enumerations and endings that nearly every exchange needs: to look one up costs more than to compare it.
_ANSWERED, _OPEN = LegState.answered, Disposition.open
_MISMATCH, _CUT = Ending(), Ending(reason="limit")
_MATCH, _NOISE_ONLY = Ending(outcome=Outcome.match), Ending(outcome=Outcome.noise_only)
_EXPECTED = Ending(outcome=Outcome.expected)


def end_before_comparing(exchange: Exchange, max_body_bytes: int) -> Ending | None:
    """Return the ending where the legs alone decide it, None where the answers have to be compared."""
    primary, candidate = exchange.primary, exchange.candidate
    if primary.result.state is not _ANSWERED:
        return _not_answered(primary, Outcome.primary_failed)
    if candidate.result.state is not _ANSWERED:
        return _not_answered(candidate, Outcome.candidate_failed)
    if primary.response is None or candidate.response is None:
        return Ending(outcome=Outcome.not_comparable, reason="leg_missing")
    if primary.response.status != candidate.response.status:
        return None
    if not exchange.request.complete:
        return Ending(outcome=Outcome.not_comparable, reason="too_large")
    for answer in (primary, candidate):
        reason = cut_reason(answer, max_body_bytes)
        if reason:
            return Ending(outcome=Outcome.not_comparable, reason=reason)
    return None


def cut_reason(answer: LegAnswer, max_body_bytes: int) -> str:
    """Return why a body is not whole: `too_large` where a limit cut the copy, `truncated` where the leg did."""
    response = answer.response
    if response is None or response.complete:
        return ""
    kept = len(response.body)
    return "too_large" if answer.result.body_bytes > kept or kept >= max_body_bytes else "truncated"


def has_body(method: str, response: ResponseCopy) -> bool:
    """Tell whether an answer may carry a body at all (RFC 9110, section 6.4.1)."""
    return method != "HEAD" and response.status not in (204, 304) and response.status >= 200


def end_after_comparing(dispositions: Iterable[Disposition], *, full: bool) -> Ending:
    """Return the ending for what became of the differences. `full`: there were more than could be kept."""
    seen = set(dispositions)
    if full or _OPEN in seen:
        return _CUT if full and _OPEN not in seen else _MISMATCH
    if not seen:
        return _MATCH
    return _EXPECTED if seen == {Disposition.expected} else _NOISE_ONLY


def _not_answered(answer: LegAnswer, failed: Outcome) -> Ending:
    if answer.result.state is LegState.failed:
        return Ending(outcome=failed, reason=answer.result.failure or "unknown")
    return Ending(outcome=Outcome.not_comparable, reason=answer.result.failure or "leg_missing")
