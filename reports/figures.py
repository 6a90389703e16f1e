"""The numbers of a criterion as every rendering prints them: one unit, one precision, and its bad side to round to."""

from __future__ import annotations

from math import floor, log10

import msgspec

from reports import numbers
from reports.document import Better, Criterion
from reports.numbers import Unit

_UNITS = {"ratio": numbers.PERCENT, "count": numbers.COUNT, "factor": numbers.TIMES}
_MOST_DIGITS = 6


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed; `–` where there is no number. `sign` is how the requirement reads: `≥` or `≤`."""

    sign: str
    required: str
    observed: str
    bound: str

    @property
    def demand(self) -> str:
        """The requirement with its sign: `≥ 99.90 %`."""
        return self.required if self.required == numbers.NONE else f"{self.sign}{numbers.SPACE}{self.required}"


def figures_of(row: Criterion) -> Figures:
    """Return the numbers of a row, each rounded towards its bad side, with so many decimals that what is observed and
    the bound stand to the requirement in print as they do in truth."""
    unit = unit_of(row)
    digits = numbers.alike(row.required, (row.observed, row.bound), unit, row.better)
    required, observed, bound = (
        numbers.printed(value, unit, row.better, digits) for value in (row.required, row.observed, row.bound)
    )
    sign = "≥" if row.better is Better.higher else "≤"
    return Figures(sign=sign, required=required, observed=observed, bound=bound)


def unit_of(row: Criterion) -> Unit:
    """Return how the numbers of a row are printed; those in a unit that nobody knows as plain numbers."""
    known = [value for value in (row.required, row.observed, row.bound) if value is not None]
    if row.unit == "s":
        return numbers.seconds_unit(known)
    if row.unit == "count" and any(value % 1 for value in known):
        return Unit(factor="1", suffix="", digits=1)
    plain = Unit(factor="1", suffix="", digits=max((_digits(value) for value in known), default=0))
    return _UNITS.get(row.unit, plain)


def _digits(value: float) -> int:
    """Return the decimals that leave three significant digits."""
    return min(max(2 - floor(log10(abs(value))), 0), _MOST_DIGITS) if value and value - value == 0.0 else 0
