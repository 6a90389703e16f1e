"""Mistakes to put into an answer: each a small, typical defect of a rewritten backend. Pure, given the random numbers.

A mutation takes the candidate's document and the primary's, and changes one place in a copy, so that it differs from
both; it returns nothing where it finds no place that it could change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random

from shadow.bodies.parse import number
from shadow.paths import Segments

MAX_PLACES = 2_000
"""Places that are looked at in one document; a mistake is put into one of the first so many."""

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)")
_ID = re.compile(r"(?:.*_|.*[a-z])?(?:id|Id|ID|uuid|key)\Z")

Change = Callable[[object, Random], object]
"""From a value to a wrong one; `None` is never returned for "cannot": UNCHANGED is."""


class _Unchanged:
    """Stands for "this value cannot be changed so"."""


UNCHANGED = _Unchanged()


def places(document: object) -> Iterator[tuple[Segments, object]]:
    """Yield up to `MAX_PLACES` places of a document with what is there, the document itself first."""
    pending: list[tuple[Segments, object]] = [((), document)]
    for _ in range(MAX_PLACES):
        if not pending:
            return
        at, value = pending.pop()
        yield at, value
        if isinstance(value, dict):
            pending.extend(((*at, key), item) for key, item in value.items())
        elif isinstance(value, list):
            pending.extend(((*at, index), item) for index, item in enumerate(value))


def mutate(name: str, new: object, old: object, random: Random) -> tuple[object, Segments] | None:
    """Return the new side's document with one mistake of this name in it, and where it is; None where none fits.

    Raises KeyError for a name that is not in `BODY_MUTATIONS`.
    """
    change = BODY_MUTATIONS[name]
    found = list(places(new))
    random.shuffle(found)
    for at, value in found:
        wrong = change(value, random)
        if isinstance(wrong, _Unchanged) or same_text(wrong, value) or same_text(wrong, value_at(old, at)):
            continue
        return put(new, at, wrong), at
    return None


def value_at(document: object, place: Segments) -> object:
    """Return what is at a place of a document, UNCHANGED where there is no such place."""
    found: object = document
    for step in place:
        if isinstance(found, dict):
            if step not in found:
                return UNCHANGED
            found = found[step]
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return UNCHANGED
    return found


def put(document: object, place: Segments, value: object) -> object:
    """Return a copy of a document with another value at a place; what is not on the way there is shared."""
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(document, dict):
        return {key: put(item, rest, value) if key == step else item for key, item in document.items()}
    assert isinstance(document, list) and isinstance(step, int)
    return [*document[:step], put(document[step], rest, value), *document[step + 1 :]]


def same_text(one: object, other: object) -> bool:
    """Tell whether two values are written alike, so that True is not 1."""
    return type(one) is type(other) and repr(one) == repr(other)


def _drop_field(value: object, random: Random) -> object:
    if not isinstance(value, dict) or not value:
        return UNCHANGED
    gone = random.choice(list(value))
    return {key: item for key, item in value.items() if key != gone}


def _drop_item(value: object, random: Random) -> object:
    if not isinstance(value, list) or not value:
        return UNCHANGED
    gone = random.randrange(len(value))
    return [*value[:gone], *value[gone + 1 :]]


def _extra_field(value: object, _: Random) -> object:
    return {**value, "shadow_extra": 1} if isinstance(value, dict) else UNCHANGED


def _null(value: object, _: Random) -> object:
    return UNCHANGED if value is None or isinstance(value, dict | list) else None


def _change_type(value: object, _: Random) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    return [value] if isinstance(value, str) else UNCHANGED


def _off_by_one(value: object, _: Random) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    exact = number(value) if isinstance(value, bytes) else None
    return UNCHANGED if exact is None else str(exact + 1).encode()


def _wrong_text(value: object, random: Random) -> object:
    if not isinstance(value, str) or not value:
        return UNCHANGED
    at = random.randrange(len(value))
    return value[:at] + _other(value[at]) + value[at + 1 :]


def _other(letter: str) -> str:
    """Return another character of the same sort: a wrong value is most often wrong in the right format."""
    if letter in "0123456789":
        return str((int(letter) + 1) % 10)
    return "a" if letter == "b" else "b" if letter in "acdef" else "y" if letter == "x" else "x"


def _empty(value: object, _: Random) -> object:
    return type(value)() if isinstance(value, str | list | dict) and value else UNCHANGED


def _case(value: object, _: Random) -> object:
    return value.swapcase() if isinstance(value, str) and value.isascii() else UNCHANGED


def _whitespace(value: object, _: Random) -> object:
    return value + " " if isinstance(value, str) and value else UNCHANGED


def _precision(value: object, _: Random) -> object:
    if not isinstance(value, bytes) or b"." not in value or b"e" in value.lower():
        return UNCHANGED
    return str(Decimal(value.decode("ascii")).quantize(Decimal(1))).encode()


def _timezone(value: object, _: Random) -> object:
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    return UNCHANGED if found is None else found[1] + ("+01:00" if found[2] == "Z" else "Z")


def _reorder(value: object, random: Random) -> object:
    if not isinstance(value, list) or len(value) < 2:
        return UNCHANGED
    at = random.randrange(len(value) - 1)
    if same_text(value[at], value[at + 1]):
        return UNCHANGED
    return [*value[:at], value[at + 1], value[at], *value[at + 2 :]]


def _swap_ids(value: object, _: Random) -> object:
    """Give two neighbours in a list each other's id."""
    if not isinstance(value, list) or len(value) < 2:
        return UNCHANGED
    first, second = value[0], value[1]
    if not isinstance(first, dict) or not isinstance(second, dict):
        return UNCHANGED
    name = next((key for key in first if key in second and _ID.match(key) and first[key] != second[key]), None)
    if name is None:
        return UNCHANGED
    return [{**first, name: second[name]}, {**second, name: first[name]}, *value[2:]]


BODY_MUTATIONS: dict[str, Change] = {
    "drop_field": _drop_field,
    "drop_item": _drop_item,
    "extra_field": _extra_field,
    "null": _null,
    "change_type": _change_type,
    "off_by_one": _off_by_one,
    "wrong_text": _wrong_text,
    "empty": _empty,
    "case": _case,
    "whitespace": _whitespace,
    "precision": _precision,
    "timezone": _timezone,
    "reorder": _reorder,
    "swap_ids": _swap_ids,
}
"""Mistakes in JSON bodies, by name."""

OTHER_MUTATIONS = ("change_status", "drop_header", "wrong_bytes")
"""Mistakes outside of JSON bodies; `wrong_bytes` is for bodies that are no JSON."""
