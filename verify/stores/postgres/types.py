"""PostgreSQL's types: the class each one means, how a column is read, and in which form a key is ordered."""

from __future__ import annotations

import msgspec

from verify.classes import TypeClass
from verify.stores.sql import quote

_CLASSES: dict[str, TypeClass] = {
    "bool": TypeClass.boolean,
    "int2": TypeClass.integer,
    "int4": TypeClass.integer,
    "int8": TypeClass.integer,
    "oid": TypeClass.integer,
    "numeric": TypeClass.decimal,
    "float4": TypeClass.float,
    "float8": TypeClass.float,
    "text": TypeClass.text,
    "varchar": TypeClass.text,
    "bpchar": TypeClass.text,
    "name": TypeClass.text,
    "citext": TypeClass.text,
    "bytea": TypeClass.bytes,
    "date": TypeClass.date,
    "time": TypeClass.time,
    "timetz": TypeClass.time,
    "timestamp": TypeClass.timestamp,
    "timestamptz": TypeClass.timestamp,
    "interval": TypeClass.interval,
    "uuid": TypeClass.uuid,
    "json": TypeClass.json,
    "jsonb": TypeClass.json,
}
_BITS = {"int2": 16, "int4": 32, "int8": 64, "oid": 32, "float4": 24, "float8": 53}

_AS_IS = frozenset(_CLASSES) - {"bpchar", "name", "citext"}
"""Types whose values the driver hands over without loss; everything else is read as PostgreSQL's own text."""

_IN_ARRAYS = _AS_IS - {"json", "jsonb"}

_BINARY_ORDER = frozenset({"bool", "int2", "int4", "int8", "oid", "numeric", "uuid", "bytea", "date", "timestamp",
                           "timestamptz"})  # fmt: skip
"""Types whose order is the same on every server."""


class PgType(msgspec.Struct, frozen=True, kw_only=True):
    """The type of one column: domains are already resolved. `name` is that of pg_type; `element` is the name of the
    element type of an array; `kind` is pg_type.typtype (e: enum, c: composite, r: range ...); `c_collation`: text is
    ordered by its bytes here."""

    name: str
    kind: str = "b"
    element: str = ""
    modifier: int = -1
    c_collation: bool = False

    @property
    def type_class(self) -> TypeClass:
        """What the values mean."""
        if self.kind == "e":
            return TypeClass.text
        return _CLASSES.get(self.name, TypeClass.other)

    @property
    def size(self) -> tuple[int, ...]:
        """(precision, scale) of a numeric, (length) of text, (bits) of a number, () where unbounded."""
        if self.name in _BITS:
            return (_BITS[self.name],)
        if self.modifier < 4:
            return ()
        if self.name == "numeric":
            packed = self.modifier - 4
            # The scale is an 11-bit signed number since PostgreSQL 15.
            scale = packed & 0x7FF
            return (packed >> 16) & 0xFFFF, scale - 0x800 if scale & 0x400 else scale
        return (self.modifier - 4,) if self.name in ("varchar", "bpchar") else ()

    @property
    def is_text(self) -> bool:
        """Whether values are ordered as text, for which the order of bytes has to be asked for."""
        return self.name in ("text", "varchar", "bpchar", "name", "citext") or self.kind == "e"

    @property
    def index_serves(self) -> bool:
        """Whether an ordinary index of the column has the order that `ordering` asks for."""
        return self.name in _BINARY_ORDER or (self.name in ("text", "varchar") and self.c_collation)


def reading(column: str, kind: PgType) -> str:
    """Return the SQL that reads a column in a form that loses nothing on its way to Python."""
    name = quote(column)
    if kind.name in _AS_IS or kind.element in _IN_ARRAYS:
        return name
    return f"{name}::text"


def ordering(column: str, kind: PgType) -> str:
    """Return the SQL that orders a key column, text by its bytes."""
    name = quote(column)
    if not kind.is_text:
        return name
    if kind.name in ("text", "varchar"):
        return name if kind.c_collation else f'{name} COLLATE "C"'
    return f'{name}::text COLLATE "C"'


def parameter(at: int, kind: PgType) -> str:
    """Return the SQL of the parameter number `at` that a key column of this type is compared with."""
    if kind.is_text:
        return f"${at}::text"
    return f"${at}::{'int8' if kind.type_class is TypeClass.integer else kind.name}"


def array_of(kind: PgType) -> str:
    """Return the type of an array of keys of this type."""
    if kind.is_text:
        return "text[]"
    return "int8[]" if kind.type_class is TypeClass.integer else f"{kind.name}[]"
