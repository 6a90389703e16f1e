"""The index page of a folder of reports: one row per night, and parity and divergences as a line."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from reports import numbers
from reports.earlier.changes import changes_between
from reports.earlier.entry import Entry
from reports.numbers import Better
from reports.page.text import left_out, one_line
from reports.page.times import instant
from reports.page.trend import Trend, trend_of
from reports.page.words import Badge, badge
from reports.template import render
from reports.words import count

MOST = 400


class IndexRow(msgspec.Struct, frozen=True, kw_only=True):
    """One report as the index shows it."""

    at: str
    page: str
    badge: Badge
    headline: str
    candidate_build: str
    compared: str
    parity: str
    divergences: str
    change: str


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """The page: newest first."""

    rows: tuple[IndexRow, ...]
    more: str
    parity: Trend | None
    divergences: Trend | None


def index_of(entries: tuple[Entry, ...]) -> Index:
    """Build the view; `entries` are in order of time."""
    before: dict[float, Entry] = {now.at: was for was, now in pairwise(entries)}
    newest = entries[::-1]
    return Index(
        rows=tuple(_row(entry, before.get(entry.at)) for entry in newest[:MOST]),
        more=left_out(len(entries), MOST, 0, "report").replace("in the JSON document", "in history.json"),
        parity=trend_of(
            [(entry.at, entry.parity) for entry in entries if entry.parity is not None],
            lambda value: numbers.printed(value, numbers.PERCENT, Better.higher),
            top=1.0,
            least_span=0.01,
        ),
        divergences=trend_of(
            [(entry.at, float(entry.divergences_total)) for entry in entries],
            lambda value: numbers.count(int(value)),
            top=None,
            least_span=5.0,
        ),
    )


def render_index(entries: tuple[Entry, ...]) -> str:
    """The page as one self-contained file beside the reports that it links to."""
    return render("index.html", index=index_of(entries))


def _row(entry: Entry, before: Entry | None) -> IndexRow:
    return IndexRow(
        at=instant(entry.at),
        page=entry.page,
        badge=badge(entry.status),
        headline=one_line(entry.headline, 200),
        candidate_build=one_line(entry.candidate_build, 60) or "unknown",
        compared=numbers.count(entry.compared),
        parity=numbers.printed(entry.parity, numbers.PERCENT, Better.higher),
        divergences=numbers.count(entry.divergences_total),
        change=_change(entry, before),
    )


def _change(entry: Entry, before: Entry | None) -> str:
    if before is None:
        return "the first report"
    changes = changes_between(before, entry)
    parts = [f"{numbers.count(len(changes.new))} new", f"{numbers.count(len(changes.gone))} gone"]
    if changes.changed:
        parts.append(count(len(changes.changed), "changed", "changed"))
    if not changes.is_same_build:
        parts.append("another build")
    return ", ".join(parts)
