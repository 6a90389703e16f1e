"""What DuckDB says about its tables."""

from __future__ import annotations

import re
from typing import Any

from verify.classes import TypeClass
from verify.store import ColumnSchema, IndexSchema, TableSchema
from verify.stores.sql import quote

_CLASSES: dict[str, TypeClass] = {
    "BOOLEAN": TypeClass.boolean,
    "FLOAT": TypeClass.float,
    "DOUBLE": TypeClass.float,
    "VARCHAR": TypeClass.text,
    "BLOB": TypeClass.bytes,
    "DATE": TypeClass.date,
    "TIME": TypeClass.time,
    "TIME WITH TIME ZONE": TypeClass.time,
    "INTERVAL": TypeClass.interval,
    "UUID": TypeClass.uuid,
    "JSON": TypeClass.json,
}
_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128, "FLOAT": 24, "DOUBLE": 53}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


def class_of(declared: str) -> TypeClass:
    """Return the class of a DuckDB type; enums are text, nested types compare as they come."""
    if declared in _CLASSES:
        return _CLASSES[declared]
    if declared.removeprefix("U") in _BITS:
        return TypeClass.integer
    if _DECIMAL.fullmatch(declared):
        return TypeClass.decimal
    if declared.startswith("TIMESTAMP") and not declared.endswith("]"):
        return TypeClass.timestamp
    if declared.startswith("ENUM(") and declared.endswith(")"):
        return TypeClass.text
    return TypeClass.other


def size_of(declared: str) -> tuple[int, ...]:
    """Return (precision, scale) of a decimal, (bits) of a number, () of anything else."""
    if found := _DECIMAL.fullmatch(declared):
        return int(found[1]), int(found[2])
    bits = _BITS.get(declared.removeprefix("U"))
    return () if bits is None else (bits,)


def describe_tables(connection: Any) -> tuple[TableSchema, ...]:
    """Return the tables of the main schema with keys and indexes, ascending by name."""
    names = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main' ORDER BY table_name"
    ).fetchall()
    return tuple(_describe(connection, name) for (name,) in names)


def collated_tables(connection: Any) -> frozenset[str]:
    """Return the tables whose definition names a collation somewhere."""
    rows = connection.execute("SELECT table_name, sql FROM duckdb_tables() WHERE schema_name = 'main'").fetchall()
    return frozenset(name for name, sql in rows if "collate" in (sql or "").lower())


def describe_columns(connection: Any, table: str) -> tuple[ColumnSchema, ...]:
    """Return what a table or a view says about its columns, without what files cannot know."""
    rows = connection.execute(f"DESCRIBE {quote(table)}").fetchall()
    return tuple(
        ColumnSchema(name=row[0], kind=class_of(row[1]), declared=row[1], size=size_of(row[1])) for row in rows
    )


def _describe(connection: Any, table: str) -> TableSchema:
    rows = connection.execute(
        "SELECT column_name, data_type, is_nullable, column_default FROM duckdb_columns()"
        " WHERE schema_name = 'main' AND table_name = ? ORDER BY column_index",
        [table],
    ).fetchall()
    constraints = connection.execute(
        "SELECT constraint_type, constraint_column_names, constraint_text FROM duckdb_constraints()"
        " WHERE schema_name = 'main' AND table_name = ?",
        [table],
    ).fetchall()
    indexes = connection.execute(
        "SELECT index_name, is_unique, expressions FROM duckdb_indexes()"
        " WHERE schema_name = 'main' AND table_name = ?",
        [table],
    ).fetchall()
    found = [
        IndexSchema(name="unique", columns=tuple(columns), unique=True)
        for kind, columns, _ in constraints
        if kind == "UNIQUE"
    ]
    known = {row[0] for row in rows}
    for name, unique, expressions in indexes:
        columns = tuple(part.strip().strip("\"'") for part in expressions.strip("[]").split(","))
        if known.issuperset(columns):
            found.append(IndexSchema(name=name, columns=columns, unique=bool(unique)))
    return TableSchema(
        name=table,
        columns=tuple(
            ColumnSchema(
                name=name,
                kind=class_of(declared),
                declared=declared,
                size=size_of(declared),
                nullable=bool(nullable),
                default=default,
            )
            for name, declared, nullable, default in rows
        ),
        primary_key=next((tuple(columns) for kind, columns, _ in constraints if kind == "PRIMARY KEY"), ()),
        indexes=tuple(sorted(found, key=lambda index: index.columns)),
        foreign_keys=tuple(
            sorted(
                f"{', '.join(columns)} -> {_target(text)}"
                for kind, columns, text in constraints
                if kind == "FOREIGN KEY"
            )
        ),
    )


def _target(text: str) -> str:
    found = re.search(r"REFERENCES\s+\"?([^\s\"(]+)", text)
    return found[1] if found else ""
