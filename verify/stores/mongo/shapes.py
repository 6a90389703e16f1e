"""Which fields the documents of a collection have, and of which types: known exactly, mostly at the price of a filter.

Counting the shape of every document costs a server several times what sending the documents does. So the shapes of a
few are looked at, and then the server is asked for all documents that have anything else: another field, another type,
or not a field that all of the few have. Those are counted as before, so what a single document has is found too.

Cannot see: a second field of the same name within one document that has another type than the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verify.stores.mongo.schema import SHAPES, Fields

if TYPE_CHECKING:
    from verify.stores.mongo.driver import Document, Mongo

COUNTED = 20_000
"""Collections up to this size are counted in full."""
FIELDS = 100
"""More fields than this are dearer to ask for, one after the other in each document, than to count."""
_AT_AN_END = 500
_AT_RANDOM = 1_000


async def fields_of(mongo: Mongo, collection: str, *, plain: bool = True) -> Fields:
    """Return the fields of all documents; those of a collection that is not `plain` (a time series, which has no index
    on _id) are all counted. Raises StoreError."""
    if not plain or await mongo.estimate(collection) <= COUNTED:
        return Fields(await mongo.aggregate(collection, SHAPES))
    # These are the same every night, and with them the order of the fields.
    first: list[Document] = []
    for direction in (1, -1):
        ends: list[Document] = [{"$sort": {"_id": direction}}, {"$limit": _AT_AN_END}, *SHAPES]
        first += await mongo.aggregate(collection, ends)
    some = await mongo.aggregate(collection, [{"$sample": {"size": _AT_RANDOM}}, *SHAPES])
    known = schema_of([*first, *some])
    if len(known["properties"]) > FIELDS:
        return Fields(await mongo.aggregate(collection, SHAPES))
    others: dict[str, Any] = {"$nor": [{"$jsonSchema": known}]}
    rest = await mongo.aggregate(collection, [{"$match": others}, *SHAPES])
    return Fields(first, [*some, *rest])


def schema_of(shapes: Sequence[Document]) -> dict[str, Any]:
    """Return the JSON schema of the documents that hold nothing which none of these shapes has, and lack nothing that
    all of them have. Documents with names that a schema would take for paths do not fit it."""
    fields = Fields(shapes)
    names = [name for name in fields.types if name and "." not in name and not name.startswith("$")]
    every = [name for name in names if sum(fields.types[name].values()) == fields.documents]
    schema: dict[str, Any] = {
        "properties": {name: {"bsonType": sorted(fields.types[name])} for name in names},
        "additionalProperties": False,
    }
    return {**schema, "required": every} if every else schema
