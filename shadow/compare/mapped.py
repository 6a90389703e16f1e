"""Tables of values in rules: what the old side says, and what the new side has to say for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from shadow.bodies.parse import NotJsonError, parse
from shadow.compare.equal import same

Values = tuple[tuple[object, object], ...]
"""Old and new value, parsed exactly."""


def values_of(written: Mapping[str, str]) -> Values:
    """Return the pairs of a table as it is written: a JSON literal is that value (`1`, `null`, `"1"`), anything else
    is text (`open`)."""
    return tuple((_value(old), _value(new)) for old, new in written.items())


def maps(values: Values, old: object, new: object) -> bool:
    """Tell whether the table takes the one value to the other, type-strictly."""
    return any(same(a, old) and same(b, new) for a, b in values if type(a) is type(old) and type(b) is type(new))


def _value(text: str) -> object:
    try:
        return parse(text.encode())
    except (NotJsonError, RecursionError):
        return text
