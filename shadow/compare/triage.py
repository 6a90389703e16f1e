"""What two second looks make of a mismatch. Pure.

A race leaves traces: the primary's own answer has moved. Backends that contradict themselves leave others: the
difference comes back, or only the candidate changed its mind. Whatever is none of the two is confirmed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from shadow.compare.formats import format_of
from shadow.compare.found import Found
from shadow.records import Kind, Triage

# How values differ is no matter of the moment: the kind itself has to go away.
_LASTING = frozenset({
    Kind.status, Kind.type, Kind.missing, Kind.extra, Kind.null_vs_missing, Kind.empty_vs_missing, Kind.precision,
    Kind.timezone, Kind.case, Kind.whitespace, Kind.encoding, Kind.url_host, Kind.error_body,
})  # fmt: skip


class Look(NamedTuple):
    """One look at both backends: the differences that are open between them, and the groups at which the old one's
    answer is not what it was at the live request."""

    open: Sequence[Found]
    moved: Collection[str]


def decide(first: Sequence[Found], soon: Look, later: Look, old: Collection[str], new: Collection[str]) -> Triage:
    """Return what became of a mismatch with the differences `first`.

    `old`, `new`: the groups at which each backend's answers at the two looks differ from one another.
    confirmed: a difference was there each time, and neither backend contradicted itself about it.
    transient: it was gone at the last look, and the old backend's own answer had moved there: the data had changed.
    unstable: anything else; a backend contradicts itself.
    Cannot see: a candidate that is wrong now and then, from one that is late now and then: both are unstable.
    """
    if not later.open:
        groups = {each.group for each in first} | {each.group for each in soon.open}
        moved = [*soon.moved, *later.moved]
        return Triage.transient if any(_related(a, b) for a in groups for b in moved) else Triage.unstable
    if not soon.open:
        return Triage.unstable
    before = {(each.kind, each.group) for each in first}
    again = {(each.kind, each.group) for each in later.open}
    lasting = [each for each in soon.open if (each.kind, each.group) in before & again]
    for each in lasting:
        if each.kind in _LASTING or not any(_related(each.group, other) for other in (*old, *new)):
            return Triage.confirmed
        if _formats(each.group, (*soon.open, *later.open)):
            return Triage.confirmed
    return Triage.unstable


def _formats(group: str, found: Sequence[Found]) -> bool:
    """Tell whether all values of a group are written in one way on the old side and in another on the new."""
    here = [each for each in found if each.group == group]
    return {format_of(each.old) for each in here}.isdisjoint(format_of(each.new) for each in here)


def _related(one: str, other: str) -> bool:
    """Tell whether one group is the other, or lies below it."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and (len(long) == len(short) or long[len(short)] in ".[" or short == "body")
