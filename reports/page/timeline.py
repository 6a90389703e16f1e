"""The window as a line with its gaps, as geometry that a template draws."""

from __future__ import annotations

import msgspec

from reports.page.times import between, duration
from reports.words import count
from shadow.records import Gap

WIDTH = 1000.0
LEAST = 4.0
"""A gap of a second in a window of weeks keeps a visible sliver."""

MOST = 400


class GapMark(msgspec.Struct, frozen=True, kw_only=True):
    """One gap: where it lies (0 to `WIDTH`), and what a pointer over it tells."""

    x: str
    width: str
    title: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """The marks, and the same in one sentence for those who do not see it."""

    marks: tuple[GapMark, ...]
    label: str


def timeline_of(since: float, until: float, gaps: tuple[Gap, ...]) -> Timeline | None:
    """Lay the gaps out over the window; None where the window has no length. Gaps outside of it are cut."""
    length = until - since
    if not length > 0:
        return None
    marks = []
    for gap in sorted(gaps, key=lambda gap: gap.started_at - gap.ended_at)[:MOST]:
        begin, end = max(gap.started_at, since), min(gap.ended_at, until)
        if end < begin:
            continue
        width = max(WIDTH * (end - begin) / length, LEAST)
        x = min(WIDTH * (begin - since) / length, WIDTH - width)
        kind = gap.kind.value.replace("_", " ")
        title = f"{kind}, {duration(end - begin)}: {between(gap.started_at, gap.ended_at)}"
        marks.append(GapMark(x=f"{x:.1f}", width=f"{width:.1f}", title=title))
    return Timeline(marks=tuple(marks), label=f"The window with {count(len(marks), 'gap')} in its evidence")
