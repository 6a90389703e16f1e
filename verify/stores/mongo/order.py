"""The order of BSON values, as MongoDB sorts `_id`: by kind first, numbers of all widths together.

Source: the comparison order of the MongoDB manual. Collections with a collation sort text otherwise; their `_id`
comes in another order and such documents would be told as missing and extra, so they are refused when read.
"""

from __future__ import annotations

import math
import uuid
from datetime import datetime
from typing import Any

from bson import DatetimeMS, Decimal128, MaxKey, MinKey, ObjectId, Timestamp
from bson.binary import Binary

_NOT_A_NUMBER = (2, 0, 0)


def order_of(value: Any) -> tuple[Any, ...]:
    """Return a tuple that compares as MongoDB compares the values. Raises TypeError for kinds no `_id` can have."""
    match value:
        case MinKey():
            return (0,)
        case None:
            return (1,)
        case bool():
            return (8, value)
        case int() | float():
            return _number(value)
        case Decimal128():
            return _number(value.to_decimal())
        case str():
            return (3, value.encode("utf-8", "surrogatepass"))
        case dict():
            return (4, *[(order_of(item)[0], name.encode(), order_of(item)) for name, item in value.items()])
        case list():
            return (5, *[order_of(item) for item in value])
        case uuid.UUID():
            return (6, 16, 4, value.bytes)
        case Binary():
            return (6, len(value), value.subtype, bytes(value))
        case bytes():
            return (6, len(value), 0, value)
        case ObjectId():
            return (7, value.binary)
        case datetime():
            return (9, _milliseconds(value))
        case DatetimeMS():
            return (9, int(value))
        case Timestamp():
            return (10, value.time, value.inc)
        case MaxKey():
            return (12,)
        case _:
            raise TypeError(f"an _id of type {type(value).__name__}")


def _number(value: Any) -> tuple[Any, ...]:
    # NaN comes before all other numbers.
    return _NOT_A_NUMBER if value != value or math.isnan(value) else (2, 1, value)


def _milliseconds(at: datetime) -> int:
    since = at.replace(tzinfo=None) - datetime(1970, 1, 1)  # noqa: DTZ001 (the driver gives UTC without a zone)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def are_of_one_kind(one: Any, other: Any) -> bool:
    """Return whether two values lie in one part of MongoDB's order, as numbers of all widths do; NaN, of which no range
    of numbers holds any, with none."""
    try:
        kinds = order_of(one), order_of(other)
    except TypeError:
        return False
    return kinds[0][0] == kinds[1][0] and _NOT_A_NUMBER not in kinds
