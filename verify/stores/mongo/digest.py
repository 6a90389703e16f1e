"""Hashes of documents as MongoDB itself computes them: expressions for an aggregation, and pairs that must differ.

The server has one hash, that of its hashed indexes, and it is made for finding documents: a double loses its fraction
(2.2 is 2.9), at any depth, numbers of all types are alike, and a missing field is NULL. So every value goes in with its
type, and decimals as text. `$toString` gives only six digits of a double (measured on 6.0) and `$toDecimal` fifteen; a
double goes in as these fifteen and the exact rest. int and long are one type. Documents nested deeper than `DEEPEST`
are an error of the server's, after which rows are compared here.

Cannot see: two documents whose hashes agree by chance (2**-64), or sums of them within a bucket.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bson import Decimal128, Int64, ObjectId, Regex, Timestamp
from bson.binary import Binary

from verify.store import Reading
from verify.stores.mongo.query import field

DEEPEST = 4
_GREATEST = 1.7976931348623157e308

Expression = Any


def row_hash(readings: Sequence[Reading], salt: bytes) -> Expression:
    """Return the hash of the fields that are read."""
    values = [
        {"$ifNull": [field(each.column), None]} if each.missing_is_null else field(each.column) for each in readings
    ]
    forms = [{"$let": {"vars": {"v": value}, "in": _form("$$v", DEEPEST)}} for value in values]
    return {"$toHashedIndexKey": [salt.hex(), forms]}


def bucket_of(name: str, buckets: int) -> Expression:
    """Return the bucket of a document by its key. Keys that are alike to the hash share one, which does no harm."""
    return {"$mod": [{"$toHashedIndexKey": field(name)}, buckets]}


def _form(value: str, depth: int) -> Expression:
    """Return the type of a value and what the hash tells apart of it."""
    kind = {"$type": value}
    item, member = f"i{depth}", f"m{depth}"
    # What is too deep is an error on purpose: no digest is better than one that does not look.
    deep: Expression = {"$toInt": "nested too deep"}
    members: Expression = deep
    items: Expression = deep
    if depth:
        pair = [f"$${member}.k", _form(f"$${member}.v", depth - 1)]
        members = {"$map": {"input": {"$objectToArray": value}, "as": member, "in": pair}}
        items = {"$map": {"input": value, "as": item, "in": _form(f"$${item}", depth - 1)}}
    short = {"$toDecimal": value}
    read_back = {"$convert": {"input": short, "to": "double", "onError": _GREATEST}}
    rest = {"$toDecimal": {"$subtract": [value, read_back]}}
    return {
        "$switch": {
            "branches": [
                {"case": {"$in": [kind, ["int", "long"]]}, "then": ["n", value]},
                {"case": {"$eq": [kind, "double"]}, "then": ["d", {"$toString": short}, {"$toString": rest}]},
                {"case": {"$eq": [kind, "decimal"]}, "then": ["D", {"$toString": value}]},
                {"case": {"$eq": [kind, "object"]}, "then": ["o", members]},
                {"case": {"$eq": [kind, "array"]}, "then": ["a", items]},
            ],
            "default": [kind, value],
        }
    }


MISSING_VALUE = object()
"""Stands for a field that is not there."""

_AT = datetime(2026, 1, 31, 23, 59, 59, 999_000, tzinfo=UTC)

PAIRS: tuple[tuple[Any, Any], ...] = (
    (2.2, 2.9), (0.3, 0.1 + 0.2), (1e300, 1e301), (1.0, -1.0), (5e-324, 1e-323), (float("nan"), 0.0),
    (float("inf"), float("-inf")), (_GREATEST, 1.7976931348623155e308), (123456789.123456789, 123456789.12345680),
    (9007199254740992.0, 9007199254740994.0), (1 / 3, 0.3333333333333334),
    (Int64(2**53), Int64(2**53 + 1)), (1, -1), (0, Int64(2**32)), (1, "1"), (1, True), (0, False), (0, None), (1, 1.5),
    (Decimal128("2.2"), Decimal128("2.9")), (Decimal128("2.20"), Decimal128("2.21")),
    (Decimal128("1E-10"), Decimal128("0")), (Decimal128("NaN"), Decimal128("0")),
    (Decimal128("1234567890123456789012345678901234"), Decimal128("1234567890123456789012345678901235")),
    (None, MISSING_VALUE), (None, ""), ("", "0"), ("a", "b"), ("a", "a "), ("é", "e\u0301"), ("null", None),
    (True, "true"), (False, None), (_AT, _AT.replace(microsecond=998_000)), (_AT, "2026-01-31T23:59:59.999Z"),
    (Binary(b"x" * 16, 0), Binary(b"x" * 16, 4)), (Binary(b"", 0), ""), (Binary(b"a"), Binary(b"b")),
    (ObjectId("0" * 24), "0" * 24), (ObjectId("0" * 24), ObjectId("0" * 23 + "1")), (Regex("a"), Regex("b")),
    (Timestamp(1, 1), Timestamp(1, 2)), ({}, []), ({}, None), ({"a": None}, {}), ({"a": 2.2}, {"a": 2.9}),
    ({"a": 1}, {"a": "1"}), ({"a": {"b": 1}}, {"a.b": 1}), ({"a": 1}, {"b": 1}), ([2.2], [2.9]), ([1, 2], [2, 1]),
    ([[1], [2]], [[1, 2]]), ([1], [1, 1]), ([None], []), ({"a": [{"b": 2.2}]}, {"a": [{"b": 2.9}]}),
    ({"a": Decimal128("2.2")}, {"a": Decimal128("2.9")}), (["ab", "c"], ["a", "bc"]),
)  # fmt: skip
"""Values that are not the same and that a hash may take for the same."""


def probe(salt: bytes) -> list[dict[str, Any]]:
    """Return the pipeline that hashes both values of each pair, in their order."""
    documents = []
    for at, pair in enumerate(PAIRS):
        for which, value in enumerate(pair):
            documents.append({"_id": 2 * at + which, **({} if value is MISSING_VALUE else {"v": value})})
    literal = [{"$literal": each} for each in documents]
    return [
        {"$documents": literal},
        {"$project": {"h": row_hash((Reading(column="v"),), salt)}},
        {"$sort": {"_id": 1}},
    ]


def survivors(hashes: Sequence[int]) -> tuple[str, ...]:
    """Return the pairs that these hashes do not tell apart, in words."""
    return tuple(
        f"{_shown(one)} and {_shown(other)}"
        for (one, other), a, b in zip(PAIRS, hashes[::2], hashes[1::2], strict=True)
        if a == b
    )


def _shown(value: Any) -> str:
    return "a missing field" if value is MISSING_VALUE else repr(value)[:40]
