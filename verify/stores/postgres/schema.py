"""What a PostgreSQL database says about its tables, read from the catalogue with four queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec

from verify.store import ColumnSchema, IndexSchema, TableSchema
from verify.stores.postgres.types import PgType

Rows = defaultdict[int, list[Any]]

_VISIBLE = """
    n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                    AND d.deptype = 'e')
"""
"""Tables of the system, of other sessions and of extensions are nobody's data."""

TABLES = f"""
SELECT c.oid, n.nspname AS schema, c.relname AS name, n.nspname = ANY (current_schemas(false)) AS on_path,
       c.relkind::text AS kind, pg_relation_size(c.oid) AS bytes, c.reltuples::float8 AS rows
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {_VISIBLE}
ORDER BY array_position(current_schemas(false), n.nspname), n.nspname, c.relname
"""  # noqa: S608 (constants)

# Domains of domains are followed to their base; what a domain forbids is no business of the data.
COLUMNS = """
WITH RECURSIVE base AS (
  SELECT a.attrelid, a.attnum, a.atttypid AS type, a.atttypmod AS modifier, a.attcollation AS collation
  FROM pg_attribute a WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT b.attrelid, b.attnum, t.typbasetype, t.typtypmod, b.collation
  FROM base b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd'
)
SELECT a.attrelid AS oid, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS declared,
       a.attnotnull AS not_null,
       a.attidentity::text AS identity, a.attgenerated::text AS generated,
       pg_get_expr(d.adbin, d.adrelid) AS expression, t.typname AS type, t.typtype::text AS kind,
       COALESCE(e.typname, '') AS element, b.modifier,
       COALESCE(co.collname IN ('C', 'POSIX')
                OR (co.collprovider = 'd' AND db.datcollate IN ('C', 'POSIX')), false) AS c_collation,
       CASE WHEN co.collname <> 'default' THEN co.collname ELSE '' END AS collation
FROM base b
JOIN pg_attribute a ON a.attrelid = b.attrelid AND a.attnum = b.attnum
JOIN pg_type t ON t.oid = b.type AND t.typtype <> 'd'
LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN pg_collation co ON co.oid = b.collation
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
JOIN pg_database db ON db.datname = current_database()
ORDER BY a.attrelid, a.attnum
"""

KEYS = """
SELECT o.conrelid AS oid, o.contype::text AS kind, o.conname AS name, f.relname AS target,
       ARRAY(SELECT a.attname FROM unnest(o.conkey) WITH ORDINALITY AS k(n, at)
             JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.n ORDER BY k.at)::text[] AS columns
FROM pg_constraint o LEFT JOIN pg_class f ON f.oid = o.confrelid
WHERE o.conrelid = ANY ($1::oid[]) AND o.contype IN ('p', 'f')
ORDER BY o.conname
"""

INDEXES = """
SELECT i.indrelid AS oid, c.relname AS name, i.indisunique AS unique, i.indisprimary AS primary,
       pg_get_expr(i.indpred, i.indrelid) AS predicate, pg_get_expr(i.indexprs, i.indrelid) AS expressions,
       i.indisvalid AND i.indisready AS valid,
       ARRAY(SELECT COALESCE(a.attname, '') FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(n, at)
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n AND k.n > 0
             WHERE k.at <= i.indnkeyatts ORDER BY k.at)::text[] AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[])
ORDER BY c.relname
"""


class PgTable(msgspec.Struct, frozen=True, kw_only=True):
    """What the store itself has to know of a table: where it is, how large, and the type of each column."""

    oid: int
    schema: str
    name: str
    kind: str
    bytes: int
    rows: float
    types: Mapping[str, PgType]
    not_null: frozenset[str]
    indexed: tuple[tuple[str, ...], ...]
    """Columns of each index that serves ranges: complete, valid, of columns."""


async def describe(connection: Any) -> tuple[tuple[TableSchema, ...], dict[str, PgTable]]:
    """Return the tables, ascending by name, and what the store has to know of each. A table of a schema that is not
    on the search path is called `schema.table`, and so is one that another on the path hides."""
    tables = await connection.fetch(TABLES)
    oids = [row["oid"] for row in tables]
    columns: Rows = defaultdict(list)
    keys: Rows = defaultdict(list)
    indexes: Rows = defaultdict(list)
    for query, found in ((COLUMNS, columns), (KEYS, keys), (INDEXES, indexes)):
        for row in await connection.fetch(query, oids):
            found[row["oid"]].append(row)
    schemas: dict[str, TableSchema] = {}
    known: dict[str, PgTable] = {}
    for row in tables:
        oid, name = row["oid"], row["name"]
        if not row["on_path"] or name in schemas:
            name = f"{row['schema']}.{name}"
        types = {column["name"]: _type(column) for column in columns[oid]}
        schemas[name] = _table(name, columns[oid], types, keys[oid], indexes[oid])
        known[name] = PgTable(
            oid=oid,
            schema=row["schema"],
            name=row["name"],
            kind=row["kind"],
            bytes=row["bytes"],
            rows=row["rows"],
            types=types,
            not_null=frozenset(column["name"] for column in columns[oid] if column["not_null"]),
            indexed=tuple(
                tuple(index["columns"])
                for index in indexes[oid]
                if index["valid"] and index["predicate"] is None and "" not in index["columns"]
            ),
        )
    return tuple(schemas[name] for name in sorted(schemas)), known


def _type(column: Any) -> PgType:
    return PgType(
        name=column["type"],
        kind=column["kind"],
        element=column["element"],
        modifier=column["modifier"],
        c_collation=column["c_collation"],
    )


def _default(column: Any) -> str | None:
    """Return the default; a serial column and an identity both say `a sequence`, since they do the same."""
    expression: str | None = column["expression"]
    if column["generated"]:
        return None
    return "a sequence" if column["identity"] or (expression or "").startswith("nextval(") else expression


def _table(name: str, columns: Any, types: Mapping[str, PgType], keys: Any, indexes: Any) -> TableSchema:
    return TableSchema(
        name=name,
        columns=tuple(
            ColumnSchema(
                name=column["name"],
                kind=types[column["name"]].type_class,
                declared=column["declared"],
                size=types[column["name"]].size,
                nullable=not column["not_null"],
                default=_default(column),
            )
            for column in columns
        ),
        primary_key=next((tuple(key["columns"]) for key in keys if key["kind"] == "p"), ()),
        indexes=tuple(
            sorted(
                (
                    IndexSchema(name=index["name"], columns=tuple(index["columns"]), unique=index["unique"])
                    for index in indexes
                    if not index["primary"] and index["predicate"] is None and "" not in index["columns"]
                ),
                key=lambda index: index.columns,
            )
        ),
        foreign_keys=tuple(
            sorted(f"{', '.join(key['columns'])} -> {key['target']}" for key in keys if key["kind"] == "f")
        ),
    )
