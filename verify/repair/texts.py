"""Values as the text that SQL engines read back as the same value."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from verify.equality.values import JSON_NULL, Endless, Interval, ObjectKey
from verify.repair.change import CannotWriteError
from verify.store import Value

_MICROSECOND = timedelta(microseconds=1)


def text_of(value: Value) -> str:
    """Return a value as text: ISO 8601 with microseconds and offset, numbers with all their digits, JSON.

    Raises CannotWriteError where there is no text that reads back as the same value.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _clean(value)
        case float():
            return _float(value)
        case int() | Decimal() | uuid.UUID():
            return str(value)
        case datetime():
            return _instant(value)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return f"{value // _MICROSECOND} microseconds"
        case Interval():
            return f"{value.months} months {value.days} days {value.microseconds} microseconds"
        case Endless() | ObjectKey():
            return str(value)
        case _ if value is JSON_NULL or isinstance(value, Mapping | list):
            return json_of(value)
    raise CannotWriteError(f"values of type {type(value).__name__}")


def json_of(value: Value) -> str:
    """Return a document as JSON with exact numbers. Raises CannotWriteError for what JSON cannot hold."""
    match value:
        case None | True | False:
            return json.dumps(value)
        case _ if value is JSON_NULL:
            return "null"
        case str():
            return json.dumps(_clean(value), ensure_ascii=False)
        case int():
            return str(value)
        case float() | Decimal() if math.isfinite(value):
            return str(value) if isinstance(value, Decimal) else repr(value)
        case Mapping():
            return "{" + ", ".join(f"{json_of(str(name))}: {json_of(item)}" for name, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(json_of(item) for item in value) + "]"
    raise CannotWriteError(f"JSON with values of type {type(value).__name__}")


def _clean(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise CannotWriteError("text that is not Unicode") from None
    return text


def _float(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return repr(number)


def _instant(at: datetime) -> str:
    text = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo is not None else at
    return text.isoformat(sep=" ") + ("+00:00" if at.tzinfo is not None else "")
