"""Profiles of MongoDB's fields: one $group, one scan."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bson import Decimal128

from verify.classes import TypeClass
from verify.distinct import Distinct, K
from verify.profiling import COLUMNS_AT_ONCE, HUGE, Measures, Profile, measured_class
from verify.store import Reading, Selection
from verify.stores.mongo.query import field, query
from verify.stores.mongo.values import value_of

Expression = dict[str, Any] | str
_NOT_NUMBERS = {
    TypeClass.float: [float("nan"), float("inf"), float("-inf")],
    TypeClass.decimal: [Decimal128("NaN"), Decimal128("Infinity"), Decimal128("-Infinity")],
}


_SKETCHED = frozenset({TypeClass.integer, TypeClass.text, TypeClass.timestamp})
"""Classes whose values the server's hash tells apart: of a double it leaves out the fraction."""


def pipeline(selection: Selection, *, sketched: bool = True) -> list[dict[str, Any]]:
    """Return the pipeline whose only document holds `rows` and, as f0_least, the measures of every field; of the
    first COLUMNS_AT_ONCE the distinct values too, where the server has the hash (`sketched`)."""
    group: dict[str, Any] = {"_id": None, "rows": {"$sum": 1}}
    for at, reading in enumerate(selection.readings):
        group |= {f"f{at}_{name}": what for name, what in _field(reading).items()}
        if sketched and at < COLUMNS_AT_ONCE and _has_sketch(reading):
            group[f"f{at}_distinct"] = {"$addToSet": _place(field(reading.column))}
    return [{"$match": query(selection.where)}, {"$group": group}]


def profile_of(selection: Selection, document: Mapping[str, Any] | None) -> Profile:
    """Return the profile that the pipeline's document is; None stands for no rows."""
    from verify.profiling import measure

    if document is None:
        return Profile(rows=0, columns=tuple(measure(reading, ()) for reading in selection.readings))
    columns = tuple(_measures(reading, at, document) for at, reading in enumerate(selection.readings))
    return Profile(rows=int(document["rows"]), columns=columns)


# $min, $max and $sum leave out by themselves what is missing, undefined or null.
def _field(reading: Reading) -> dict[str, Any]:
    value = field(reading.column)
    kind = measured_class(reading)
    if kind is None:
        return {}
    bson_type = {"$type": value}
    nothing = {"$in": [bson_type, ["null", "undefined"]]}
    found: dict[str, Any] = {"nulls": _count(nothing), "missing": _count({"$eq": [bson_type, "missing"]})}
    match kind:
        case TypeClass.boolean:
            found["trues"] = _count({"$eq": [value, True]})
        case TypeClass.integer:
            found |= _ends(value) | {"sum": {"$sum": {"$toDecimal": value}}}
        case TypeClass.decimal:
            found |= _ends(_finite(value, kind))
        case TypeClass.float:
            # NaN is less than every number, and so is what is no number at all.
            usual = {"$cond": [{"$and": [{"$gt": [value, -HUGE]}, {"$lt": [value, HUGE]}]}, value, 0.0]}
            found |= _ends(_finite(value, kind))
            found |= {"sum": {"$sum": usual}, "magnitude": {"$sum": {"$abs": usual}}}
        case TypeClass.text | TypeClass.bytes:
            size = {"$strLenBytes": value} if kind is TypeClass.text else {"$binarySize": value}
            # Only what is missing, undefined or null comes before or with null.
            length = {"$cond": [{"$lte": [value, None]}, None, size]}
            found |= {"shortest": {"$min": length}, "longest": {"$max": length}, "bytes": {"$sum": length}}
            found |= _ends(value) if kind is TypeClass.text else {}
        case TypeClass.timestamp:
            found |= _ends(value)
    return found


def _has_sketch(reading: Reading) -> bool:
    # Instants are milliseconds here.
    return measured_class(reading) in _SKETCHED and reading.step_us <= 1_000


def _place(value: Any) -> dict[str, Any]:
    """Return a value's place in the sketch of its field (`verify.distinct`), null of no value."""
    # The hash has 64 bits and a sign; the number made of it is above 0 and at most 1.
    number = {"$divide": [{"$add": [{"$toDouble": {"$toHashedIndexKey": value}}, 2.0**63 + 2**11]}, 2.0**64 + 2**13]}
    absent = {"$in": [{"$type": value}, ["null", "undefined", "missing"]]}
    return {"$cond": [absent, None, {"$toInt": {"$floor": {"$multiply": [float(-K), {"$ln": number}]}}}]}


def _finite(value: Expression, kind: TypeClass) -> dict[str, Any]:
    return {"$cond": [{"$in": [value, _NOT_NUMBERS[kind]]}, None, value]}


def _ends(value: Expression) -> dict[str, Any]:
    return {"least": {"$min": value}, "greatest": {"$max": value}}


def _count(condition: dict[str, Any]) -> dict[str, Any]:
    return {"$sum": {"$cond": [condition, 1, 0]}}


def _measures(reading: Reading, at: int, document: Mapping[str, Any]) -> Measures:
    found = {name: value_of(document[f"f{at}_{name}"]) for name in _field(reading)}
    for name in ("sum", "magnitude"):
        if name in found and reading.kind is TypeClass.float:
            found[name] = float(str(found[name]))
    if "sum" in found and reading.kind is TypeClass.integer:
        found["sum"] = Decimal(str(found["sum"]))
    if (places := document.get(f"f{at}_distinct")) is not None:
        found["distinct"] = Distinct(hashed="mongodb", places=frozenset(places) - {None})
    if reading.missing_is_null and found:
        nulls, missing = found["nulls"], found["missing"]
        assert isinstance(nulls, int) and isinstance(missing, int)
        found |= {"nulls": nulls + missing, "missing": 0}
    return found
