"""The foreign keys of the store that is to be changed, and the keys that it holds to be unique."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from typing import Any

import msgspec

from verify.catalogue import Queries
from verify.store import Row, Snapshot, Store
from verify.stores.sql import quote_text

_POSTGRES = """
SELECT c.conname, c.condeferrable, c.conrelid::int8, c.confrelid::int8,
       (SELECT array_agg(a.attname::text ORDER BY k.at) FROM unnest(c.conkey) WITH ORDINALITY AS k(number, at)
        JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.number),
       (SELECT array_agg(a.attname::text ORDER BY k.at) FROM unnest(c.confkey) WITH ORDINALITY AS k(number, at)
        JOIN pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.number)
FROM pg_constraint AS c WHERE c.contype = 'f' ORDER BY c.conrelid, c.conname
"""
_DUCKDB = """
SELECT constraint_name, table_name, referenced_table, constraint_column_names, referenced_column_names
FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY' ORDER BY ALL
"""


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True):
    """`columns` of `table` refer to the columns `referred` of `parent`. `deferrable`: a transaction may put off the
    check to its end."""

    name: str
    table: str
    columns: tuple[str, ...]
    parent: str
    referred: tuple[str, ...]
    deferrable: bool = False


class Unique(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of a table of which no two rows hold the same values."""

    table: str
    columns: tuple[str, ...]


async def foreign_keys(store: Store, snapshot: Snapshot, tables: Collection[str]) -> tuple[ForeignKey, ...]:
    """Return the foreign keys from one of these tables to one of them. Raises StoreError."""
    if not isinstance(snapshot, Queries) or not tables:
        return ()
    known = set(tables)
    match store.dialect.name:
        case "postgresql":
            found = await _of_postgres(snapshot, sorted(known))
        case "sqlite":
            found = [key for table in sorted(known) for key in await _of_sqlite(snapshot, table, known, store)]
        case _:
            found = [
                ForeignKey(name=name, table=table, columns=tuple(columns), parent=parent, referred=tuple(referred))
                for name, table, parent, columns, referred in _rows(await snapshot.query(_DUCKDB))
            ]
    return tuple(key for key in found if key.table in known and key.parent in known)


async def uniques(store: Store, tables: Collection[str]) -> tuple[Unique, ...]:
    """Return what is unique in these tables. Raises StoreError."""
    return tuple(
        Unique(table=table.name, columns=columns)
        for table in await store.describe() if table.name in tables
        for columns in sorted({table.primary_key, *(index.columns for index in table.indexes if index.unique)} - {()})
    )  # fmt: skip


async def _of_postgres(snapshot: Queries, tables: list[str]) -> list[ForeignKey]:
    listed = ", ".join(f"{quote_text(snapshot.source(table))}::regclass::int8" for table in tables)
    ((numbers,),) = _rows(await snapshot.query(f"SELECT ARRAY[{listed}]"))
    names = dict(zip(numbers, tables, strict=True))
    return [
        ForeignKey(name=name, table=names[child], columns=tuple(columns), parent=names[parent],
                   referred=tuple(referred), deferrable=deferrable)
        for name, deferrable, child, parent, columns, referred in _rows(await snapshot.query(_POSTGRES))
        if child in names and parent in names
    ]  # fmt: skip


async def _of_sqlite(snapshot: Queries, table: str, tables: set[str], store: Store) -> list[ForeignKey]:
    # Which may be put off is up to the transaction there, whatever the key says.
    asked = f'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list({quote_text(table)}) ORDER BY id, seq'  # noqa: S608
    folded = {name.lower(): name for name in tables}
    keys = {each.name: each.primary_key for each in await store.describe()}
    found = []
    for number, group in groupby(_rows(await snapshot.query(asked)), key=lambda row: row[0]):
        parts = list(group)
        parent = folded.get(parts[0][1].lower(), "")
        referred = tuple(to for *_, to in parts)
        found.append(ForeignKey(
            name=f"{number}", table=table, columns=tuple(column for _, _, column, _ in parts), parent=parent,
            referred=keys.get(parent, ()) if None in referred else referred, deferrable=True,
        ))  # fmt: skip
    return found


def _rows(rows: list[Row]) -> list[tuple[Any, ...]]:
    return rows
