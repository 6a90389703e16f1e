"""Does a pattern cover a group, the place of a difference without its indexes? Yes, no, or it cannot be told. Pure."""

from __future__ import annotations

from enum import Enum

from shadow.paths import Pattern, Wild, is_id_key, parse_pattern

CUT = "…"
MARK = "‹"


class Fit(Enum):
    """Whether a pattern matches every place that a group stands for, none of them, or perhaps some."""

    yes = "yes"
    no = "no"
    maybe = "maybe"


def read_group(text: str) -> Pattern | None:
    """Return the place that a stored group names, or None where it was cut or redacted, so that it names none."""
    if CUT in text or MARK in text:
        return None
    try:
        return parse_pattern(text)
    except ValueError:
        return None


def fit(pattern: Pattern, group: Pattern | None) -> Fit:
    """Match a rule's pattern with a group, in which `[*]` stands for any index and `*` for any key that is a value
    itself (an id, a date). A pattern that names one such index or key fits only perhaps."""
    if group is None:
        return Fit.maybe
    if pattern.area != group.area:
        return Fit.no
    if pattern.segments is None or group.segments is None:
        return Fit.yes if pattern.segments is None and group.segments is None else Fit.no
    sure, possible = {0}, {0}
    for want in pattern.segments:
        if want is Wild.many:
            sure = set(range(min(sure), len(group.segments) + 1)) if sure else sure
            possible = set(range(min(possible), len(group.segments) + 1))
            continue
        found = [_one(want, have) for have in group.segments]
        sure = {at + 1 for at in sure if at < len(found) and found[at] is Fit.yes}
        possible = {at + 1 for at in possible if at < len(found) and found[at] is not Fit.no}
        if not possible:
            return Fit.no
    end = len(group.segments)
    return Fit.yes if end in sure else Fit.maybe if end in possible else Fit.no


def _one(want: str | int | Wild, have: str | int | Wild) -> Fit:
    if want is Wild.one:
        return Fit.yes
    if want is Wild.index:
        return Fit.yes if have is Wild.index else Fit.no
    if isinstance(want, int):
        return Fit.maybe if have is Wild.index else Fit.no
    if have is Wild.one and isinstance(want, str):
        return Fit.maybe if is_id_key(want) else Fit.no
    return Fit.yes if want == have else Fit.no
