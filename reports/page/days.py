"""Day by day: the states of a window's days as marks, and the evidence of each day as a table and a line."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reports import numbers
from reports.document import Day, DayLine
from reports.numbers import Better
from reports.page.text import left_out
from reports.page.trend import Trend, date_of, trend_of

MOST = 120

# Letters and shapes beside the colours, so that nothing is told by colour alone.
_STATES = {
    "green": ("✓", "pass", "enough evidence, and the bound holds"),
    "red": ("✕", "fail", "the bound does not hold"),
    "thin": ("·", "inconclusive", "too few requests"),
    "gap": ("○", "waived", "not watched long enough"),
}


class DayMark(msgspec.Struct, frozen=True, kw_only=True):
    """One day of a window."""

    symbol: str
    tone: str
    title: str


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    """One day of the evidence."""

    day: str
    requests: str
    compared: str
    parity: str
    lost: str
    watched: str


class Days(msgspec.Struct, frozen=True, kw_only=True):
    """The newest days first, with what was left out."""

    rows: tuple[DayRow, ...]
    more: str


def marks_of(days: Sequence[Day]) -> tuple[DayMark, ...]:
    """The states of a window's days in order of time; an unknown state looks like a gap."""
    found = []
    for day in days[-MOST:]:
        symbol, tone, meaning = _STATES.get(day.state, _STATES["gap"])
        failing = f", {numbers.count(day.failing)} failing" if day.failing else ""
        watched = numbers.printed(day.observed_ratio, numbers.PERCENT, Better.higher, 0)
        title = f"{date_of(day.at)}: {day.state}, {meaning}; n {numbers.count(day.n)}{failing}, {watched} watched"
        found.append(DayMark(symbol=symbol, tone=tone, title=title))
    return tuple(found)


def days_of(days: Sequence[DayLine]) -> Days:
    """The table of days."""
    newest = sorted(days, key=lambda day: -day.at)
    rows = tuple(
        DayRow(
            day=date_of(day.at),
            requests=numbers.count(day.requests),
            compared=numbers.count(day.compared),
            parity=numbers.ratio_of(day.agreeing, day.compared, Better.higher),
            lost=numbers.count(day.lost),
            watched=numbers.printed(day.observed_ratio, numbers.PERCENT, Better.higher, 1),
        )
        for day in newest[:MOST]
    )
    return Days(rows=rows, more=left_out(len(newest), len(rows), 0, "day"))


def parity_line(days: Sequence[tuple[float, int, int]]) -> Trend | None:
    """Parity over the days on which anything was compared; None where there are fewer than two."""
    known = [(at, agreeing / compared) for at, compared, agreeing in days if compared > 0]
    return trend_of(
        known, lambda value: numbers.printed(value, numbers.PERCENT, Better.higher), top=1.0, least_span=0.01
    )
