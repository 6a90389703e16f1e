"""Repairs as a script of mongosh: each operation changes its document only if every field is what it was.

Documents are changed one by one, atomically each; a transaction would need a replica set, and add nothing to that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bson import json_util
from bson.binary import UuidRepresentation

from verify.equality.canonical import MISSING
from verify.repair.change import CannotWriteError, Change, Values
from verify.repair.references import ForeignKey
from verify.store import Value

_EXACT = json_util.JSONOptions(
    json_mode=json_util.JSONMode.CANONICAL, uuid_representation=UuidRepresentation.STANDARD, tz_aware=False
)

_SCRIPT = """\
const exactly = {collation: {locale: "simple"}};
const leftAlone = [];
let changes = 0;
function restored(documents, document) {
  try {
    documents.insertOne(EJSON.parse(document, {relaxed: false}));
    return 1;
  } catch (error) {
    if (error.code === 11000) return 0;
    throw error;
  }
}
function run(number, collection, kind, filter, change) {
  const documents = db.getCollection(collection);
  const where = EJSON.parse(filter, {relaxed: false});
  let changed;
  if (kind === "delete") {
    changed = documents.deleteOne(where, exactly).deletedCount;
  } else if (kind === "insert") {
    const missing = {upsert: true, ...exactly};
    changed = documents.updateOne(where, EJSON.parse(change, {relaxed: false}), missing).upsertedCount;
  } else if (kind === "restore") {
    changed = documents.countDocuments(where, exactly) ? 0 : restored(documents, change);
  } else {
    changed = documents.updateOne(where, EJSON.parse(change, {relaxed: false}), exactly).matchedCount;
  }
  if (changed) changes += 1; else leftAlone.push(number);
}
"""


class MongoFile:
    """Writes changes as a script of mongosh."""

    def counted(self, number: int, change: Change) -> str:
        """Return the call that makes a change and counts it. Raises CannotWriteError."""
        values = change.after if change.kind == "insert" else change.before
        where: dict[str, Any] = {name: {"$eq": values[name]} for name in map(_named, change.key)}
        if change.kind != "insert":
            where["$expr"] = {"$and": [_holds(name, value) for name, value in change.before.items()]}
        arguments = [change.table, change.kind, _json(where)]
        if change.kind == "insert" and "_id" in change.after:
            # An update sorts the fields that it inserts; a document with its own _id is inserted as it is.
            arguments = [change.table, "restore", _json(where), _json(dict(change.after))]
        elif change.kind != "delete":
            arguments.append(_json(_update(change)))
        return f"run({number}, {', '.join(json.dumps(each) for each in arguments)});"

    def together(self, statements: Sequence[str], _keys: Sequence[ForeignKey]) -> str:
        """Return the calls one after the other: MongoDB knows no foreign keys."""
        return "\n".join(statements)

    def lines(self, header: Sequence[str], statements: Sequence[str]) -> Iterator[str]:
        """Yield the file: what `counted` returned, in its order."""
        yield from (f"// {line}".rstrip() for line in header)
        yield ""
        yield _SCRIPT
        yield from statements
        yield "\n// A document that had changed meanwhile was left alone: of it nothing was changed."
        yield f'print(changes + " of {len(statements)} documents changed; left alone: " + JSON.stringify(leftAlone));'


def _update(change: Change) -> dict[str, Any]:
    if change.kind == "insert":
        fields = {_named(name): value for name, value in change.after.items() if name not in change.key}
        return {"$setOnInsert": fields}
    return {
        operator: {_named(name): value for name, value in fields.items()}
        for operator, fields in (("$set", _set(change.after)), ("$unset", _unset(change.after))) if fields
    }  # fmt: skip


def _set(values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not MISSING}


def _unset(values: Values) -> dict[str, Any]:
    return {name: "" for name, value in values.items() if value is MISSING}


def _holds(name: str, value: Value) -> dict[str, Any]:
    """Return the expression that a field has this value and this very type; it may be missing."""
    field = {"$getField": {"$literal": name}}
    if value is MISSING:
        return {"$eq": [{"$type": field}, "missing"]}
    literal = {"$literal": value}
    return {"$and": [{"$eq": [field, literal]}, {"$eq": [{"$type": field}, {"$type": literal}]}]}


def _named(name: str) -> str:
    """Return a field's name. Raises CannotWriteError for one that an update would take for a path."""
    if not name or "." in name or name.startswith("$") or "\x00" in name:
        raise CannotWriteError("fields whose names have dots or dollar signs")
    return name


def _json(document: dict[str, Any]) -> str:
    return json_util.dumps(document, json_options=_EXACT)
