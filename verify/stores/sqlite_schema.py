"""What a SQLite database says about its tables."""

from __future__ import annotations

import re
import sqlite3

from verify.classes import TypeClass
from verify.store import ColumnSchema, IndexSchema, TableSchema
from verify.stores.sql import quote

_BY_NAME: tuple[tuple[str, TypeClass], ...] = (
    ("BOOL", TypeClass.boolean),
    ("TIMESTAMP", TypeClass.timestamp),
    ("DATETIME", TypeClass.timestamp),
    ("DATE", TypeClass.date),
    ("TIME", TypeClass.time),
    ("INTERVAL", TypeClass.other),
    ("UUID", TypeClass.uuid),
    ("GUID", TypeClass.uuid),
    ("JSON", TypeClass.json),
    ("INT", TypeClass.integer),
    ("CHAR", TypeClass.text),
    ("CLOB", TypeClass.text),
    ("TEXT", TypeClass.text),
    ("STRING", TypeClass.text),
    ("BLOB", TypeClass.bytes),
    ("REAL", TypeClass.float),
    ("FLOA", TypeClass.float),
    ("DOUB", TypeClass.float),
    ("DEC", TypeClass.decimal),
    ("NUMERIC", TypeClass.decimal),
    ("NUMBER", TypeClass.decimal),
)
"""Substrings of declared types, tried in order: the names people mean first, then SQLite's own affinity rules."""

_SIZE = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_WITH_SIZE = frozenset({TypeClass.text, TypeClass.bytes, TypeClass.decimal})


def class_of(declared: str) -> TypeClass:
    """Return the class that a declared type means; `other` for none and for unknown ones."""
    upper = declared.upper()
    return next((kind for name, kind in _BY_NAME if name in upper), TypeClass.other)


def describe_tables(connection: sqlite3.Connection) -> tuple[TableSchema, ...]:
    """Return the ordinary tables, ascending by name; SQLite's own are left out."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    return tuple(_describe(connection, name) for (name,) in names)


def collated_tables(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the tables whose definition names a collation somewhere."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    return frozenset(name for name, sql in rows if "collate" in (sql or "").lower())


def _describe(connection: sqlite3.Connection, table: str) -> TableSchema:
    # Hidden columns of virtual tables (1) are no content; generated ones (2, 3) are.
    rows = [row for row in connection.execute(f"PRAGMA table_xinfo({quote(table)})") if row[6] != 1]
    primary_key = tuple(row[1] for row in sorted((row for row in rows if row[5]), key=lambda row: row[5]))
    columns = []
    for _, name, declared, not_null, default, in_key, _ in rows:
        kind = class_of(declared)
        found = _SIZE.search(declared) if kind in _WITH_SIZE else None
        size = tuple(int(part) for part in found.groups() if part is not None) if found else ()
        columns.append(
            ColumnSchema(
                name=name,
                kind=kind,
                declared=declared,
                size=size,
                nullable=not (not_null or in_key),
                default=default,
            )
        )
    return TableSchema(
        name=table,
        columns=tuple(columns),
        primary_key=primary_key,
        indexes=_indexes(connection, table),
        foreign_keys=_foreign_keys(connection, table),
    )


def _indexes(connection: sqlite3.Connection, table: str) -> tuple[IndexSchema, ...]:
    found = []
    for _, name, unique, origin, partial in connection.execute(f"PRAGMA index_list({quote(table)})").fetchall():
        columns = tuple(row[2] for row in connection.execute(f"PRAGMA index_info({quote(name)})"))
        if origin != "pk" and not partial and None not in columns:
            found.append(IndexSchema(name=name, columns=columns, unique=bool(unique)))
    return tuple(sorted(found, key=lambda index: index.columns))


def _foreign_keys(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """Return each foreign key as `a, b -> table`."""
    parts: dict[int, tuple[str, list[str]]] = {}
    for row in connection.execute(f"PRAGMA foreign_key_list({quote(table)})"):
        parts.setdefault(row[0], (row[2], []))[1].append(row[3])
    return tuple(sorted(f"{', '.join(columns)} -> {target}" for target, columns in parts.values()))
