"""BSON values as the values that every store speaks in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, DecimalException
from typing import Any

import bson
from bson import DatetimeMS, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.binary import Binary
from bson.code import Code
from bson.dbref import DBRef

from verify.equality.canonical import MISSING
from verify.equality.values import Foreign, ObjectKey, instant
from verify.store import Row, Selection, Value

PLAIN = frozenset({str, int, float, bool, bytes, type(None)})
"""What the driver hands over exactly as it is compared."""
_INT64 = range(-(2**63), 2**63)


def value_of(value: Any) -> Value:
    """Return the value of a field."""
    kind = value.__class__
    if kind in PLAIN:
        return value
    known = _KINDS.get(kind)
    if known is not None:
        return known(value)
    if isinstance(value, dict):
        return {name: value_of(item) for name, item in value.items()}
    if isinstance(value, list):
        return [value_of(item) for item in value]
    if isinstance(value, re.Pattern):
        return Foreign("regex", f"{value.pattern}/{value.flags}".encode())
    return Foreign(kind.__name__.lower(), bson.encode({"v": value}))


def places_of(selection: Selection) -> list[tuple[str, Any]]:
    """Return the fields to read with what stands for a missing one."""
    return [(each.column, None if each.missing_is_null else MISSING) for each in selection.readings]


def spellings(value: Value) -> list[Any]:
    """Return what MongoDB may hold for a value of a key, in BSON; nothing where it cannot be asked for."""
    if isinstance(value, ObjectKey):
        return [ObjectId(value.binary)]
    if isinstance(value, int) and not isinstance(value, bool) and value not in _INT64:
        return []
    if value.__class__ in PLAIN or isinstance(value, uuid.UUID | datetime):
        return [value]
    if isinstance(value, date):
        return [datetime(value.year, value.month, value.day), value.isoformat()]  # noqa: DTZ001 (BSON has no zone)
    if isinstance(value, Decimal):
        try:
            return [Decimal128(value)]
        except DecimalException:
            return []
    if isinstance(value, Foreign) and value.type.startswith("binary "):
        return [Binary(value.content, int(value.type.removeprefix("binary ")))]
    if isinstance(value, Mapping):
        found = {name: spellings(item) for name, item in value.items()}
        return [{name: items[0] for name, items in found.items()}] if all(found.values()) else []
    return []


def row_of(document: dict[str, Any], places: list[tuple[str, Any]]) -> Row:
    """Return the values of a document in the order of (name, what stands for a missing one)."""
    get = document.get
    values = [get(name, absent) for name, absent in places]
    return tuple([value if value.__class__ in PLAIN or value is MISSING else value_of(value) for value in values])


def _binary(value: Binary) -> Value:
    # Subtype 3 is a UUID whose byte order only its writer knows: never taken for one.
    return bytes(value) if value.subtype == 0 else Foreign(f"binary {value.subtype}", bytes(value))


def _code(value: Code) -> Value:
    if value.scope is None:
        return Foreign("code", str(value).encode())
    return Foreign("code with scope", bson.encode({"code": str(value), "scope": value.scope}))


def _far(value: DatetimeMS) -> Value:
    return instant(int(value) * 1000)


_KINDS: dict[type, Any] = {
    ObjectId: lambda value: ObjectKey(value.binary),
    Decimal128: lambda value: value.to_decimal(),
    Int64: int,
    datetime: lambda value: value.replace(tzinfo=UTC) if value.tzinfo is None else value,
    DatetimeMS: _far,
    Binary: _binary,
    uuid.UUID: lambda value: value,
    Decimal: lambda value: value,
    Timestamp: lambda value: Foreign("timestamp", value.time.to_bytes(4, "big") + value.inc.to_bytes(4, "big")),
    Regex: lambda value: Foreign("regex", f"{value.pattern}/{value.flags}".encode()),
    Code: _code,
    DBRef: lambda value: {name: value_of(item) for name, item in value.as_doc().items()},
    MinKey: lambda value: Foreign("min key", b""),
    MaxKey: lambda value: Foreign("max key", b""),
}
