"""Builds the same table in every kind of store, so that one suite can be run over all of them."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pytest
from bson import Decimal128, Int64, ObjectId

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from verify.classes import TypeClass
from verify.store import ColumnSchema, Row, Store, TableSchema
from verify.stores import open_store
from verify.stores.memory import MemoryStore

Columns = dict[str, TypeClass]
Declared = Mapping[str, str]
"""How an engine declares some columns, where it is not in the usual way."""
Build = Callable[..., Store]

KINDS = ("memory", "sqlite", "duckdb", "parquet", "csv", "postgresql", "mongodb")

_SQLITE = {
    TypeClass.objectid: "TEXT",
    TypeClass.float: "REAL",
    TypeClass.bytes: "BLOB",
    TypeClass.timestamp: "DATETIME",
    TypeClass.other: "",
}
_POSTGRES = {
    TypeClass.objectid: "text",
    TypeClass.json: "jsonb",
    TypeClass.integer: "bigint",
    TypeClass.decimal: "numeric(24,6)",
    TypeClass.float: "double precision",
    TypeClass.bytes: "bytea",
}
_DUCKDB = {
    TypeClass.objectid: "VARCHAR",
    TypeClass.integer: "BIGINT",
    TypeClass.decimal: "DECIMAL(24,6)",
    TypeClass.float: "DOUBLE",
    TypeClass.text: "VARCHAR",
    TypeClass.bytes: "BLOB",
}


def _sqlite_value(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case Decimal() | uuid.UUID():
            return str(value)
        case time():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case ObjectId():
            return str(value)
        case _:
            return value


def _plain(value: object) -> object:
    """Return a value as PostgreSQL's and DuckDB's drivers take it."""
    return _sqlite_value(value) if isinstance(value, dict | list | ObjectId) else value


def _ddl(
    table: str, columns: Columns, key: Sequence[str], names: dict[TypeClass, str], declared: Declared
) -> str:
    parts = [
        f'"{name}" {declared.get(name) or names.get(kind, kind.name.upper())}' for name, kind in columns.items()
    ]
    if key:
        parts.append(f"PRIMARY KEY ({', '.join(key)})")
    return f'CREATE TABLE "{table}" ({", ".join(parts)})'


def _csv_field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return '"' + str(_plain(value)).replace('"', '""') + '"'


def build_postgres(
    server: PostgresServer, database: str, columns: Columns, rows: Sequence[Row], key: Sequence[str], table: str,
    declared: Declared = MappingProxyType({}),
) -> Store:
    """Return a store on a database of its own that holds one table."""
    async def fill(connection: Any) -> None:
        await connection.execute(_ddl(table, columns, key, _POSTGRES, declared))
        records = [tuple(map(_plain, row)) for row in rows]
        await connection.copy_records_to_table(table, records=records, columns=list(columns))
        for name in (name for name, kind in columns.items() if kind in (TypeClass.date, TypeClass.timestamp)):
            # What the driver makes of Python's first and last day.
            for made, meant in (("-infinity", "0001-01-01"), ("infinity", "9999-12-31")):
                await connection.execute(f"UPDATE \"{table}\" SET \"{name}\" = '{meant}' WHERE \"{name}\" = '{made}'")

    server.use(database, fill)
    return open_store(server.url(database))


def build_mongo(
    server: MongoServer, columns: Columns, rows: Sequence[Row], key: Sequence[str], table: str,
    declared: Declared = MappingProxyType({}),
) -> Store:
    """Return a store on a database of its own that holds one collection; `declared` may give it a locale."""
    database = server.new_database()
    collation = {"collation": {"locale": declared["locale"], "strength": 3}} if "locale" in declared else {}
    collection = server.client[database].create_collection(table, **collation)
    names = list(columns)
    if key and tuple(key) != ("_id",):
        collection.create_index([(name, 1) for name in key])
    if rows:
        collection.insert_many(
            [{name: _bson(value) for name, value in zip(names, row, strict=True)} for row in rows]
        )
    return open_store(server.url(database))


def _bson(value: object) -> object:
    match value:
        case Decimal():
            return Decimal128(value)
        case datetime():
            return value
        case date():
            return datetime(value.year, value.month, value.day)
        case time():
            return value.isoformat()
        case int() if not isinstance(value, bool):
            return Int64(value)
        case _:
            return value


def build_store(
    folder: Path, kind: str, columns: Columns, rows: Sequence[Row], key: Sequence[str] = (), table: str = "t",
    declared: Declared = MappingProxyType({}),
) -> Store:
    """Return a store of the kind that holds one table."""
    marks = ", ".join("?" * len(columns))
    if kind == "memory":
        schema = TableSchema(
            name=table,
            columns=tuple(ColumnSchema(name=name, kind=column) for name, column in columns.items()),
            primary_key=tuple(key),
        )
        return MemoryStore({table: (schema, list(rows))})
    if kind == "sqlite":
        path = folder / "store.sqlite"
        with sqlite3.connect(path) as db:
            db.execute(_ddl(table, columns, key, _SQLITE, declared))
            values = [tuple(_sqlite_value(value) for value in row) for row in rows]
            db.executemany(f'INSERT INTO "{table}" VALUES ({marks})', values)
        db.close()
        return open_store(f"sqlite:///{path}")
    if kind == "csv":
        path = folder / f"{table}.csv"
        lines = [",".join(f'"{name}"' for name in columns)]
        lines += [",".join(_csv_field(value) for value in row) for row in rows]
        path.write_bytes("".join(f"{line}\n" for line in lines).encode())
        return open_store(f"csv:{path}")
    path = folder / ("store.duckdb" if kind == "duckdb" else "scratch.duckdb")
    with duckdb.connect(str(path)) as db:
        db.execute(_ddl(table, columns, key, _DUCKDB, declared))
        if rows:
            # One statement: DuckDB takes milliseconds for each row of executemany.
            values = ", ".join([f"({marks})"] * len(rows))
            db.execute(f'INSERT INTO "{table}" VALUES {values}', [_plain(value) for row in rows for value in row])
        if kind == "parquet":
            db.execute(f"COPY \"{table}\" TO '{folder / table}.parquet'")
    return open_store(f"duckdb:///{path}" if kind == "duckdb" else f"parquet:{folder / table}.parquet")


@pytest.fixture
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """Build stores, each in a folder of its own."""
    made = 0
    borrowed: list[tuple[PostgresServer, str]] = []

    def make(
        kind: str, columns: Columns, rows: Sequence[Row], key: Sequence[str] = (), table: str = "t",
        declared: Declared = MappingProxyType({}),
    ) -> Store:
        nonlocal made
        made += 1
        if kind == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            borrowed.append((server, server.borrow()))
            return build_postgres(*borrowed[-1], columns, rows, key, table, declared)
        if kind == "mongodb":
            return build_mongo(request.getfixturevalue("mongo"), columns, rows, key, table, declared)
        folder = tmp_path / str(made)
        folder.mkdir()
        return build_store(folder, kind, columns, rows, key, table, declared)

    yield make
    for server, database in borrowed:
        server.give_back(database)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of store in turn."""
    value: str = request.param
    return value
