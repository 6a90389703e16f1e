"""What a MongoDB database declares beside documents: validators, options of collections, indexes with options, views.

Cannot see: users and roles, search indexes, shard keys and zones; the order of keys in a validator, which matters only
where it compares a whole embedded document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bson import json_util

from verify.catalogue import DbObject

_VALIDATION = {"validator": {}, "validationLevel": "strict", "validationAction": "error"}
"""What a collection has unless it says otherwise."""
_NOT_OPTIONS = frozenset({*_VALIDATION, "viewOn", "pipeline", "idIndex", "uuid", "autoIndexId"})
_NOT_INDEX_OPTIONS = frozenset({"v", "ns", "name", "background", "textIndexVersion", "2dsphereIndexVersion"})
"""What depends on the server's version, or means nothing."""


def objects_of(entries: Iterable[Mapping[str, Any]], indexes: Mapping[str, list[dict[str, Any]]]) -> list[DbObject]:
    """Return the objects of what `listCollections` and `listIndexes` answered; indexes by collection."""
    found: list[DbObject] = []
    for each in entries:
        name, options = str(each["name"]), each["options"]
        if each["type"] == "view":
            shown = {key: options[key] for key in ("viewOn", "pipeline", "collation") if key in options}
            found.append(DbObject(kind="view", name=name, definition=_text(shown)))
            continue
        if options.get("validator"):
            rules = {key: options.get(key, usual) for key, usual in _VALIDATION.items()}
            found.append(DbObject(kind="validator", name=name, table=name, definition=_text(_sorted(rules))))
        found += [
            DbObject(kind="collection option", name=key, table=name, definition=_text(value))
            for key, value in options.items()
            if key not in _NOT_OPTIONS and value is not False
        ]
        found += _indexes(name, indexes.get(name, ()))
    return found


def _indexes(table: str, indexes: Iterable[Mapping[str, Any]]) -> Iterator[DbObject]:
    """Yield the indexes of which columns and uniqueness, which every engine has, do not say all."""
    for index in indexes:
        options = {key: value for key, value in index.items() if key not in _NOT_INDEX_OPTIONS and value is not False}
        key = options.pop("key")
        is_plain = not options.keys() - {"unique"} and all(way == 1 for way in key.values())
        if index["name"] != "_id_" and not is_plain:
            definition = _text({"key": dict(key), **{name: options[name] for name in sorted(options)}})
            yield DbObject(
                kind="index", name=str(index["name"]), table=table, definition=definition, by_name=False
            )


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    """Return BSON as JSON, whole numbers in one spelling: 3600, 3600.0 and a long of 3600 are one option."""
    return json_util.dumps(_whole(value), json_options=json_util.RELAXED_JSON_OPTIONS)


def _whole(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
