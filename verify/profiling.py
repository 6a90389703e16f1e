"""The profile of a column: a few numbers that a store computes in one scan, the same in every engine.

What engines would compute differently is not measured: then a measure is left out on that side, and not compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any, Protocol, runtime_checkable

import msgspec

from verify.classes import TypeClass
from verify.distinct import Distinct, places_of
from verify.equality.canonical import MISSING, encode
from verify.equality.carriers import cut_to
from verify.store import Reading, Selection, Value

Measures = Mapping[str, Value]
"""The measures of a column by name; None where there is nothing to measure."""

HUGE = 1e150
"""Floats from here on are left out of sums, which could overflow."""
COLUMNS_AT_ONCE = 100
"""Columns measured by one statement; PostgreSQL returns at most 1,664 values in a row."""

WORDS = {
    "nulls": "number of NULLs", "missing": "number of missing fields", "least": "least value",
    "greatest": "greatest value", "sum": "sum", "trues": "number of true ones", "shortest": "least length in bytes",
    "longest": "greatest length in bytes", "bytes": "sum of lengths in bytes", "distinct": "number of distinct values",
}  # fmt: skip
"""What is compared, in words."""

SKETCHED = frozenset(
    {TypeClass.integer, TypeClass.decimal, TypeClass.float, TypeClass.text, TypeClass.bytes, TypeClass.date,
     TypeClass.timestamp}
)  # fmt: skip
"""Classes whose distinct values are estimated, where the engine can hash them."""

_EXACT = Context(prec=MAX_PREC if MAX_PREC < 10**6 else 10**6, Emax=MAX_EMAX, Emin=MIN_EMIN)
_ORDERED = frozenset({TypeClass.integer, TypeClass.decimal, TypeClass.float, TypeClass.date, TypeClass.timestamp})


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The measures of each column of a selection, in its order, over so many rows."""

    rows: int
    columns: tuple[Measures, ...]


@runtime_checkable
class Profiles(Protocol):
    """A snapshot that can measure columns. Raises StoreError."""

    async def profile(self, selection: Selection) -> Profile:
        """Return the profile of every column, from one scan (or one per hundred columns)."""


def measured_class(reading: Reading) -> TypeClass | None:
    """Return the class by which a column is measured: `other` for its NULLs alone, None for not at all."""
    if reading.transformed:
        return None
    return TypeClass.other if reading.carried else reading.kind


def measure(reading: Reading, values: Iterable[Value]) -> Measures:
    """Return the measures of a column's values as they are defined: what every engine has to agree with."""
    kind, found = measured_class(reading), list(values)
    if kind is None:
        return {}
    missing = sum(value is MISSING for value in found)
    nulls = sum(value is None for value in found)
    one = {"nulls": nulls, "missing": missing}
    if reading.missing_is_null:
        one = {"nulls": nulls + missing, "missing": 0}
    present = [value for value in found if value is not None and value is not MISSING]
    measured = one | _by_class(kind, present)
    if kind is TypeClass.timestamp and reading.step_us > 1:
        present = [cut_to(reading.step_us)(value) for value in present]
    return measured | ({"distinct": sketch(present)} if kind in SKETCHED and len(measured) > len(one) else {})


def sketch(values: Iterable[Value]) -> Distinct:
    """Return the sketch of the distinct values, by their canonical bytes."""
    return Distinct(hashed="canonical", places=places_of(map(encode, values)))


def _by_class(kind: TypeClass, values: list[Any]) -> dict[str, Value]:
    match kind:
        case TypeClass.boolean:
            return {"trues": sum(value is True for value in values)}
        case TypeClass.text | TypeClass.bytes:
            if any(not isinstance(value, str if kind is TypeClass.text else bytes) for value in values):
                return {}
            raw = [value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value for value in values]
            lengths = [len(each) for each in raw]
            found: dict[str, Value] = {
                "shortest": min(lengths, default=None), "longest": max(lengths, default=None), "bytes": sum(lengths),
            }  # fmt: skip
            ordered = {"least": min(values, default=None), "greatest": max(values, default=None)}
            return found | (ordered if kind is TypeClass.text else {})
        case TypeClass.float:
            finite = [float(value) for value in values if math.isfinite(value)]
            usual = [value for value in finite if abs(value) < HUGE]
            return {
                "least": min(finite, default=None), "greatest": max(finite, default=None),
                "sum": math.fsum(usual), "magnitude": math.fsum(map(abs, usual)),
            }  # fmt: skip
        case TypeClass.integer | TypeClass.decimal:
            numbers = [Decimal(value) for value in values]
            numbers = [number for number in numbers if number.is_finite()]
            total = Decimal(0)
            for number in numbers:
                total = _EXACT.add(total, number)
            return {"least": min(numbers, default=None), "greatest": max(numbers, default=None), "sum": total}
        case _ if kind in _ORDERED:
            return {"least": min(values, default=None), "greatest": max(values, default=None)}
    return {}


def same_sum(rows: int, old: tuple[float, float], new: tuple[float, float]) -> bool:
    """Return whether two sums of floats, each with the sum of magnitudes, may be sums of the same numbers.

    However n numbers are added up, the error stays below n * 2**-53 times the sum of magnitudes (Higham, Accuracy and
    Stability of Numerical Algorithms, section 4.2); both sides have one, hence twice that, and twice again for the
    magnitudes, which are sums as well.
    """
    bound = 4 * max(rows, 1) * 2.0**-53 * max(abs(old[1]), abs(new[1]))
    return abs(old[0] - new[0]) <= bound
