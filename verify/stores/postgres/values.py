"""PostgreSQL's values in Python without loss: infinities, years beyond 9999, months, and exact JSON stay what they are.

The driver's own conversions overflow there, or make infinity the last microsecond of the year 9999.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from verify.equality.values import Endless, FarDay, FarInstant, Interval, day, instant

EPOCH_SHIFT = 946_684_800_000_000
"""Microseconds between 1970 and PostgreSQL's epoch, 2000-01-01."""
DAY_SHIFT = 10_957
"""Days between 1970 and PostgreSQL's epoch."""
_DAY_S = 86_400
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


def read_time(packed: tuple[int]) -> time | str:
    """Return a time of day, given in microseconds; 24:00:00, which PostgreSQL has beside 00:00:00, as that text."""
    seconds, microseconds = divmod(packed[0], 1_000_000)
    if seconds == _DAY_S:
        return "24:00:00"
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, microseconds)


def read_zoned_time(packed: tuple[int, int]) -> time | str:
    """Return a time of day with its offset, given in microseconds and seconds west of Greenwich."""
    microseconds, west = packed
    at = read_time((microseconds,))
    zone = timezone(timedelta(seconds=-west))
    if isinstance(at, str):
        return at + datetime(2000, 1, 1, tzinfo=zone).isoformat()[19:]
    return at.replace(tzinfo=zone)


def write_time(value: Any) -> tuple[int]:
    """Return a time of day as a parameter."""
    if isinstance(value, str):
        return (_DAY_S * 1_000_000,)
    return (((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond,)


def write_zoned_time(value: Any) -> tuple[int, int]:
    """Return a time of day with its offset as a parameter."""
    east = time.fromisoformat(value.replace("24:", "00:", 1)) if isinstance(value, str) else value
    return (*write_time(value), -round((east.utcoffset() or timedelta()).total_seconds()))


def write_instant(value: Any) -> tuple[int]:
    """Return a timestamp as a parameter."""
    if isinstance(value, Endless):
        return (_INT8[value is Endless.after],)
    from verify.equality.canonical import microseconds

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
        "time", schema="pg_catalog", encoder=write_time, decoder=read_time, format="tuple"
    )
    await connection.set_type_codec(
        "timetz", schema="pg_catalog", encoder=write_zoned_time, decoder=read_zoned_time, format="tuple"
    )
    await connection.set_type_codec(
        "interval", schema="pg_catalog", encoder=tuple, decoder=read_interval, format="tuple"
    )
