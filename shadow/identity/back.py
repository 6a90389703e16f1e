"""The comparer's side: a leg's answer in the primary's values. What a pair says of an id counts only where its kind
stands, so that a quantity of 93 is never taken for the order 93."""

from __future__ import annotations

from shadow.identity.kinds import UNIQUE_CHARS
from shadow.identity.places import Places
from shadow.records import RequestCopy, ResponseCopy
from shadow.translation import Translation

_REFUSED = (401, 403)
_GONE = (404, 410)
_ELSEWHERE = (302, 303, 307)


def in_old_values(
    places: Places, request: RequestCopy, response: ResponseCopy, translation: Translation
) -> ResponseCopy:
    """Return an answer with the leg's values replaced by those of the primary, as far as they are paired."""
    if not translation.pairs:
        return response
    olds = {(kind, new): old for kind, old, new in translation.pairs}
    unique = {new: old for _, old, new in translation.pairs if len(new) >= UNIQUE_CHARS}
    return places.answer(
        request, response, lambda kind, value: olds.get((kind, value), unique.get(value))
    )


def is_lost(translation: Translation, old_status: int, new_status: int) -> bool:
    """Whether one side refused what the other one knows, and the request carried something that may be paired without
    our knowing: then the answers say nothing about the two builds.

    Cannot see: an unknown id that happens to be another resource's on the new side.
    """
    statuses = (old_status, new_status)
    if (old_status < 400) == (new_status < 400) and not (old_status < 300 and new_status in _ELSEWHERE):
        return False
    if translation.unsure_who and new_status in (*_REFUSED, *_ELSEWHERE):
        return True
    return translation.unsure_what and any(status in _GONE for status in statuses)
