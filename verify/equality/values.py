"""Values that databases hold and Python's own types cannot: far and endless instants, months, JSON's own null."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import total_ordering
from typing import Final, NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_INSTANT = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
LAST_INSTANT = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
"""The first and the last microsecond since 1970 that Python's own timestamps have."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class JsonNull(Enum):
    """The type of JSON_NULL."""

    null = "null"


JSON_NULL: Final = JsonNull.null
"""A JSON column that holds `null`, which is not a column that holds nothing."""


@total_ordering
class Endless(Enum):
    """An instant or a day before or after all others."""

    before = "-infinity"
    after = "infinity"

    def __lt__(self, other: object) -> bool:
        return self is Endless.before and other is not Endless.before

    def __str__(self) -> str:
        return self.value


class FarInstant(NamedTuple):
    """An instant outside of the years 1 to 9999, in microseconds since 1970 UTC."""

    microseconds: int

    def __str__(self) -> str:
        return f"{self.microseconds / 31_556_952e6 + 1970:.1f} years, {self.microseconds} microseconds since 1970"


class FarDay(NamedTuple):
    """A day outside of the years 1 to 9999, in days since 1970."""

    days: int

    def __str__(self) -> str:
        return f"{self.days / 365.2425 + 1970:.1f} years, {self.days} days since 1970"


class Interval(NamedTuple):
    """A span as SQL has it: its months and days have no fixed length, so they stay apart from the microseconds."""

    months: int
    days: int
    microseconds: int

    def __str__(self) -> str:
        return f"{self.months} months {self.days} days {self.microseconds} microseconds"


def instant(microseconds: int) -> datetime | FarInstant:
    """Return the instant so many microseconds after 1970 UTC."""
    if FIRST_INSTANT <= microseconds <= LAST_INSTANT:
        return _EPOCH + timedelta(microseconds=microseconds)
    return FarInstant(microseconds)


def day(days: int) -> date | FarDay:
    """Return the day so many days after 1970-01-01."""
    ordinal = days + _EPOCH_DAY
    return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else FarDay(days)


class ObjectKey(NamedTuple):
    """MongoDB's ObjectId: 12 bytes, in other engines their 24 hexadecimal digits."""

    binary: bytes

    def __str__(self) -> str:
        return self.binary.hex()


class Foreign(NamedTuple):
    """A value of a type that only one engine has (a regular expression, an old UUID): equal to its like alone."""

    type: str
    content: bytes

    def __str__(self) -> str:
        return f"{self.type} {self.content.hex()[:64]}"
