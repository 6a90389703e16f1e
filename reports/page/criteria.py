"""The criteria table: worst first, one short list for the first screen and the whole list behind it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from reports import numbers
from reports.document import Criterion
from reports.figures import figures_of
from reports.page.anchors import link
from reports.page.days import DayMark, marks_of
from reports.page.limits import Limits
from reports.page.text import one_line
from reports.page.times import instant
from reports.page.words import Badge, badge, criterion_word
from reports.status import WORST_FIRST, rank
from reports.words import count
from shadow.records import CheckStatus

FIRST_SCREEN = 8
"""Rows that leave room for the other blocks of the first screen at 1280 x 800."""


class CriterionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion at one scope. `siblings` says what the rows that are not shown beside it say, `tag` that a row
    decides nothing or was waived, `evidence` what repeated looks and attempts add."""

    badge: Badge
    name: str
    scope: str
    link: str
    required: str
    observed: str
    bound: str
    n: str
    needed: str
    reason: str
    siblings: str
    tag: str
    since: str
    blocks: str
    days: tuple[DayMark, ...]
    evidence: str


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows have a status."""

    badge: Badge
    n: str


class Criteria(msgspec.Struct, frozen=True, kw_only=True):
    """The table. `rows` holds criteria by their worst scopes, then the worst others; `rest` names the criteria for
    which there is no row; `all_rows` holds everything up to a cap, `all_more` says how many were left out."""

    rows: tuple[CriterionRow, ...]
    rest: str
    all_rows: tuple[CriterionRow, ...]
    all_more: str
    total: str
    tallies: tuple[Tally, ...]


def criteria_of(criteria: tuple[Criterion, ...], known: frozenset[str], limits: Limits) -> Criteria:
    """Order by status, what decides nothing last, in the document's order within one, and cut; `known` are the ids
    that may be linked to."""
    ordered = sorted(criteria, key=lambda item: (item.dry_run, rank(item.status)))
    shown = first_screen(ordered)
    rows = tuple(_row(item, known, _siblings(item, ordered, shown)) for item in shown)
    hidden = len(ordered) - limits.criteria
    return Criteria(
        rows=rows,
        rest=_rest(ordered, shown),
        all_rows=tuple(_row(item, known, "") for item in ordered[: limits.criteria])
        if len(ordered) > len(rows)
        else (),
        all_more=f"and {hidden:,} more, in the JSON document" if hidden > 0 else "",
        total=count(len(ordered), "criterion", "criteria"),
        tallies=tuple(
            Tally(badge=badge(status), n=numbers.count(n))
            for status in WORST_FIRST
            if (n := sum(item.status is status for item in ordered))
        ),
    )


def first_screen(ordered: list[Criterion]) -> list[Criterion]:
    """Each criterion's worst scope, worst first, then more rows that do not pass; as many as there is room for."""
    chosen = {id(item) for item in _leads(ordered)[:FIRST_SCREEN]}
    for item in ordered:
        if len(chosen) >= FIRST_SCREEN:
            break
        if item.status not in (CheckStatus.passed, CheckStatus.waived):
            chosen.add(id(item))
    return [item for item in ordered if id(item) in chosen]


def _leads(ordered: list[Criterion]) -> list[Criterion]:
    leads: dict[str, Criterion] = {}
    for item in ordered:
        leads.setdefault(item.name, item)
    return list(leads.values())


def _rest(ordered: list[Criterion], shown: list[Criterion]) -> str:
    """The criteria that have no row among the shown ones, by what they say: `Also pass: Data, Builds.`"""
    names = {item.name for item in shown}
    rest = [item for item in _leads(ordered) if item.name not in names]
    parts = []
    for status in WORST_FIRST:
        words = [
            one_line(criterion_word(item.name), 40) + (" (a dry run)" if item.dry_run else "")
            for item in rest
            if item.status is status
        ]
        if words:
            parts.append(f"Also {_VERBS[status]}: {', '.join(words)}.")
    return " ".join(parts)


def _siblings(item: Criterion, ordered: list[Criterion], shown: list[Criterion]) -> str:
    """What is said of the same criterion's hidden rows, on the last of its rows that are shown."""
    visible = {id(other) for other in shown}
    if item is not [other for other in shown if other.name == item.name][-1]:
        return ""
    hidden = [other for other in ordered if other.name == item.name and id(other) not in visible]
    parts = [f"{n:,} {_VERBS[status]}" for status in WORST_FIRST if (n := sum(o.status is status for o in hidden))]
    return f"+ {', '.join(parts)}" if parts else ""


_VERBS = {
    CheckStatus.error: "in error",
    CheckStatus.fail: "fail",
    CheckStatus.inconclusive: "inconclusive",
    CheckStatus.waived: "waived",
    CheckStatus.passed: "pass",
}


def _row(item: Criterion, known: frozenset[str], siblings: str) -> CriterionRow:
    figures = figures_of(item)
    return CriterionRow(
        badge=badge(item.status),
        name=one_line(criterion_word(item.name), 40),
        scope=one_line(item.scope, 90),
        link=link(item.link, known),
        required=figures.demand,
        observed=figures.observed,
        bound=figures.bound,
        n=numbers.count(item.n),
        needed=f"{numbers.count(item.needed)} more needed" if item.needed else "",
        reason=one_line(item.reason, 240),
        siblings=siblings,
        tag=_tag(item),
        since=instant(item.since) if item.since else "",
        blocks=numbers.count(item.blocks) if item.blocks else "",
        days=marks_of(item.days),
        evidence=_evidence(item),
    )


def _tag(item: Criterion) -> str:
    if item.dry_run:
        return "dry run, decides nothing"
    if item.was is not None:
        return f"{badge(item.was).word.lower()}, waived by {one_line(item.waiver, 40) or 'somebody'}"
    return ""


def _evidence(item: Criterion) -> str:
    parts = []
    if item.e_value is not None:
        needed = "" if item.e_needed is None else f" of {item.e_needed:,.4g} needed"
        parts.append(f"e-value {item.e_value:,.4g}{needed}")
    if item.attempts is not None:
        parts.append(f"{count(item.attempts, 'attempt')} since the build")
    return ", ".join(parts)


def coverage_seen(criteria: Iterable[Criterion]) -> tuple[int, int]:
    """(covered, expected) endpoints as the coverage criterion tells it; (0, 0) where it was not asked or could not be
    evaluated."""
    for item in criteria:
        if (item.name, item.scope) == ("coverage", "all"):
            return int(item.observed or 0), int(item.required or 0)
    return 0, 0
