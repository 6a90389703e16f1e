"""What the first screen says below the criteria: the worst divergences, and what hides differences."""

from __future__ import annotations

import msgspec

from reports import numbers
from reports.document import Covered, Criterion
from reports.headline import title_of
from reports.page.findings import Findings
from reports.page.signoffs import failing_in
from reports.page.text import one_line

TOP = 5
MOST_COVERS = 3


class TopRow(msgspec.Struct, frozen=True, kw_only=True):
    """One of the worst divergences; `link` leads to it further down."""

    title: str
    link: str
    n: str


class CoverRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, kind of noise or waiver, and in how many exchanges it covers a difference (each path counted by itself;
    of a waiver whose number is no share, all exchanges behind it)."""

    by: str
    n: str


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The two lists of the first screen; `top_more` and `covers_more` tell what they leave out."""

    top: tuple[TopRow, ...]
    top_more: str
    covers: tuple[CoverRow, ...]
    covers_more: str


def overview_of(
    findings: Findings, found: int, covered: tuple[Covered, ...], waived: tuple[Criterion, ...] = ()
) -> Overview:
    """Take the first divergences of the list, of `found` in all, and sum up what each cover hides; first of all what
    the waiver of a row does."""
    by: dict[str, int] = {}
    for item in covered:
        by[item.by] = by.get(item.by, 0) + item.n
    signed = [
        (f"waiver of {title_of(row)}", row.n if (failing := failing_in(row)) is None else failing) for row in waived
    ]
    covers = [*signed, *sorted(by.items(), key=lambda pair: (-pair[1], pair[0]))]
    left = found - min(found, TOP)
    return Overview(
        top=tuple(
            TopRow(title=row.title, link=f"#{row.anchor}", n=row.n)
            for row in findings.rows[:TOP]
        ),
        top_more=f"{numbers.count(left)} more" if left > 0 else "",
        covers=tuple(CoverRow(by=one_line(name, 60), n=numbers.count(n)) for name, n in covers[:MOST_COVERS]),
        covers_more=f"and {numbers.count(len(covers) - MOST_COVERS)} more" if len(covers) > MOST_COVERS else "",
    )
