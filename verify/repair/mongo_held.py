"""Documents by their keys, as MongoDB holds them now; and values of other engines as BSON."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, DecimalException
from typing import Any

from bson import DatetimeMS, Decimal128, Int64, ObjectId

from verify.equality.canonical import MISSING, encode
from verify.equality.reading import reader_of
from verify.equality.values import JSON_NULL, FarInstant, ObjectKey
from verify.repair.change import CannotWriteError
from verify.repair.lookup import BATCH_KEYS, Found, mark_of
from verify.store import Key, Row, Selection, Value
from verify.stores.mongo.batches import documents
from verify.stores.mongo.driver import decode
from verify.stores.mongo.query import both, query
from verify.stores.mongo.store import MongoSnapshot
from verify.stores.mongo.values import value_of


class HeldDocuments:
    """The documents of one side."""

    def __init__(self, snapshot: MongoSnapshot) -> None:
        self._snapshot = snapshot
        self._orders: dict[bytes, tuple[str, ...]] = {}

    async def rows(self, selection: Selection, keys: Mapping[bytes, Key]) -> Found:
        """Return the documents of these keys as rows of BSON values. Raises StoreError."""
        names = [reading.column for reading in selection.readings]
        read, width = self.reader(selection), selection.key_width
        carried = any(reading.carried for reading in selection.readings[:width])
        wanted = list(keys.values())
        queries = [{}] if carried else [
            _any_of(selection.key, wanted[at : at + BATCH_KEYS]) for at in range(0, len(wanted), BATCH_KEYS)
        ]  # fmt: skip
        found: Found = {}
        table = self._snapshot.known(selection.table)
        for each in queries:
            where = both(each, query(selection.where))
            async for raw in self._snapshot.mongo.raw_batches(table, None, where=where):
                for document in map(decode, documents(raw)):
                    row = tuple(document.get(name, MISSING) for name in names)
                    mark = mark_of(read(row)[:width])
                    if mark in keys:
                        found.setdefault(mark, []).append(row)
                        self._orders[mark] = tuple(document)
        return found

    def reader(self, selection: Selection) -> Callable[[Row], Row]:
        """Return what reads a row of BSON values so that both sides compare."""
        absent = [None if reading.missing_is_null else MISSING for reading in selection.readings]
        read = reader_of(selection)

        def readable(row: Row) -> Row:
            return read(tuple(
                nothing if value is MISSING else value_of(value) for value, nothing in zip(row, absent, strict=True)
            ))  # fmt: skip

        return readable

    def order(self, mark: bytes) -> tuple[str, ...]:
        """Return the order of a document's fields."""
        return self._orders.get(mark, ())

    def stored(self, value: Value) -> Value:
        """Return a value of another engine as BSON. Raises CannotWriteError."""
        return MISSING if value is MISSING else bson_of(value)


def _any_of(names: tuple[str, ...], keys: list[Key]) -> dict[str, Any]:
    if len(names) == 1:
        return {names[0]: {"$in": [bson_of(key[0]) for key in keys]}}
    return {"$or": [{name: {"$eq": bson_of(part)} for name, part in zip(names, key, strict=True)} for key in keys]}


def bson_of(value: Value) -> Any:
    """Return a value as BSON holds it. Raises CannotWriteError where it could not be held exactly."""
    match value:
        case None | bool() | str() | float() | bytes() | uuid.UUID() | Int64() | Decimal128() | ObjectId():
            return value
        case _ if value is JSON_NULL:
            return None
        case int():
            if not -(2**63) <= value < 2**63:
                raise CannotWriteError("integers beyond 64 bits")
            return value if -(2**31) <= value < 2**31 else Int64(value)
        case Decimal():
            return _decimal(value)
        case datetime():
            if value.microsecond % 1000:
                raise CannotWriteError("instants finer than milliseconds")
            return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case time():
            return value.isoformat()
        case FarInstant() if value.microseconds % 1000 == 0:
            return DatetimeMS(value.microseconds // 1000)
        case ObjectKey():
            return ObjectId(value.binary)
        case list():
            return [_within(item) for item in value]
        case Mapping():
            return {str(name): _within(item) for name, item in value.items()}
    raise CannotWriteError(f"values of type {type(value).__name__}")


def _within(value: Value) -> Any:
    """Return a value inside a document: JSON has one kind of number, so a double where it is exact."""
    if isinstance(value, Decimal) and encode(float(value)) == encode(value):
        return float(value)
    return bson_of(value)


def _decimal(value: Decimal) -> Decimal128:
    try:
        exact = Decimal128(value)
    except DecimalException:
        raise CannotWriteError("decimals of more than 34 digits") from None
    if encode(exact.to_decimal()) != encode(value):
        raise CannotWriteError("decimals of more than 34 digits")
    return exact
