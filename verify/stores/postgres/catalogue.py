"""PostgreSQL's objects and sequences, from its catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from verify.catalogue import DbObject, SequenceState
from verify.stores.postgres.schema import PgTable
from verify.stores.postgres.sql import from_table
from verify.stores.sql import quote

_HERE = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_NOT_OF_EXTENSION = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {0}.oid AND d.deptype = 'e')"

OBJECTS = f"""
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind, c.relname AS name, 0::oid AS oid,
       pg_get_viewdef(c.oid, true) AS definition
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND {_HERE} AND {_NOT_OF_EXTENSION.format("c")}
UNION ALL
SELECT 'trigger', t.tgname, t.tgrelid, pg_get_triggerdef(t.oid, true)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND {_HERE}
UNION ALL
SELECT CASE o.contype WHEN 'c' THEN 'check constraint' WHEN 'f' THEN 'foreign key' ELSE 'exclusion constraint' END,
       o.conname, o.conrelid, pg_get_constraintdef(o.oid, true)
FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
WHERE o.contype IN ('c', 'f', 'x') AND o.conrelid <> 0 AND o.conparentid = 0 AND {_HERE}
UNION ALL
SELECT 'index', c.relname, i.indrelid, pg_get_indexdef(i.indexrelid)
       || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_HERE} AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL OR NOT i.indisvalid OR i.indnkeyatts <> i.indnatts
                   OR (SELECT am.amname FROM pg_am am WHERE am.oid = c.relam) <> 'btree')
UNION ALL
SELECT 'generated column', a.attname, a.attrelid, pg_get_expr(d.adbin, d.adrelid)
FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attgenerated <> '' AND {_HERE}
UNION ALL
SELECT 'collation', a.attname, a.attrelid, co.collname
FROM pg_attribute a JOIN pg_collation co ON co.oid = a.attcollation
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE co.collname <> 'default' AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND {_HERE}
UNION ALL
SELECT 'enum', t.typname, 0::oid, (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
                                  FROM pg_enum e WHERE e.enumtypid = t.oid)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND {_HERE} AND {_NOT_OF_EXTENSION.format("t")}
ORDER BY 1, 2
"""  # noqa: S608 (constants)

SEQUENCES = """
SELECT s.schemaname || '.' || s.sequencename AS name, o.rel AS oid, a.attname AS "column",
       COALESCE(s.last_value + s.increment_by, s.start_value) AS next_value, s.increment_by AS increment
FROM pg_sequences s
JOIN pg_namespace n ON n.nspname = s.schemaname
JOIN pg_class c ON c.relname = s.sequencename AND c.relnamespace = n.oid
CROSS JOIN LATERAL (
  SELECT d.refobjid AS rel, d.refobjsubid::int AS att FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
    AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  UNION
  SELECT ad.adrelid, ad.adnum::int FROM pg_depend d JOIN pg_attrdef ad ON ad.oid = d.objid
  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
) AS o
JOIN pg_attribute a ON a.attrelid = o.rel AND a.attnum = o.att
ORDER BY 1, 3
"""

_INDEX_HEAD = re.compile(r"^CREATE (UNIQUE )?INDEX .*? USING ")
_BY_WORDS = frozenset({"check constraint", "foreign key", "exclusion constraint", "index"})


async def read_objects(connection: Any, tables: Mapping[str, PgTable]) -> tuple[DbObject, ...]:
    """Return the objects of the tables, and those that belong to none."""
    names = {table.oid: name for name, table in tables.items()}
    found = []
    for row in await connection.fetch(OBJECTS):
        if row["oid"] and row["oid"] not in names:
            continue  # of a partition, whose parent has it too
        definition = _INDEX_HEAD.sub(lambda head: head[1] or "", row["definition"] or "")
        found.append(
            DbObject(
                kind=row["kind"],
                name=row["name"],
                table=names.get(row["oid"], ""),
                definition=" ".join(definition.split()),
                by_name=row["kind"] not in _BY_WORDS,
            )
        )
    return tuple(found)


async def read_sequences(connection: Any, tables: Mapping[str, PgTable]) -> tuple[SequenceState, ...]:
    """Return the sequences that fill a column, with the extreme value of that column."""
    names = {table.oid: name for name, table in tables.items()}
    found = []
    for row in await connection.fetch(SEQUENCES):
        name = names.get(row["oid"])
        if name is None:
            continue
        ending = "max" if row["increment"] > 0 else "min"
        extreme = await connection.fetchval(
            f"SELECT {ending}({quote(row['column'])})::int8 FROM {from_table(tables[name])}"  # noqa: S608 (quoted)
        )
        found.append(
            SequenceState(
                name=row["name"],
                table=name,
                column=row["column"],
                next_value=row["next_value"],
                increment=row["increment"],
                extreme=extreme,
            )
        )
    return tuple(found)
