"""How each SQL engine writes a value, and asks whether a column holds it: exactly, whatever collation or affinity."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Protocol

from verify.equality.values import FarDay, FarInstant
from verify.repair.change import CannotWriteError
from verify.repair.texts import text_of
from verify.store import Value
from verify.stores.postgres.types import PgType
from verify.stores.sql import quote, quote_text

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PIECES = re.compile(r"[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+")


class Spelling(Protocol):
    """What the statements of a repair need to know of an engine."""

    def literal(self, column: str, value: Value) -> str:
        """Return the value as it is written into the column. Raises CannotWriteError."""

    def holds(self, column: str, value: Value) -> str:
        """Return the condition that the column holds exactly this value, NULL included. Raises CannotWriteError."""

    def is_key(self, column: str, value: Value) -> str:
        """Return a condition that an index serves and that is true for this key. Raises CannotWriteError."""


def _postgres_text(text: str) -> str:
    if "\x00" in text:
        raise CannotWriteError("text with a zero character")
    if not _CONTROL.search(text):
        return quote_text(text)
    escaped = text.replace("\\", "\\\\")
    return "E" + quote_text(_CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", escaped))


class PostgresSpelling:
    """Literals without a type take that of their column; `types` are the columns'."""

    def __init__(self, types: Mapping[str, PgType]) -> None:
        self._types = types

    def literal(self, column: str, value: Value) -> str:
        """Return the value as it is written into the column."""
        kind = self._types[column]
        match value:
            case None:
                return "NULL"
            case bytes():
                return f"'\\x{value.hex()}'"
            case FarInstant():
                return f"{kind.name} 'epoch' + interval '{value.microseconds} microseconds'"
            case FarDay():
                return f"date 'epoch' + {value.days}"
            case list() if kind.element:
                return _postgres_text(_array(value))
        return _postgres_text(text_of(value))

    def holds(self, column: str, value: Value) -> str:
        """Return the condition that the column holds this value: text by its bytes, what has no equality as text."""
        kind, name = self._types[column], quote(column)
        if value is None:
            return f"{name} IS NULL"
        if kind.is_text:
            name = f'{name}::text COLLATE "C"'
        elif kind.name == "json" or (not kind.element and kind.type_class == "other"):
            name = f"{name}::text"
        return f"{name} IS NOT DISTINCT FROM {self.literal(column, value)}"

    def is_key(self, column: str, value: Value) -> str:
        """Return a condition that an index serves."""
        return f"{quote(column)} = {self.literal(column, value)}"


def _array(values: list[Value]) -> str:
    parts = []
    for value in values:
        if value is None:
            parts.append("NULL")
        elif isinstance(value, list):
            parts.append(_array(value))
        else:
            text = f"\\x{value.hex()}" if isinstance(value, bytes) else text_of(value)
            parts.append('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
    return "{" + ",".join(parts) + "}"


class SqliteSpelling:
    """Values keep their own type; dates, UUIDs and exact decimals are text, as SQLite has them."""

    def literal(self, _column: str, value: Value) -> str:
        """Return the value as it is written."""
        match value:
            case None:
                return "NULL"
            case bool():
                return str(int(value))
            case int():
                if not -(2**63) <= value < 2**63:
                    raise CannotWriteError("integers beyond 64 bits")
                return str(value)
            case float():
                if math.isnan(value):
                    raise CannotWriteError("NaN, which SQLite has not")
                return ("9e999" if value > 0 else "-9e999") if math.isinf(value) else repr(value)
            case bytes():
                return f"X'{value.hex()}'"
            case str():
                raw = value.encode("utf-8", "surrogateescape")
                # Neither control characters nor bytes that are no UTF-8 may stand in a file of statements.
                odd = _CONTROL.search(value) is not None or raw != value.encode("utf-8", "replace")
                return f"CAST(X'{raw.hex()}' AS TEXT)" if odd else quote_text(value)
        return quote_text(text_of(value))

    def holds(self, column: str, value: Value) -> str:
        """Return the condition that the column holds this value, of this type, byte for byte."""
        name = quote(column)
        if value is None:
            return f"{name} IS NULL"
        condition = f"{name} IS {self.literal(column, value)} COLLATE BINARY"
        kind = {int: "integer", str: "text", bytes: "blob"}.get(type(value))
        return f"{condition} AND typeof({name}) = '{kind}'" if kind else condition

    def is_key(self, column: str, value: Value) -> str:
        """Return a condition that an index serves."""
        return f"{quote(column)} IS {self.literal(column, value)}"


class DuckdbSpelling:
    """Literals are cast to the declared types of their columns."""

    def __init__(self, declared: Mapping[str, str]) -> None:
        self._declared = declared

    def literal(self, column: str, value: Value) -> str:
        """Return the value as it is written into the column."""
        declared = self._declared[column]
        match value:
            case None:
                return "NULL"
            case bytes():
                return f"from_hex('{value.hex()}')"
            case list() | dict() if declared != "JSON":
                raise CannotWriteError(f"values of the type {declared}")
        return f"CAST({_duckdb_text(text_of(value))} AS {declared})"

    def holds(self, column: str, value: Value) -> str:
        """Return the condition that the column holds this value."""
        if value is None:
            return f"{quote(column)} IS NULL"
        return f"{quote(column)} IS NOT DISTINCT FROM {self.literal(column, value)}"

    def is_key(self, column: str, value: Value) -> str:
        """Return a condition that an index serves."""
        return f"{quote(column)} = {self.literal(column, value)}"


def _duckdb_text(text: str) -> str:
    """Return text as DuckDB writes it; control characters are put together with chr()."""
    parts = [part for part in _PIECES.findall(text) if part]
    if len(parts) < 2 and not _CONTROL.search(text):
        return quote_text(text)
    return "(" + " || ".join(f"chr({ord(part)})" if _CONTROL.match(part) else quote_text(part) for part in parts) + ")"
