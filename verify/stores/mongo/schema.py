"""What a collection looks like: the fields that its documents really have, with their types.

Cannot see: what a validator would forbid (`mongo_objects` reads it); the subtypes of binary fields beyond the first
document that has one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from verify.classes import TypeClass
from verify.store import ColumnSchema, IndexSchema, TableSchema

SHAPES: list[dict[str, Any]] = [
    {
        "$project": {
            "_id": 0,
            "s": {
                "$map": {"input": {"$objectToArray": "$$ROOT"}, "in": {"k": "$$this.k", "t": {"$type": "$$this.v"}}}
            },
        }
    },
    {"$group": {"_id": "$s", "n": {"$sum": 1}}},
]
"""One group for each shape of document (names and types in order), which are few; one scan."""

_CLASSES: Mapping[str, TypeClass] = {
    "string": TypeClass.text,
    "symbol": TypeClass.text,
    "int": TypeClass.integer,
    "long": TypeClass.integer,
    "double": TypeClass.float,
    "decimal": TypeClass.decimal,
    "bool": TypeClass.boolean,
    "date": TypeClass.timestamp,
    "binData": TypeClass.bytes,
    "object": TypeClass.json,
    "array": TypeClass.json,
    "objectId": TypeClass.objectid,
}
_NOTHING = frozenset({"null", "undefined"})


class Fields:
    """What was counted: for each field its types and how many of the documents that were counted have them; those of
    `shapes` in the order of first appearance, then by name what only the shapes of `others` have."""

    def __init__(self, shapes: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]] = ()) -> None:
        self.documents = sum(int(shape["n"]) for shape in (*shapes, *others))
        self.types: dict[str, dict[str, int]] = {}
        # The server's order of groups is any: the same documents must give the same columns every night.
        for shape in sorted(shapes, key=lambda shape: (-int(shape["n"]), str(shape["_id"]))):
            for field in shape["_id"]:
                counts = self.types.setdefault(str(field["k"]), defaultdict(int))
                counts[str(field["t"])] += int(shape["n"])
        for name, bson_type, n in sorted(
            (str(field["k"]), str(field["t"]), int(shape["n"])) for shape in others for field in shape["_id"]
        ):
            self.types.setdefault(name, defaultdict(int))[bson_type] += n

    def of_type(self, bson_type: str) -> tuple[str, ...]:
        """Return the fields that have values of a type anywhere."""
        return tuple(name for name, counts in self.types.items() if bson_type in counts)


def table_of(name: str, fields: Fields, indexes: Mapping[str, Any], uuids: frozenset[str]) -> TableSchema:
    """Return the schema; `uuids` are the binary fields that hold UUIDs of subtype 4."""
    order = ["_id", *(field for field in fields.types if field != "_id")]
    return TableSchema(
        name=name,
        columns=tuple(_column(field, fields, uuids) for field in order),
        primary_key=("_id",),
        indexes=tuple(
            IndexSchema(
                name=index, columns=tuple(str(field) for field, _ in spec["key"]), unique=bool(spec.get("unique"))
            )
            for index, spec in sorted(indexes.items())
            if index != "_id_" and not spec.get("partialFilterExpression")
        ),
    )


def _column(name: str, fields: Fields, uuids: frozenset[str]) -> ColumnSchema:
    counts = fields.types.get(name, {})
    real = sorted(kind for kind in counts if kind not in _NOTHING)
    kinds = {_CLASSES.get(kind, TypeClass.other) for kind in real}
    if kinds == {TypeClass.bytes} and name in uuids:
        kinds = {TypeClass.uuid}
    declared = " | ".join([*real, *(kind for kind in sorted(counts) if kind in _NOTHING)])
    absent = fields.documents - sum(counts.values())
    return ColumnSchema(
        name=name,
        kind=kinds.pop() if len(kinds) == 1 else TypeClass.other,
        declared=f"{declared} | missing" if absent else declared,
        # That no document lacks it yet forbids nothing.
        nullable=False if name == "_id" else True if absent or _NOTHING & counts.keys() else None,
    )
