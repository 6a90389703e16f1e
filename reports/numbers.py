"""Numbers as the page and the tables print them: never rounded towards the good side.

A value for which higher is better is cut downwards, one for which lower is better upwards; 99.999 % never reads
as 100 %. Values that are compared with each other get the same unit and precision, and so many digits that the
printed comparison is the true one.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec

from reports.criterion import Better as Better

SPACE = "\u202f"
NONE = "–"
_MOST_DIGITS = 7


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """How a number is printed: multiplied by `factor`, followed by `suffix`, with at least `digits` decimals."""

    factor: str
    suffix: str
    digits: int


PERCENT = Unit(factor="100", suffix=f"{SPACE}%", digits=2)
TIMES = Unit(factor="1", suffix="×", digits=2)
COUNT = Unit(factor="1", suffix="", digits=0)
MILLISECONDS = Unit(factor="1000", suffix=f"{SPACE}ms", digits=0)
FINE_MILLISECONDS = Unit(factor="1000", suffix=f"{SPACE}ms", digits=1)
SECONDS = Unit(factor="1", suffix=f"{SPACE}s", digits=2)


def seconds_unit(values: Sequence[float]) -> Unit:
    """Milliseconds below one second, seconds above; one decimal of a millisecond when all are below 10 ms."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest < 0.01:
        return FINE_MILLISECONDS
    return MILLISECONDS if largest < 1.0 else SECONDS


def printed(value: float | None, unit: Unit, better: Better, digits: int | None = None) -> str:
    """One number; `–` where there is none or where it is not a number."""
    if value is None or value != value:
        return NONE
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    return _signed(_cut(value, unit, better, unit.digits if digits is None else digits)) + unit.suffix


def alike(required: float | None, others: Sequence[float | None], unit: Unit, better: Better) -> int:
    """The fewest decimals that print `required` as it is, where that many do, and at which each of `others` stands to
    it in print as it does in truth."""
    known = [value for value in others if value is not None and abs(value) != float("inf") and value == value]
    if required is None or required != required or abs(required) == float("inf"):
        return unit.digits
    exact = -int((Decimal(repr(float(required))) * Decimal(unit.factor)).normalize().as_tuple().exponent)
    for digits in range(max(exact, unit.digits) if exact <= _MOST_DIGITS else unit.digits, _MOST_DIGITS):
        limit = _cut(required, unit, better, digits)
        if all(_order(_cut(value, unit, better, digits), limit) == _order(value, required) for value in known):
            return digits
    return _MOST_DIGITS


def ratio_of(part: int, whole: int, better: Better, digits: int = 2) -> str:
    """A share in percent, `–` where there is no whole."""
    return printed(part / whole, PERCENT, better, digits) if whole else NONE


def count(n: int | None) -> str:
    """An integer with thousands separated."""
    return NONE if n is None else _signed(Decimal(n))


def _order(left: float | Decimal, right: float | Decimal) -> int:
    return (left > right) - (left < right)


def _cut(value: float, unit: Unit, better: Better, digits: int) -> Decimal:
    # repr is the shortest text that reads back as the same double, so 0.999 is 99.9 % and not 99.9000000000000021
    scaled = Decimal(repr(float(value))) * Decimal(unit.factor)
    step = Decimal(1).scaleb(-digits)
    return scaled.quantize(step, rounding=ROUND_FLOOR if better is Better.higher else ROUND_CEILING)


def _signed(value: Decimal) -> str:
    text = f"{value:,f}"
    if text.startswith("-"):
        return f"−{text[1:]}" if value != 0 else text[1:]
    return text
