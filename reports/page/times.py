"""Instants in UTC with the zone named, and durations in units a reader expects. No clock is read here."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from reports.numbers import NONE, SPACE, Better, printed, seconds_unit

_LAST = 253_402_300_799.0  # 9999-12-31T23:59:59Z, the last second that datetime knows


def instant(at: float | None) -> str:
    """`2025-11-21 23:31:05 UTC`; `–` where unknown."""
    moment = _moment(at)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else NONE


def machine(at: float | None) -> str:
    """The instant for the `datetime` attribute of a `time` element, empty where unknown."""
    moment = _moment(at)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def between(first: float | None, last: float | None) -> str:
    """Two instants as one phrase, the date said once when they share it."""
    begin, end = _moment(first), _moment(last)
    if begin is None or end is None:
        return instant(first if begin else last)
    if begin.replace(microsecond=0) == end.replace(microsecond=0):
        return instant(first)
    if begin.date() == end.date():
        return f"{begin:%Y-%m-%d %H:%M:%S} – {end:%H:%M:%S} UTC"
    return f"{begin:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M} UTC"


def duration(seconds: float | None) -> str:
    """How long: `4.2 ms`, `151 ms`, `1.51 s`, `12 min 5 s`, `3 h 20 min`, `6 d 4 h`; rounded upwards."""
    if seconds is None or not math.isfinite(seconds):
        return NONE
    if seconds < 60:
        return printed(seconds, seconds_unit([seconds]), Better.lower)
    whole = math.ceil(seconds)
    for size, name, small, small_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // small
            head = f"{whole // size:,}{SPACE}{name}"
            return f"{head} {rest}{SPACE}{small_name}" if rest else head
    return f"{whole}{SPACE}s"


def _moment(at: float | None) -> datetime | None:
    if at is None or not math.isfinite(at) or not 0 < at <= _LAST:
        return None
    return datetime.fromtimestamp(at, UTC)
