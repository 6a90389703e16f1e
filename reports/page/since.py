"""What changed since an earlier report, as the page shows it."""

from __future__ import annotations

import msgspec

from reports import numbers
from reports.earlier.changes import Changes, Shift
from reports.earlier.entry import Divergence
from reports.numbers import Better
from reports.page.text import left_out, one_line
from reports.page.times import instant
from reports.words import count

MOST = 40


class SinceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One divergence that came, went, or changed."""

    mark: str
    what: str
    title: str
    before: str
    now: str


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """The list: new ones first, then gone, then changed."""

    when: str
    summary: str
    note: str
    rows: tuple[SinceRow, ...]
    more: str


def since_of(changes: Changes | None) -> Since | None:
    """Build the block; None where there is no earlier report."""
    if changes is None:
        return None
    rows = [
        *(_row("+", "new", None, item) for item in changes.new),
        *(_row("−", "gone", item, None) for item in changes.gone),
        *(_shift(item) for item in changes.changed),
    ]
    notes = []
    if not changes.is_same_build:
        notes.append(f"It judged another candidate: {one_line(changes.before.candidate_build, 60) or 'unknown'}.")
    if not changes.is_whole:
        notes.append("One of the two kept only its worst divergences: new and gone are not certain.")
    return Since(
        when=instant(changes.before.at),
        summary=f"{numbers.count(len(changes.new))} new, {numbers.count(len(changes.gone))} gone, "
        f"{numbers.count(len(changes.changed))} much more or less frequent; "
        f"{count(changes.kept, 'is', 'are')} in both",
        note=" ".join(notes),
        rows=tuple(rows[:MOST]),
        more=left_out(len(rows), MOST, 0, "change"),
    )


def _row(mark: str, what: str, before: Divergence | None, now: Divergence | None) -> SinceRow:
    title = (now or before or Divergence(key="", title="")).title
    return SinceRow(mark=mark, what=what, title=one_line(title, 220), before=_share(before), now=_share(now))


def _shift(item: Shift) -> SinceRow:
    more = (item.now.share or 0.0) > (item.before.share or 0.0)
    return _row("↑" if more else "↓", "more frequent" if more else "less frequent", item.before, item.now)


def _share(item: Divergence | None) -> str:
    if item is None:
        return numbers.NONE
    if item.share is None:
        return numbers.count(item.n)
    return numbers.printed(item.share, numbers.PERCENT, Better.lower)
