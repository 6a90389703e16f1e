"""Numbers within the sentences of a verdict; a ratio is never rounded towards the good side."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import isfinite


def percent_down(ratio: float, digits: int = 2) -> str:
    """Return a share of which more is better: `99.87 %`, cut off downwards, so that 99.999 % never reads 100 %."""
    return percent(ratio, digits, ROUND_FLOOR)


def percent_up(ratio: float, digits: int = 2) -> str:
    """Return a share of which less is better: `0.13 %`, rounded upwards, so that 0.001 % never reads 0 %."""
    return percent(ratio, digits, ROUND_CEILING)


def percent(ratio: float, digits: int, rounding: str) -> str:
    """Return the ratio in percent with at most `digits` decimals, rounded as told after taming float dust."""
    if not isfinite(ratio):
        return "?"
    exact = Decimal(f"{ratio * 100:.9f}")
    cut = exact.quantize(Decimal(1).scaleb(-digits), rounding=rounding)
    return f"{cut.normalize():f} %"


def seconds(duration_s: float) -> str:
    """Return a duration in the unit that reads best: `213 ms`, `1.24 s`, `0.8 ms`."""
    if not isfinite(duration_s):
        return "?"
    if abs(duration_s) >= 1.0:
        return f"{duration_s:.2f} s"
    thousandths = duration_s * 1000
    return f"{thousandths:.0f} ms" if abs(thousandths) >= 10 else f"{thousandths:.1f} ms"


def count(n: int, noun: str, plural: str = "") -> str:
    """Return `1 request`, `1,200 requests`."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listed(items: tuple[str, ...] | list[str], most: int = 5) -> str:
    """Return the first items joined by commas, and how many more there are."""
    shown = ", ".join(items[:most])
    return f"{shown} and {len(items) - most} more" if len(items) > most else shown
