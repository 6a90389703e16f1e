"""Declared tolerances: how far two values of a column may lie apart and still count as equal.

Such values are compared one by one, never by a hash: within the tolerance there is no form that both sides share.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

import msgspec

from verify.equality.canonical import encode_row, microseconds
from verify.rows.rowdiff import RowDifference
from verify.store import Value

_EXACT = Context(prec=60_000, Emax=MAX_EMAX, Emin=MIN_EMIN)
_LONGEST = 20_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Tolerance(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers may differ by `absolute`, or by `relative` times the larger of both; instants by `absolute` seconds."""

    absolute: Decimal = Decimal(0)
    relative: Decimal = Decimal(0)

    def near(self, old: Value, new: Value) -> bool:
        """Return whether both values are numbers, or instants or days, and near enough; NULL is near nothing."""
        one, other = _position(old), _position(new)
        if one is None or other is None or isinstance(old, date) != isinstance(new, date):
            return False
        apart = _EXACT.abs(_EXACT.subtract(one, other))
        widest = max(_EXACT.abs(one), _EXACT.abs(other))
        return apart <= self.absolute or apart <= _EXACT.multiply(self.relative, widest)

    def words(self) -> str:
        """Return it in words."""
        parts = [f"{self.absolute:f}"] if self.absolute else []
        parts += [f"{_EXACT.multiply(self.relative, Decimal(100)).normalize():f} %"] if self.relative else []
        return f"within {' or '.join(parts) or '0'}"


class Tolerances:
    """The tolerances of a pair, by the place of their columns in a row."""

    def __init__(self, columns: tuple[str, ...], declared: Mapping[str, Tolerance]) -> None:
        self._places = [(at, declared[name]) for at, name in enumerate(columns) if name in declared]

    def beyond(self, difference: RowDifference) -> RowDifference | None:
        """Return what remains of a difference where near values count as equal; None where nothing does."""
        old, new = difference.old, difference.new
        if not self._places or not difference.detailed or old is None or new is None:
            return difference
        values = list(new)
        for at, tolerance in self._places:
            if tolerance.near(old[at], new[at]):
                values[at] = old[at]
        if encode_row(values) == encode_row(old):
            return None
        return msgspec.structs.replace(difference, new=tuple(values))


def _position(value: Value) -> Decimal | None:
    """Return a value on a line: a number, or seconds since 1970."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
    elif isinstance(value, datetime):
        return Decimal(microseconds(value)).scaleb(-6)
    elif isinstance(value, date):
        return Decimal(value.toordinal() - _EPOCH_DAY) * 86_400
    else:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _LONGEST else None
