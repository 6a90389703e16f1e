"""PostgreSQL's values in Python without loss: infinities, years beyond 9999, months, and exact JSON stay what they are.

The driver's own conversions overflow there, or make infinity the last microsecond of the year 9999.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from verify.values import Endless, FarDay, FarInstant, Interval, day, instant

EPOCH_SHIFT = 946_684_800_000_000
"""Microseconds between 1970 and PostgreSQL's epoch, 2000-01-01."""
DAY_SHIFT = 10_957
"""Days between 1970 and PostgreSQL's epoch."""
_INT8 = (-(2**63), 2**63 - 1)
_INT4 = (-(2**31), 2**31 - 1)


def read_instant(packed: tuple[int]) -> datetime | FarInstant | Endless:
    """Return a timestamp, given in microseconds since 2000."""
    (microseconds,) = packed
    if microseconds in _INT8:
        return Endless.before if microseconds < 0 else Endless.after
    return instant(microseconds + EPOCH_SHIFT)


def read_day(packed: tuple[int]) -> date | FarDay | Endless:
    """Return a date, given in days since 2000."""
    (days,) = packed
    if days in _INT4:
        return Endless.before if days < 0 else Endless.after
    return day(days + DAY_SHIFT)


def read_interval(packed: tuple[int, int, int]) -> Interval:
    """Return an interval, given as months, days and microseconds."""
    return Interval(*packed)


def write_instant(value: Any) -> tuple[int]:
    """Return a timestamp as a parameter."""
    if isinstance(value, Endless):
        return (_INT8[value is Endless.after],)
    from verify.canonical import microseconds

    at = value.microseconds if isinstance(value, FarInstant) else microseconds(value)
    return (at - EPOCH_SHIFT,)


def write_day(value: Any) -> tuple[int]:
    """Return a date as a parameter."""
    if isinstance(value, Endless):
        return (_INT4[value is Endless.after],)
    days = value.days if isinstance(value, FarDay) else value.toordinal() - date(1970, 1, 1).toordinal()
    return (days - DAY_SHIFT,)


async def set_codecs(connection: Any) -> None:
    """Make a connection read and write values in this way."""
    for name in ("timestamp", "timestamptz"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=write_instant, decoder=read_instant, format="tuple"
        )
    await connection.set_type_codec(
        "date", schema="pg_catalog", encoder=write_day, decoder=read_day, format="tuple"
    )
    await connection.set_type_codec(
        "interval", schema="pg_catalog", encoder=tuple, decoder=read_interval, format="tuple"
    )
