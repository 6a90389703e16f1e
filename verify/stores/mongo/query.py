"""MongoDB's queries: ranges of keys, and what a configuration leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import json_util

from shadow.errors import StoreError
from verify.store import Key, KeyRange, Selection
from verify.stores.mongo.values import spellings


def field(name: str) -> dict[str, Any] | str:
    """Return the value of a field, whose name may hold dots and dollar signs. Any other name is a path of one step,
    which costs the server half as much: it then unpacks no field that nobody asks for."""
    if name and "." not in name and not name.startswith("$"):
        return f"${name}"
    return {"$getField": {"$literal": name}}


def query(where: str) -> dict[str, Any]:
    """Return a declared query, given in MongoDB's extended JSON. Raises StoreError."""
    if not where:
        return {}
    remedy = """Write it like '{"status": "open"}'."""
    try:
        found = json_util.loads(where)
    except (ValueError, TypeError) as error:
        raise StoreError(f"`where` is no extended JSON ({type(error).__name__}).", remedy) from None
    if not isinstance(found, dict):
        raise StoreError("`where` is no query.", remedy)
    return found


def both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the query that finds what both find."""
    return {"$and": [one, other]} if one and other else one or other


def selected(selection: Selection, keys: KeyRange) -> dict[str, Any]:
    """Return the query that finds a selection's documents of a range of keys. Raises StoreError."""
    return both(within(selection.key, keys), query(selection.where))


def of_keys(names: tuple[str, ...], keys: Sequence[Key]) -> dict[str, Any]:
    """Return the query that finds the documents of some keys."""
    if len(names) == 1:
        return {names[0]: {"$in": [spelled for key in keys for spelled in spellings(key[0])]}}
    found = [{name: {"$in": spellings(part)} for name, part in zip(names, key, strict=True)} for key in keys]
    return {"$or": found}


def within(names: tuple[str, ...], keys: KeyRange) -> dict[str, Any]:
    """Return the filter of a half-open range; of composite keys part by part, as a row value would be compared."""
    parts = []
    if keys.low is not None:
        parts.append(_beyond(names, keys.low, "$gt", "$gte"))
    if keys.high is not None:
        parts.append(_beyond(names, keys.high, "$lt", "$lt"))
    return {"$and": parts} if parts else {}


def _beyond(names: tuple[str, ...], key: Key, strict: str, last: str) -> dict[str, Any]:
    choices = []
    for at, (name, part) in enumerate(zip(names, key, strict=True)):
        operator = last if at == len(names) - 1 else strict
        choices.append({**{names[before]: key[before] for before in range(at)}, name: {operator: part}})
    return {"$or": choices}
