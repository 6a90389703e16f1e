"""A value over time as an SVG path, and the same in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from reports.numbers import NONE

WIDTH, HEIGHT = 640.0, 60.0
MOST = 400


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """The line (0 to `WIDTH`, 0 at the top to `HEIGHT`), its points with what a pointer tells, and its ends."""

    path: str
    points: tuple[tuple[str, str, str], ...]
    low: str
    high: str
    first: str
    last: str
    summary: str


def trend_of(
    values: Sequence[tuple[float, float]], say: Callable[[float], str], *, top: float | None, least_span: float
) -> Trend | None:
    """Draw (instant, value) pairs between their least and `top` (their greatest where None); None for fewer than two.

    The axis is never shorter than `least_span`: a wobble must not look like a fall.
    """
    known = sorted(values)[-MOST:]
    if len(known) < 2:
        return None
    high = max(value for _, value in known) if top is None else top
    low = min(min(value for _, value in known), high - least_span)
    if top is None and low < 0:
        low, high = 0.0, max(high, least_span)
    begin, length = known[0][0], known[-1][0] - known[0][0]
    points = tuple(
        (
            f"{WIDTH * (at - begin) / length if length else 0.0:.1f}",
            f"{HEIGHT * (high - value) / (high - low):.1f}",
            f"{date_of(at)}: {say(value)}",
        )
        for at, value in known
    )
    spread = [value for _, value in known]
    return Trend(
        path="M" + "L".join(f"{x} {y}" for x, y, _ in points),
        points=points,
        low=say(low),
        high=say(high),
        first=date_of(known[0][0]),
        last=date_of(known[-1][0]),
        summary=f"from {say(spread[0])} to {say(spread[-1])}, between {say(min(spread))} and {say(max(spread))}",
    )


def date_of(at: float) -> str:
    """The UTC date of an instant, `–` where there is none."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d") if 0 < at < 253_402_300_799 else NONE
