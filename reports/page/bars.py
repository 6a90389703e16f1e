"""The stacked bar of outcomes, as geometry that a template draws."""

from __future__ import annotations

import msgspec

from reports import numbers
from reports.document import OutcomeCount
from reports.numbers import Better
from reports.page.text import one_line
from reports.page.words import GOOD_OUTCOMES, outcome_rank, outcome_word

WIDTH = 1000.0
LEAST = 5.0
MAX_REASONS = 4


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One outcome: where it lies in the bar (0 to `WIDTH`), what it is, how often, for which reasons."""

    label: str
    tone: str
    n: str
    share: str
    reasons: str
    x: str
    width: str


def segments_of(rows: tuple[OutcomeCount, ...]) -> tuple[Segment, ...]:
    """One segment per outcome, worst first. Even a single request keeps a visible sliver."""
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.outcome] = totals.get(row.outcome, 0) + max(row.n, 0)
    names = sorted((name for name, n in totals.items() if n), key=lambda name: (outcome_rank(name), name))
    whole = sum(totals.values())
    widths = _widths([totals[name] for name in names])
    found: list[Segment] = []
    left = 0.0
    for name, width in zip(names, widths, strict=True):
        label, tone = outcome_word(name)
        found.append(
            Segment(
                label=one_line(label, 40),
                tone=tone,
                n=numbers.count(totals[name]),
                share=numbers.ratio_of(totals[name], whole, Better.higher if name in GOOD_OUTCOMES else Better.lower),
                reasons=_reasons(rows, name),
                x=f"{left:.1f}",
                width=f"{width:.1f}",
            )
        )
        left += width
    return tuple(found)


def _widths(counts: list[int]) -> list[float]:
    """Proportional widths, with a least width taken from the larger ones."""
    whole = sum(counts)
    if not whole:
        return []
    raw = [WIDTH * n / whole for n in counts]
    missing = sum(max(LEAST - width, 0.0) for width in raw)
    spare = sum(width - LEAST for width in raw if width > LEAST)
    keep = 1.0 - missing / spare if spare else 1.0
    return [LEAST + (width - LEAST) * keep if width > LEAST else LEAST for width in raw]


def _reasons(rows: tuple[OutcomeCount, ...], outcome: str) -> str:
    by_reason: dict[str, int] = {}
    for row in rows:
        if row.outcome == outcome and row.reason:
            by_reason[row.reason] = by_reason.get(row.reason, 0) + row.n
    ordered = sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{one_line(reason, 40)} {numbers.count(n)}" for reason, n in ordered[:MAX_REASONS]]
    if len(ordered) > MAX_REASONS:
        shown.append(f"and {len(ordered) - MAX_REASONS} more")
    return ", ".join(shown)
