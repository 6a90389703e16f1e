"""Profiles of PostgreSQL's columns: one statement for a hundred columns, one scan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from verify.classes import TypeClass
from verify.distinct import Distinct, K
from verify.profiling import HUGE, measured_class
from verify.store import Reading, Selection
from verify.stores.postgres.schema import PgTable
from verify.stores.postgres.sql import rows_of
from verify.stores.postgres.types import PgType, reading
from verify.stores.spelled import Spelled, ends, lengths
from verify.stores.spelled import statements as spelled_statements

EACH = 2**14
"""More than the greatest place there is, which is that of a hash of 53 bits."""
SKETCHES_AT_ONCE = 50
"""Columns sketched by one statement: as many hash tables are held at a time, of about 200 kB each."""
_STEPS = {1: "{}", 1_000: "date_trunc('milliseconds', {})", 1_000_000: "date_trunc('second', {})"}


def measures(column: Reading, kind: PgType, *, is_utf8: bool) -> Spelled:
    """Return the SQL of each measure of a column; text only where the server holds it as UTF-8."""
    wanted, name = measured_class(column), reading(column.column, kind)
    if wanted is None:
        return {}
    found = {"nulls": f"count(*) - count({name})"}
    match wanted:
        case TypeClass.boolean:
            return found | {"trues": f"count(*) FILTER (WHERE {name})"}
        case TypeClass.integer:
            number = f"{name}::int8"
            return found | ends(number) | {"sum": f"coalesce(sum({number}), 0)"}
        case TypeClass.decimal:
            # Of NaN and infinity this is NaN, which is not 0.
            finite = f"FILTER (WHERE {name} - {name} = 0)"
            return found | ends(name, finite) | {"sum": f"coalesce(sum({name}) {finite}, 0)"}
        case TypeClass.float:
            number = f"{name}::float8"
            usual = f"FILTER (WHERE abs({number}) < {HUGE})"
            finite = f"FILTER (WHERE {name} NOT IN ('NaN', 'Infinity', '-Infinity'))"
            return found | ends(name, finite) | {
                "sum": f"coalesce(sum({number}) {usual}, 0)", "magnitude": f"coalesce(sum(abs({number})) {usual}, 0)",
            }  # fmt: skip
        case TypeClass.text if is_utf8:
            return found | ends(f'{name} COLLATE "C"') | lengths(f"octet_length({name})")
        case TypeClass.bytes:
            return found | lengths(f"octet_length({name})")
        case TypeClass.date | TypeClass.timestamp:
            return found | ends(name, f"FILTER (WHERE isfinite({name}))")
    return found


def place(column: Reading, kind: PgType, *, is_utf8: bool) -> str:
    """Return the SQL of a value's place in the sketch of its column (`verify.distinct`), "" where it has no hash.

    Cannot see: values whose built-in hashes are equal, as those of integers and instants are where folding 64 bits to
    32 makes them so; a few in ten thousand at a million values, far below the error of the estimate.
    """
    name = reading(column.column, kind)
    match measured_class(column):
        case TypeClass.integer:
            hashed = f"hashint8extended({name}::int8, 1)"
        case TypeClass.decimal:
            # The hash of a numeric leaves out its sign, so that is in the seed; its scale is left out rightly.
            hashed = f"hash_numeric_extended({name}::numeric, CASE WHEN {name} < 0 THEN 2 ELSE 1 END)"
        case TypeClass.float:
            hashed = f"hashfloat8extended({name}::float8, 1)"
        case TypeClass.text if is_utf8:
            hashed = f'hashtextextended({name}::text COLLATE "C", 1)'
        case TypeClass.date if kind.name == "date":
            hashed = f"hashint4extended(CASE WHEN isfinite({name}) THEN {name} - date '2000-01-01' END, 1)"
        case TypeClass.timestamp if kind.name in ("timestamp", "timestamptz") and column.step_us in _STEPS:
            cut = _STEPS[column.step_us].format(f"{name}::timestamp")
            hashed = f"timestamp_hash_extended(CASE WHEN isfinite({name}) THEN {cut} END, 1)"
        case _:
            return ""
    # 53 bits of the hash between 0 and 1, both left out.
    return f"floor(-{K} * ln((({hashed} >> 11) + {2**52}::float8 + 0.5) / {2**53}::float8))::int4"


def sketches(table: PgTable, selection: Selection, *, is_utf8: bool) -> Iterator[tuple[list[int], str]]:
    """Yield some columns, by their place in the selection, and the statement that reads their sketches: one array in
    which each place has the column's number, in their order, times EACH added.

    Every column has its own hash table of at most some thousand places, over one scan: nothing is sorted. OFFSET 0
    hides from the planner how many values a column has, of which it would conclude how many places there are.
    """
    spelled = [
        (at, text) for at, column in enumerate(selection.readings)
        if (text := place(column, table.types[column.column], is_utf8=is_utf8))
    ]  # fmt: skip
    for start in range(0, len(spelled), SKETCHES_AT_ONCE):
        some = spelled[start : start + SKETCHES_AT_ONCE]
        names = [f"p{n}" for n in range(len(some))]
        places = ", ".join(f"{text} + {n * EACH} AS p{n}" for n, (_, text) in enumerate(some))
        inner = f"SELECT {places} FROM {rows_of(table, selection.where)} OFFSET 0"  # noqa: S608 (names are quoted)
        one = f"coalesce({', '.join(names)})" if len(names) > 1 else names[0]
        sets = ", ".join(f"({name})" for name in names)
        met = f"SELECT {one} AS p FROM ({inner}) AS t GROUP BY GROUPING SETS ({sets})"  # noqa: S608
        yield [at for at, _ in some], f"SELECT coalesce(array_agg(p), '{{}}') FROM ({met}) AS m WHERE p IS NOT NULL"  # noqa: S608


async def sketched(
    connection: Any, table: PgTable, selection: Selection, *, is_utf8: bool
) -> AsyncIterator[tuple[int, Distinct]]:
    """Yield columns, by their place in the selection, with their sketches. Raises the driver's errors."""
    # Hashes are those of the server's version.
    hashed = f"postgresql {connection.get_server_version().major}"
    for columns, statement in sketches(table, selection, is_utf8=is_utf8):
        found: list[set[int]] = [set() for _ in columns]
        for one in await connection.fetchval(statement):
            found[one // EACH].add(one % EACH)
        for column, places in zip(columns, found, strict=True):
            yield column, Distinct(hashed=hashed, places=frozenset(places))


def statements(table: PgTable, selection: Selection, *, is_utf8: bool) -> Iterator[tuple[list[Spelled], str]]:
    """Yield the measures of some columns and the statement that takes them, rows counted first."""
    return spelled_statements(
        selection, lambda column: measures(column, table.types[column.column], is_utf8=is_utf8),
        rows_of(table, selection.where),
    )  # fmt: skip
