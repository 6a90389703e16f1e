"""Made-up parts of derived tables: what they are made of, what has to come of them, and the ways in which they change.

What has to come of them is computed here once more, plainly, beside the derivation that is tried.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from verify.equality.carriers import read_json
from verify.equality.values import ObjectKey
from verify.rehearsal.made_up import Alike, Column
from verify.store import Value

Values = dict[str, Alike]
"""The values of a row, by the columns of the derived table."""
Tables = dict[str, list[dict[str, Value]]]
Parts = list[Any]
"""What rows are made of; each scene has its own kind."""

NULL = Alike(None, None)


class Scene(Protocol):
    """A derived table in a state that is made up."""

    def units(self) -> Iterator[tuple[str, Parts, Parts]]:
        """Yield each change by name, with the parts before and after it. No two have a row in common."""

    def rows(self, parts: Parts) -> list[Values]:
        """Return the rows that have to come of some parts."""

    def tables(self, parts: Parts) -> Tables:
        """Return the tables that hold some parts."""


def in_json(value: Value) -> Value:
    """Return what a value is read as once it has been written into JSON. Raises ValueError where it cannot be."""
    read = read_json(json_of([value]))
    if not isinstance(read, list):
        raise ValueError("not JSON")
    found: Value = read[0]
    return found


def json_of(value: Value) -> str:
    """Return a value as JSON, with exact numbers. Raises ValueError where there is none."""
    match value:
        case None | bool() | str():
            return json.dumps(value)
        case int() | Decimal() | float() if math.isfinite(value):
            return str(value)
        case datetime():
            return json.dumps(value.isoformat(sep=" "))
        case date() | time():
            return json.dumps(value.isoformat())
        case UUID() | ObjectKey():
            return json.dumps(str(value))
        case list():
            return f"[{', '.join(map(json_of, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{json.dumps(name)}: {json_of(item)}' for name, item in value.items())}}}"
    raise ValueError(f"{type(value).__name__} has no JSON")


class MadeUpParts:
    """What all scenes share: `side` is 0 for the old and 1 for the new one, `width` how many columns are the key."""

    def __init__(self, columns: Sequence[Column], side: int, width: int) -> None:
        self.side = side
        self.columns = {one.names[side]: one for one in columns}
        self.key = [one.names[side] for one in columns[:width]]

    def number(self, name: str, n: int) -> Alike:
        """Return the value number n of a column."""
        found = self.columns[name].numbered(n)
        assert found is not None
        return found

    def raw(self, value: Alike) -> Value:
        """Return a value as the derived side has it."""
        return (value.old, value.new)[self.side]

    def changed(self, name: str, value: Alike) -> Iterator[tuple[str, Alike]]:
        """Yield what a value of a column may become, by name."""
        column = self.columns[name]
        others = [each for each in column.samples if each != value]
        if others:
            yield f"{name}: another value", others[0]
        if value != NULL and column.alike(None) == NULL:
            yield f"{name}: a value became NULL", NULL
