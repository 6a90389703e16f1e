"""Who signed what: approvals and waivers, the void ones beside the valid ones."""

from __future__ import annotations

import msgspec

from reports import numbers
from reports.document import Better, Criterion, Result, SignOff
from reports.figures import figures_of
from reports.page.text import left_out, one_line
from reports.page.times import instant
from reports.page.words import Badge
from reports.words import count
from shadow.errors import EXIT_WAITING

MOST = 50

_VALID = Badge(word="Valid", symbol="✓", tone="pass")
_VOID = Badge(word="Void", symbol="✕", tone="fail")


class SignOffRow(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-off. `covers` is what a waiver waives, `hides` what it makes bearable now, in numbers; `void_because` is
    empty where it counts."""

    badge: Badge
    what: str
    who: str
    why: str
    at: str
    until: str
    covers: str
    hides: str
    bound_to: str
    void_because: str


class SignOffs(msgspec.Struct, frozen=True, kw_only=True):
    """The block of the first screen (`state` and the valid ones), and the whole list further down."""

    state: str
    is_waiting: bool
    valid: tuple[SignOffRow, ...]
    rows: tuple[SignOffRow, ...]
    more: str


def signoffs_of(result: Result) -> SignOffs:
    """Build both lists: valid ones first, the newest of each first."""
    ordered = sorted(result.signoffs, key=lambda each: (not each.is_valid, -each.at))
    waived = {row.waiver: row for row in result.criteria if row.waiver}
    rows = tuple(_row(each, waived.get(each.id)) for each in ordered[:MOST])
    return SignOffs(
        state=_state(result),
        is_waiting=result.exit_code == EXIT_WAITING,
        valid=tuple(row for row in rows if not row.void_because)[:3],
        rows=rows,
        more=left_out(len(ordered), len(rows), 0, "sign-off"),
    )


def _state(result: Result) -> str:
    needed, given = result.approvals_required, result.approvals_given
    if not needed:
        said = count(given, "approval") if given else "none"
        return f"No approval is required; {said} recorded."
    if given >= needed:
        return f"{numbers.count(given)} of {count(needed, 'approval')} given."
    if result.exit_code == EXIT_WAITING:
        return f"Waiting for approval: {numbers.count(given)} of {numbers.count(needed)} given."
    return f"{numbers.count(given)} of {count(needed, 'approval')} given; the criteria come first."


def _row(item: SignOff, waived: Criterion | None) -> SignOffRow:
    scope = "" if item.scope in ("", "all") else f" of {item.scope}"
    return SignOffRow(
        badge=_VALID if item.is_valid else _VOID,
        what=one_line(item.what, 20),
        who=one_line(item.who, 80),
        why=one_line(item.why, 300),
        at=instant(item.at),
        until=instant(item.until),
        covers=one_line(f"{item.criterion}{scope}", 140) if item.criterion else "",
        hides=hidden_by(waived) if waived else "nothing now" if item.what == "waiver" and item.is_valid else "",
        bound_to=one_line(item.evidence_digest, 160),
        void_because="" if item.is_valid else one_line(item.void_because, 200) or "not valid",
    )


def hidden_by(row: Criterion) -> str:
    """What the waiver of a row hides: how many fail, where that can be counted, and the number that was waived."""
    figures = figures_of(row)
    failing = failing_in(row)
    counted = count(row.n, "pair") if failing is None else f"{numbers.count(failing)} of {count(row.n, 'exchange')}"
    return f"{counted}: {figures.observed} where {figures.demand} is required"


def failing_in(row: Criterion) -> int | None:
    """How many exchanges behind a row are bad, None where its numbers are no share of them."""
    if row.unit != "ratio" or row.observed is None:
        return None
    share = 1.0 - row.observed if row.better is Better.higher else row.observed
    return max(round(share * row.n), 0)
