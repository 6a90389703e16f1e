"""Day by day: the states of a window's days as marks, and the evidence of each day as a table and a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from reports.document import Day, DayLine
from reports.page import numbers
from reports.page.numbers import Better
from reports.page.text import left_out

MOST = 120
WIDTH, HEIGHT = 640.0, 60.0

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


class ParityLine(msgspec.Struct, frozen=True, kw_only=True):
    """Parity of one endpoint over its days as an SVG path between `low` and 100 %, and the same in words."""

    path: str
    points: tuple[tuple[str, str, str], ...]
    low: str
    first: str
    last: str
    summary: str


def marks_of(days: Sequence[Day]) -> tuple[DayMark, ...]:
    """The states of a window's days in order of time; an unknown state looks like a gap."""
    found = []
    for day in days[-MOST:]:
        symbol, tone, meaning = _STATES.get(day.state, _STATES["gap"])
        failing = f", {numbers.count(day.failing)} failing" if day.failing else ""
        watched = numbers.printed(day.observed_ratio, numbers.PERCENT, Better.higher, 0)
        title = f"{_date(day.at)}: {day.state}, {meaning}; n {numbers.count(day.n)}{failing}, {watched} watched"
        found.append(DayMark(symbol=symbol, tone=tone, title=title))
    return tuple(found)


def days_of(days: Sequence[DayLine]) -> Days:
    """The table of days."""
    newest = sorted(days, key=lambda day: -day.at)
    rows = tuple(
        DayRow(
            day=_date(day.at),
            requests=numbers.count(day.requests),
            compared=numbers.count(day.compared),
            parity=numbers.ratio_of(day.agreeing, day.compared, Better.higher),
            lost=numbers.count(day.lost),
            watched=numbers.printed(day.observed_ratio, numbers.PERCENT, Better.higher, 1),
        )
        for day in newest[:MOST]
    )
    return Days(rows=rows, more=left_out(len(newest), len(rows), 0, "day"))


def parity_line(days: Sequence[tuple[float, int, int]]) -> ParityLine | None:
    """Parity over the days on which anything was compared; None where there are fewer than two."""
    known = sorted((at, agreeing / compared) for at, compared, agreeing in days if compared > 0)[-MOST:]
    if len(known) < 2:
        return None
    begin, length = known[0][0], known[-1][0] - known[0][0]
    worst = min(share for _, share in known)
    # Never less than a hundredth high: a thousandth of wobble must not look like a fall.
    low = min(worst, 0.99)
    points = []
    for at, share in known:
        x = WIDTH * (at - begin) / length if length else 0.0
        y = HEIGHT * (1.0 - share) / (1.0 - low)
        points.append((f"{x:.1f}", f"{y:.1f}", f"{_date(at)}: {_share(share)}"))
    return ParityLine(
        path="M" + "L".join(f"{x} {y}" for x, y, _ in points),
        points=tuple(points),
        low=_share(low),
        first=_date(known[0][0]),
        last=_date(known[-1][0]),
        summary=f"from {_share(known[0][1])} to {_share(known[-1][1])} over {len(known)} days, worst {_share(worst)}",
    )


def _share(value: float) -> str:
    return numbers.printed(value, numbers.PERCENT, Better.higher)


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d") if 0 < at < 253_402_300_799 else numbers.NONE
