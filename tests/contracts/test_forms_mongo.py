"""Values of MongoDB that are written in two ways: which are one value, and which are two. One collection for each."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Decimal128, Int64, MaxKey, MinKey, ObjectId, Timestamp
from bson.binary import Binary
from bson.code import Code
from bson.datetime_ms import DatetimeMS
from bson.dbref import DBRef
from bson.regex import Regex

from bench.verify.mongod import MongoServer
from shadow.config.model import TablePair
from tests.contracts.answers import answers, misjudged
from verify.stores import open_store

NAN, INF = float("nan"), float("inf")
NOTHING = object()
MOST = Decimal128("9.999999999999999999999999999999999E+6144")
SAME: list[tuple[Any, Any]] = [
    (1, Int64(1)), (1, 1.0), (1, Decimal128("1.00")), (NAN, NAN), (NAN, Decimal128("NaN")), (0.0, -0.0),
    (Decimal128("-0"), 0), (Decimal128("1E+3"), 1000), (Decimal128("Infinity"), INF), (MOST, MOST),
    (Decimal128("1E-6176"), Decimal128("1E-6176")), ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ([{"a": 1, "b": [1.0]}], [{"b": [1], "a": Int64(1)}]), ([], []), ("a\0b", "a\0b"), (DBRef("c", 1), DBRef("c", 1)),
    (Regex("a", "i"), Regex("a", "i")), (Code("f", {"a": 1}), Code("f", {"a": 1})), (MinKey(), MinKey()),
]  # fmt: skip
OTHER: list[tuple[Any, Any]] = [
    (1, "1"), (1, True), (None, NOTHING), ("", None), ([], {}), ([1, 2], [2, 1]), ({"a": None}, {}), ([1], 1),
    (Int64(2**53 + 1), float(2**53)), (0.1, Decimal128("0.1000000000000000055511151231257827")), (NAN, None),
    (Decimal128("1E-6176"), 0), (MOST, Decimal128("9.999999999999999999999999999999998E+6144")), ([[1]], [1]),
    (Binary(b"x", 0), Binary(b"x", 5)), (Binary(b"x", 0), "x"), (Binary(bytes(16), 3), Binary(bytes(16), 4)),
    (Regex("a", "i"), Regex("a")), (Code("f"), "f"), (Code("f", {"a": 1}), Code("f")),
    (Code("f", {"a": 1}), Code("f", {"a": 2})), (ObjectId("0" * 24), "0" * 24), (Timestamp(1, 2), Timestamp(2, 1)),
    (MinKey(), MaxKey()), (DatetimeMS(2**60), DatetimeMS(2**60 + 1)), ("a\0b", "a\0c"), ("é", "e\u0301"),
    ({"a.b": 1}, {"a": {"b": 1}}),
]  # fmt: skip


@pytest.mark.parametrize("key", ["_id", "k"])
def test_two_ways_of_writing(mongo: MongoServer, key: str) -> None:
    """Byte for byte where the key is the _id, by value elsewhere."""
    names = [mongo.new_database(), mongo.new_database()]
    cases = {f"t{n}": case for n, case in enumerate([*SAME, *OTHER])}
    for side, name in enumerate(names):
        for collection, case in cases.items():
            document = {"v": case[side]} if case[side] is not NOTHING else {}
            own = [{"_id": n} if key == "_id" else {"_id": n + 10 * side, "k": n} for n in (1, 7)]
            mongo.client[name][collection].insert_many([{**own[0], "v": None}, {**own[1], **document}])
    ignore = () if key == "_id" else ("_id",)
    pairs = tuple(TablePair(old=collection, key=(key,), ignore=ignore) for collection in cases)
    checks = answers(*(open_store(mongo.url(name)) for name in names), tables=pairs)
    assert misjudged(checks, cases, len(SAME), f"{key}=7") == []
