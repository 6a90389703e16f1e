"""Type classes: what a column means whatever the engine calls it, and which classes may carry which.

Engines differ in what they can say. SQLite has no timestamps, so it carries them in text; a CSV file carries
everything in text. A `Dialect` declares that, and two columns whose classes differ are still equivalent where one
side could not have done otherwise. Nothing else is ever taken for equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class TypeClass(StrEnum):
    """What the values of a column mean; `other` compares values as they come."""

    other = "other"
    boolean = "boolean"
    integer = "integer"
    decimal = "decimal"
    float = "float"
    text = "text"
    bytes = "bytes"
    date = "date"
    time = "time"
    timestamp = "timestamp"
    interval = "interval"
    uuid = "uuid"
    json = "json"
    objectid = "objectid"


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine can express: its name, whether columns of text have a declared length, and for each class it
    lacks the classes that carry it instead; `as_text` are classes whose values the driver hands over as text.
    `max_ranges` is how many key ranges of a table are worth a query each before it is better to read what lies
    between them too; with an index on the key it is `max_indexed_ranges`."""

    name: str
    has_lengths: bool = False
    max_ranges: int = 16
    max_indexed_ranges: int = 16
    carriers: Mapping[TypeClass, tuple[TypeClass, ...]] = {}
    as_text: frozenset[TypeClass] = frozenset()

    def carries(self, wanted: TypeClass, found: TypeClass) -> bool:
        """Return whether a column of class `found` is this engine's way of holding values of class `wanted`."""
        return found in self.carriers.get(wanted, ())

    def hands_over(self, kind: TypeClass) -> bool:
        """Return whether values of this class may arrive in another form and have to be read."""
        return kind in self.carriers or kind in self.as_text


_CARRIED_BY_TEXT = (
    TypeClass.date, TypeClass.time, TypeClass.timestamp, TypeClass.uuid, TypeClass.json, TypeClass.decimal,
)  # fmt: skip

MEMORY = Dialect(name="memory", has_lengths=True)
_JSON = frozenset({TypeClass.json})
_OBJECT_KEYS: dict[TypeClass, tuple[TypeClass, ...]] = {TypeClass.objectid: (TypeClass.text, TypeClass.bytes)}
DUCKDB = Dialect(
    name="duckdb", max_ranges=1024, max_indexed_ranges=1024, as_text=_JSON | {TypeClass.interval},
    carriers=_OBJECT_KEYS,
)  # fmt: skip
POSTGRES = Dialect(
    name="postgresql", has_lengths=True, max_indexed_ranges=100_000, as_text=_JSON, carriers=_OBJECT_KEYS
)
MONGO = Dialect(
    name="mongodb",
    max_indexed_ranges=10_000,
    carriers={
        TypeClass.date: (TypeClass.timestamp, TypeClass.text),
        TypeClass.time: (TypeClass.text,),
        TypeClass.interval: (TypeClass.text,),
    },
)
PARQUET = Dialect(
    name="parquet", max_ranges=1024, as_text=frozenset({TypeClass.interval}),
    carriers={TypeClass.json: (TypeClass.text,), **_OBJECT_KEYS},
)  # fmt: skip
SQLITE = Dialect(
    name="sqlite",
    has_lengths=True,
    max_indexed_ranges=100_000,
    carriers={
        **dict.fromkeys(_CARRIED_BY_TEXT, (TypeClass.text,)),
        TypeClass.boolean: (TypeClass.integer,),
        **_OBJECT_KEYS,
    },
)
CSV = Dialect(
    name="csv",
    max_ranges=1,
    max_indexed_ranges=1,
    carriers=dict.fromkeys(
        (*_CARRIED_BY_TEXT, TypeClass.boolean, TypeClass.integer, TypeClass.float, TypeClass.objectid),
        (TypeClass.text,),
    ),
)


def agreed_class(old: TypeClass, old_dialect: Dialect, new: TypeClass, new_dialect: Dialect) -> TypeClass | None:
    """Return the class that both columns are read as, None where they are of different types.

    The richer class wins where the other engine could only carry it: a SQLite text column beside a DuckDB
    timestamp is read as timestamps. With None the values are compared as they come, strictly.
    """
    if old is new:
        return old
    if old_dialect.carries(new, old):
        return new
    if new_dialect.carries(old, new):
        return old
    return None
