"""What an OpenAPI document says about lists: the member by which the objects of each are told apart.

Said by `x-shadow-key: name` on the schema of an array, or by items that require exactly one of `id`, `uuid`, `key`.
Cannot see: a schema inside itself below its first occurrence, references to other files, schemas of request bodies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from shadow.config.model import ListKey
from shadow.endpoints.map import EndpointMap
from shadow.endpoints.openapi import METHODS, prefixes_of, resolve

NAMES = ("id", "uuid", "key")
MARK = "x-shadow-key"
MOST_SCHEMAS = 20_000
_BRACES = re.compile(r"\{[^{}/]*\}")

Keys = dict[str, tuple[ListKey, ...]]


def keys_of(document: object, endpoints: EndpointMap) -> Keys:
    """Return the keys of the lists in each endpoint's answers; endpoints without any are left out.

    Raises ValueError for a key that is no name. An endpoint is called what the map calls it. Where answers of one
    endpoint differ in the key of one place, the first that is written has it; where its lists do not have that member,
    they are compared as any other.
    """
    found: Keys = {}
    if not isinstance(document, dict):
        return found
    for prefix in prefixes_of(document):
        for path, item in (document.get("paths") or {}).items():
            for method in METHODS if isinstance(item, dict) else ():
                keys: dict[str, str] = {}
                for schema in _answers(document, item.get(method)):
                    for place, key in _Schemas(document).lists(schema):
                        keys.setdefault(place, key)
                if keys:
                    name = endpoints.endpoint(method.upper(), _instance(prefix + str(path)))
                    found[name] = tuple(ListKey(path=place, key=key) for place, key in keys.items())
    return found


def _instance(path: str) -> bytes:
    return quote(_BRACES.sub("0", path), safe="/:@!$&'()*+,;=~%").encode()


def _answers(document: dict[str, Any], operation: Any) -> Iterator[Any]:
    """Yield the schemas of an operation's answers, of Swagger 2 (`schema`) and OpenAPI 3 (`content`)."""
    responses = operation.get("responses") if isinstance(operation, dict) else None
    for given in responses.values() if isinstance(responses, dict) else ():
        response = resolve(document, given)
        yield response.get("schema")
        content = response.get("content")
        for media in content.values() if isinstance(content, dict) else ():
            yield media.get("schema") if isinstance(media, dict) else None


class _Schemas:
    """Walks the schema of one answer; ends at a bound, since schemas may multiply without being endless."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._left = MOST_SCHEMAS

    def lists(self, given: Any, place: str = "$", above: tuple[int, ...] = ()) -> Iterator[tuple[str, str]]:
        """Yield the place of each list that has a key, and the key."""
        schema = resolve(self._document, given)
        if not schema or id(schema) in above or self._left <= 0:
            return
        self._left -= 1
        above = (*above, id(schema))
        if "items" in schema or MARK in schema:
            if key := self._key(schema, place):
                yield place, key
            yield from self.lists(schema.get("items"), place + "[*]", above)
        properties = schema.get("properties")
        for name, below in properties.items() if isinstance(properties, dict) else ():
            yield from self.lists(below, f"{place}[{json.dumps(str(name))}]", above)
        yield from self.lists(schema.get("additionalProperties"), place + ".*", above)
        for among in ("allOf", "oneOf", "anyOf"):
            for each in schema.get(among) or ():
                yield from self.lists(each, place, above)

    def _key(self, schema: dict[str, Any], place: str) -> str:
        if MARK in schema:
            key = schema[MARK]
            if not isinstance(key, str) or not key:
                raise ValueError(f"{MARK} of the list at {place} is {key!r}, not the name of a member")
            return key
        required = set(self._required(schema.get("items"), ()))
        named = [name for name in NAMES if name in required]
        return named[0] if len(named) == 1 else ""

    def _required(self, given: Any, above: tuple[int, ...]) -> Iterator[str]:
        """Yield what the items must have; of alternatives (`oneOf`) nothing is certain."""
        schema = resolve(self._document, given)
        if id(schema) in above:
            return
        required = schema.get("required")
        yield from (each for each in required if isinstance(each, str)) if isinstance(required, list) else ()
        for each in schema.get("allOf") or ():
            yield from self._required(each, (*above, id(schema)))
