"""What can be measured of a value that varies, besides its format."""

from __future__ import annotations

from functools import lru_cache
from math import isfinite

from shadow.compare.instants import parse_instant
from shadow.learnt.seen import FROM_NOW, LENGTH, NUMBER

YEAR_S = 366 * 86400.0
_EPOCHS = ((1.0, 1e8), (1e3, 1e11), (1e6, 1e14), (1e9, 1e17))


def number_of(value: object) -> float | None:
    """Return a JSON number as a float; None for anything else, and for what no float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | bytes):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if isfinite(result) else None


def measure(value: object, now: float) -> tuple[str, float] | None:
    """Return the name of the spread in which a value is measured, and its measure there.

    Instants (also epoch seconds, milliseconds, micro- and nanoseconds within a year of `now`): seconds from `now`.
    Other numbers: themselves. Text: its length. None: there is nothing to measure.
    Cannot see: dates without a time (a length like any text), and epoch numbers further from now than a year.
    """
    number = number_of(value)
    if number is not None:
        for unit, least in _EPOCHS:
            if number >= least and abs(number / unit - now) < YEAR_S:
                return FROM_NOW, number / unit - now
        return NUMBER, number
    if not isinstance(value, str) or not value:
        return None
    seconds = _seconds(value) if len(value) <= 45 else None
    return (LENGTH, float(len(value))) if seconds is None else (FROM_NOW, seconds - now)


@lru_cache(maxsize=1024)
def _seconds(text: str) -> float | None:
    """Return the Unix seconds that a text names, or None. A reading without a zone counts as UTC: in another zone it is
    off by the same hours every time."""
    instant = parse_instant(text)
    if instant is None:
        return None
    return instant.utc.timestamp() + (float(f"0.{instant.fraction}") if instant.fraction else 0.0)
