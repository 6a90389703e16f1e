"""Recognise a point in time in a text, and say how it is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache

import msgspec

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)([T t])(\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,12}))?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?\Z", re.ASCII
)
_HTTP = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})\Z", re.ASCII)


class Instant(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed instant. `wall` is the clock reading without fraction, `offset_s` None where no zone is written.

    `fraction` keeps its digits, `style` names how it is written: family, separator, digits and zone.
    """

    wall: datetime
    fraction: str
    offset_s: int | None
    style: str

    @property
    def utc(self) -> datetime:
        """Return the instant without fraction, in UTC; a reading without zone is taken as UTC."""
        return self.wall.replace(tzinfo=timezone(timedelta(seconds=self.offset_s or 0))).astimezone(UTC)


def parse_instant(text: str) -> Instant | None:
    """Return the instant that a text is, or None. ISO 8601 with a time of day, and the dates of HTTP (RFC 9110).

    Cannot see: epoch numbers, dates without time, local formats.
    """
    return _parse(text) if 16 <= len(text) <= 45 else None


@lru_cache(maxsize=1024)
def _parse(text: str) -> Instant | None:
    """One instant is looked at a dozen times while its exchange is compared."""
    match = _ISO.match(text)
    try:
        if match is not None:
            day, separator, clock, fraction, zone = match.groups()
            wall = datetime.fromisoformat(f"{day}T{clock}")
            fraction = fraction or ""
            offset = _offset_s(zone)
            if wall.year in (1, 9999) or (offset is not None and abs(offset) >= 86400):
                return None
            style = f"iso {separator} {len(clock)} {len(fraction)} {_zone_style(zone)}"
            return Instant(wall=wall, fraction=fraction, offset_s=offset, style=style)
        if _HTTP.match(text):
            moment = parsedate_to_datetime(text)
            offset_s = int((moment.utcoffset() or timedelta()).total_seconds())
            return Instant(wall=moment.replace(tzinfo=None), fraction="", offset_s=offset_s, style="http")
    except ValueError:
        return None
    return None


def _offset_s(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def _zone_style(zone: str | None) -> str:
    if zone is None:
        return "none"
    return zone if zone in "Zz" else f"offset{len(zone)}"
