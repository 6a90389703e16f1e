"""Compare two answers of one request: status, headers, body. Pure; noise and rules come later."""

from __future__ import annotations

import msgspec

from shadow.compare.body import compare_bodies, show_body
from shadow.compare.found import Found
from shadow.compare.headers import HeaderRules, compare_headers, header_order
from shadow.compare.opened import Opener
from shadow.compare.outcome import has_body
from shadow.config.model import Compare
from shadow.records import Kind, ResponseCopy


class AnswerDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two answers. `full` tells that there was more than could be kept."""

    found: list[Found] = []
    full: bool = False


def compare_answers(
    method: str,
    old: ResponseCopy,
    new: ResponseCopy,
    limits: Compare,
    header_rules: HeaderRules,
    opener: Opener | None = None,
) -> AnswerDiff:
    """Compare two whole answers; what shares an `opener` is decoded once.

    Raises UndecodableError, TooLargeError, LimitError or RecursionError.

    Cannot see: headers and body where the statuses differ, since another status is another answer; trailers;
    reason phrases; interim answers.
    """
    if old.status != new.status:
        return AnswerDiff(found=[Found(kind=Kind.status, area="status", old=old.status, new=new.status)])
    bodies = has_body(method, old)
    found = compare_headers(old.headers, new.headers, header_rules, with_length=method == "HEAD")
    if bodies and not (old.body == new.body and _same_coding(found)):
        body = compare_bodies(old, new, limits, opener)
        if body.found or body.full:
            return AnswerDiff(found=found + body.found, full=body.full)
        found = [_said_of_coding(each) for each in found]
    if not found and (moved := header_order(old.headers, new.headers)) is not None:
        return AnswerDiff(found=[moved])
    return AnswerDiff(found=found)


def _said_of_coding(found: Found) -> Found:
    if found.segments != ("content-encoding",):
        return found
    return msgspec.structs.replace(found, note="the same body, other compression")


def _same_coding(found: list[Found]) -> bool:
    # The same bytes under another content-encoding or type are another body.
    return not any(each.segments in (("content-encoding",), ("content-type",)) for each in found)


def collapse_error(open_found: list[Found], old: ResponseCopy, new: ResponseCopy, limits: Compare) -> Found:
    """Return the one difference that stands for all open ones in the bodies of two equally failing answers."""
    groups = list(dict.fromkeys(f"{each.kind.value} {each.group.removeprefix('body:')}" for each in open_found))
    more = f" and {len(groups) - 3} more" if len(groups) > 3 else ""
    note = ", ".join(groups[:3]) + more
    first = open_found[0]
    shown = (show_body(old, limits), show_body(new, limits)) if first.segments is not None else (first.old, first.new)
    return Found(kind=Kind.error_body, area="body", old=shown[0], new=shown[1], note=note)

