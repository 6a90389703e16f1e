"""Reading values as the class that both sides of a column agree on.

An engine that lacks a type carries it in another one: SQLite keeps timestamps as text and booleans as 0 and 1.
A reader turns such a carrier into the value it means, and leaves everything else exactly as it is, so that what
cannot be read stays visibly different instead of becoming equal by accident.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

from verify.classes import TypeClass
from verify.equality.values import JSON_NULL, Interval, ObjectKey
from verify.store import Value

Reader = Callable[[Value], Value]

_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,6})0*)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_OBJECT_KEY = re.compile(r"[0-9a-fA-F]{24}", re.ASCII)
_ISO_SPAN = re.compile(
    r"P(?:(-?\d{1,9})Y)?(?:(-?\d{1,9})M)?(?:(-?\d{1,9})W)?(?:(-?\d{1,9})D)?"
    r"(?:T(?:(-?\d{1,9})H)?(?:(-?\d{1,9})M)?(?:(-?\d{1,12}(?:\.\d{1,6})?)S)?)?", re.ASCII,
)  # fmt: skip
_SPAN = re.compile(
    r"(?:(-?\d{1,9}) years?)? ?(?:(-?\d{1,9}) (?:months?|mons?))? ?(?:(-?\d{1,9}) days?)?"
    r" ?(?:(-?)(\d{1,9}):(\d\d):(\d\d(?:\.\d{1,6})?))?", re.ASCII,
)  # fmt: skip
_INTEGER = re.compile(r"[+-]?\d{1,4000}", re.ASCII)
_BOOLEANS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


def read_boolean(value: Value) -> Value:
    """Return 0, 1 and their usual texts as booleans, anything else as it is."""
    if value.__class__ is int and value in (0, 1):
        return bool(value)
    return _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value


def read_integer(value: Value) -> Value:
    """Return the text of an integer as that integer, anything else as it is."""
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value


def read_decimal(value: Value) -> Value:
    """Return the text of a decimal number as that number, anything else as it is."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    return value


def read_float(value: Value) -> Value:
    """Return the text of a number, `nan` or `inf` as a float, anything else as it is."""
    if isinstance(value, str) and (
        _DECIMAL.fullmatch(value) or value.lower().lstrip("+-") in ("nan", "inf", "infinity")
    ):
        return float(value)
    return value


def read_timestamp(value: Value) -> Value:
    """Return ISO 8601 text as the instant in UTC, anything else as it is. Text without a zone counts as UTC.

    More than six digits of a second stay text unless the rest are zeros: nothing is rounded here.
    """
    if not isinstance(value, str):
        return value
    if len(value) in (19, 26) and value[7] == "-" and value[10] in "T " and value[13] == value[16] == ":":
        # The usual spellings, with seconds or microseconds; the general way below costs four times as much.
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    match = _TIMESTAMP.fullmatch(value)
    if match is None:
        return value
    day, minutes, seconds, fraction, zone = match.groups()
    zone = {None: "+00:00", "Z": "+00:00", "z": "+00:00"}.get(zone, zone)
    try:
        at = datetime.fromisoformat(f"{day}T{minutes}{seconds or ':00'}.{(fraction or '').ljust(6, '0')}{zone}")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return value


def read_date(value: Value) -> Value:
    """Return the text of a day (`2026-01-31`), or its midnight, as that day, anything else as it is."""
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    return _parsed(date.fromisoformat, value) if isinstance(value, str) and len(value) == 10 else value


def read_time(value: Value) -> Value:
    """Return the text of a time of day as that time, anything else as it is; 24:00:00 is none, and not 00:00:00."""
    if not isinstance(value, str) or value[2:3] != ":" or value[:2] == "24":
        return value
    return _parsed(time.fromisoformat, value)


def read_interval(value: Value) -> Value:
    """Return the text of a span (`P1M2DT3.5S`, `1 month 2 days 00:00:03.5`) as that span, anything else as it is."""
    if not isinstance(value, str) or not any(map(str.isdigit, value)):
        return value
    if (iso := _ISO_SPAN.fullmatch(value)) is not None and value[-1] != "T":
        years, months, weeks, days, hours, minutes, seconds = iso.groups(default="0")
        sign = 1
    elif (plain := _SPAN.fullmatch(value)) is not None:
        years, months, days, minus, hours, minutes, seconds = (group or "0" for group in plain.groups())
        weeks, sign = "0", -1 if minus == "-" else 1
    else:
        return value
    whole = (int(hours) * 60 + int(minutes)) * 60_000_000 + int(Decimal(seconds) * 1_000_000)
    return Interval(int(years) * 12 + int(months), int(weeks) * 7 + int(days), sign * whole)


def read_uuid(value: Value) -> Value:
    """Return 16 bytes or the usual texts of a UUID as that UUID, anything else as it is."""
    if isinstance(value, bytes) and len(value) == 16:
        return uuid.UUID(bytes=value)
    return _parsed(uuid.UUID, value) if isinstance(value, str) and len(value) in (32, 36) else value


def read_json(value: Value) -> Value:
    """Return JSON text as lists, mappings and exact numbers, `null` as JSON_NULL; text with duplicate keys or NaN
    stays text."""
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value, parse_float=_exact, parse_constant=_refuse, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        return value
    return JSON_NULL if read is None else read


def cut_to(step_us: int) -> Reader:
    """Return a reader that cuts instants to whole steps (of at most a second), towards the past as MongoDB does."""

    def cut(value: Value) -> Value:
        if not isinstance(value, datetime):
            return value
        return value.replace(microsecond=value.microsecond // step_us * step_us)

    return cut


def read_object_key(value: Value) -> Value:
    """Return 12 bytes, or their 24 hexadecimal digits, as an ObjectId, anything else as it is."""
    if isinstance(value, str) and _OBJECT_KEY.fullmatch(value):
        return ObjectKey(bytes.fromhex(value))
    return ObjectKey(value) if isinstance(value, bytes) and len(value) == 12 else value


READERS: dict[TypeClass, Reader] = {
    TypeClass.boolean: read_boolean,
    TypeClass.integer: read_integer,
    TypeClass.decimal: read_decimal,
    TypeClass.float: read_float,
    TypeClass.date: read_date,
    TypeClass.time: read_time,
    TypeClass.timestamp: read_timestamp,
    TypeClass.interval: read_interval,
    TypeClass.uuid: read_uuid,
    TypeClass.json: read_json,
    TypeClass.objectid: read_object_key,
}
"""The classes with carriers; values of the others are compared as they come."""


def _parsed(parse: Callable[[str], Value], text: str) -> Value:
    try:
        return parse(text)
    except ValueError:
        return text


def _exact(literal: str) -> Decimal:
    number = Decimal(literal)
    if abs(number.adjusted()) > 20_000:
        raise ValueError("a number of unreasonable size")
    return number


def _refuse(constant: str) -> Value:
    raise ValueError(f"{constant} is not JSON")


def _without_duplicates(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate keys")
    return found
