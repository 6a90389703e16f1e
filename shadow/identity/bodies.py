"""Values in bodies: JSON by the names of members, forms, and what markup carries in hidden fields and links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from shadow.bodies.parse import Doubled
from shadow.identity.kinds import UNIQUE_CHARS, WRAPPERS, Names, is_secret
from shadow.identity.targets import Swap
from shadow.paths import Segments

_TAG = re.compile(r"<(?:input|meta)\b[^>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(name|value|content)\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_LINK = re.compile(r"""(?<=\b)(href|src|action)=(["'])((?:https?://[^"'\s]*|/[^"'\s]*))\2""", re.IGNORECASE)
_MOST_DEPTH = 64
_LINKS = ("/", "http")


def leaves(
    document: object, owner: str, names: Names, *, everything: bool = False
) -> Iterator[tuple[Segments, str, str, Any, object]]:
    """Yield (place, name, kind, container, value) of the texts and whole numbers in a document that may be a value of
    ours: by their names, or by being long or a link. `owner` is the kind of what the document is about; kinds are ""
    where a name tells none. `everything`: of all texts and whole numbers."""
    pending: list[tuple[Segments, str, str, object, int]] = [((), "", owner, document, 0)]
    while pending:
        place, name, inside, value, depth = pending.pop()
        if depth > _MOST_DEPTH:
            continue
        if isinstance(value, dict) and not isinstance(value, Doubled):
            own_id = "id" in value or "_id" in value
            # This runs for each value of each body: what the names of an owner tell is looked up once for all of them.
            told = names.told(inside)
            for key, item in value.items():
                is_text = isinstance(item, str)
                if is_text or (isinstance(item, int) and item is not True and item is not False):
                    kind, telling = told.get(key) or names.facts(key, inside)
                    if telling or everything or (is_text and _may_be(item)):
                        yield (*place, key), key, kind, value, item
                elif isinstance(item, dict | list):
                    below = inside if key in WRAPPERS or (key == "items" and not own_id) else names.of_collection(key)
                    pending.append(((*place, key), key, below, item, depth + 1))
        elif isinstance(value, list):
            kind, telling = names.facts(name, inside)
            for index, item in enumerate(value):
                if isinstance(item, dict | list):
                    pending.append(((*place, index), name, inside, item, depth + 1))
                elif (
                    isinstance(item, str | int)
                    and not isinstance(item, bool)
                    and (telling or everything or _may_be(item))
                ):
                    yield (*place, index), name, kind, value, item


def _may_be(item: object) -> bool:
    """Whether a value is long enough to be known by itself, or a link."""
    return isinstance(item, str) and (len(item) >= UNIQUE_CHARS or item.startswith(_LINKS))


def swap_json(document: Any, owner: str, names: Names, swap: Swap, link: Swap, *, keep_types: bool) -> Any:
    """Replace values in a document, in place, and return it; None where none was. `keep_types`: a number stays a number
    where it can, a text a text."""
    changed = False
    for place, name, kind, container, value in list(leaves(document, owner, names)):
        if isinstance(value, str) and value.startswith(("/", "http://", "https://")):
            new = link("", value)
        else:
            new = swap(kind or (name if is_secret(name) else ""), str(value))
        if new is not None:
            container[place[-1]] = _as_type_of(value, new) if keep_types else new
            changed = True
    return document if changed else None


def hidden_fields(text: str) -> dict[str, str]:
    """Return the values of hidden fields and meta elements whose names tell a secret (`csrf_token`)."""
    found = {}
    for tag in _TAG.findall(text):
        given = {name.lower(): value[1:-1] for name, value in _ATTRIBUTE.findall(tag)}
        name, value = given.get("name", ""), given.get("value", given.get("content", ""))
        if value and is_secret(name):
            found[name] = value
    return found


def swap_text(text: str, swap: Swap, link: Callable[[str], str]) -> str:
    """Replace links and hidden values in markup."""
    for name, value in hidden_fields(text).items():
        new = swap(name, value)
        if new is not None:
            text = text.replace(value, str(new))
    return _LINK.sub(lambda found: f"{found[1]}={found[2]}{link(found[3])}{found[2]}", text)


def _as_type_of(value: object, new: str | int) -> str | int:
    if isinstance(value, int):
        text = str(new)
        plain = text.removeprefix("-")
        return int(text) if plain.isascii() and plain.isdigit() and len(plain) < 400 else new
    return str(new)
