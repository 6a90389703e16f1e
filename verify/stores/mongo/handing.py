"""Made-up documents through MongoDB's own decoding: what they are read as has to tell them apart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import bson
from bson import Decimal128, Int64, ObjectId

from verify.classes import TypeClass
from verify.proof.handing import Handed, words
from verify.store import Selection
from verify.stores.mongo.driver import CODEC, decode
from verify.stores.mongo.values import places_of, row_of

_AT = datetime(2024, 2, 29, 23, 59, 59, 999_000)  # noqa: DTZ001 (BSON has no zone)
_DAY = datetime(2024, 2, 29)  # noqa: DTZ001
_MISSING = object()

CHANGES: dict[TypeClass, tuple[tuple[Any, Any], ...]] = {
    TypeClass.other: (("a", "b"), (1, "1"), (True, 1)),
    TypeClass.boolean: ((True, False), (False, None)),
    TypeClass.integer: ((7, 8), (5, -5), (Int64(2**53), Int64(2**53 + 1)), (0, None)),
    TypeClass.decimal: (
        (Decimal128("0.10"), Decimal128("0.11")), (Decimal128("5"), Decimal128("-5")),
        (Decimal128("123456789012.25"), Decimal128("123456789012.26")),
    ),
    TypeClass.float: ((0.1, 0.10000000000000002), (1.5, -1.5), (1e300, 1e301)),
    TypeClass.text: (("Zoë", "Zoé"), ("zoe", "Zoe"), ("x", "x "), ("é", "e\u0301"), (None, "")),
    TypeClass.bytes: ((b"\0", b"\0\0"), (b"\1", b"\2"), (None, b"")),
    TypeClass.date: ((_DAY, _DAY + timedelta(days=1)),),
    TypeClass.time: (("23:59:59.999999", "23:59:59.999998"),),
    TypeClass.timestamp: ((_AT, _AT - timedelta(milliseconds=1)), (_AT, _AT + timedelta(hours=1))),
    TypeClass.interval: (("P1D", "PT24H"),),
    TypeClass.uuid: ((UUID(int=1), UUID(int=2)),),
    TypeClass.json: (({"a": 5}, {"a": -5}), ([1, 2], [2, 1]), ({"a": 1}, {"a": "1"}), ({}, {"a": None})),
    TypeClass.objectid: ((ObjectId("65a1b2c3d4e5f60718293a4b"), ObjectId("65a1b2c3d4e5f60718293a4c")),),
}  # fmt: skip
"""For each class the changes that must be noticed."""


def handed_over(selection: Selection) -> list[Handed]:
    """Return the made-up values of every field, encoded and decoded as those of a run are."""
    found = []
    places = places_of(selection)
    for at, one in enumerate(selection.readings):
        changes = CHANGES.get(one.kind, ())
        for before, after in changes + (() if one.missing_is_null else ((None, _MISSING),)):
            documents = [{} if value is _MISSING else {one.column: value} for value in (before, after)]
            values = [row_of(decode(bson.encode(each, codec_options=CODEC)), places) for each in documents]
            change = words(before, after) if after is not _MISSING else "NULL became missing"
            found.append(Handed(at, change, values[0][at], values[1][at]))
    return found
