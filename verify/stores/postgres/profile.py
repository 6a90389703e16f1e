"""Profiles of PostgreSQL's columns: one statement for a hundred columns, one scan."""

from __future__ import annotations

from collections.abc import Iterator

from verify.classes import TypeClass
from verify.profiling import COLUMNS_AT_ONCE, HUGE, measured_class
from verify.store import Reading, Selection
from verify.stores.postgres.schema import PgTable
from verify.stores.postgres.sql import rows_of
from verify.stores.postgres.types import PgType, reading
from verify.stores.sql_profile import Spelled


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
            return found | _ends(number) | {"sum": f"coalesce(sum({number}), 0)"}
        case TypeClass.decimal:
            # Of NaN and infinity this is NaN, which is not 0.
            finite = f"FILTER (WHERE {name} - {name} = 0)"
            return found | _ends(name, finite) | {"sum": f"coalesce(sum({name}) {finite}, 0)"}
        case TypeClass.float:
            number = f"{name}::float8"
            usual = f"FILTER (WHERE abs({number}) < {HUGE})"
            finite = f"FILTER (WHERE {name} NOT IN ('NaN', 'Infinity', '-Infinity'))"
            return found | _ends(name, finite) | {
                "sum": f"coalesce(sum({number}) {usual}, 0)", "magnitude": f"coalesce(sum(abs({number})) {usual}, 0)",
            }  # fmt: skip
        case TypeClass.text if is_utf8:
            return found | _ends(f'{name} COLLATE "C"') | _lengths(name)
        case TypeClass.bytes:
            return found | _lengths(name)
        case TypeClass.date | TypeClass.timestamp:
            return found | _ends(name, f"FILTER (WHERE isfinite({name}))")
    return found


def _ends(name: str, which: str = "") -> Spelled:
    return {"least": f"min({name}) {which}", "greatest": f"max({name}) {which}"}


def _lengths(name: str) -> Spelled:
    length = f"octet_length({name})"
    return {"shortest": f"min({length})", "longest": f"max({length})", "bytes": f"coalesce(sum({length}), 0)"}


def statements(table: PgTable, selection: Selection, *, is_utf8: bool) -> Iterator[tuple[list[Spelled], str]]:
    """Yield the measures of some columns and the statement that takes them, rows counted first."""
    for at in range(0, len(selection.readings), COLUMNS_AT_ONCE):
        spelled = [
            measures(column, table.types[column.column], is_utf8=is_utf8)
            for column in selection.readings[at : at + COLUMNS_AT_ONCE]
        ]
        parts = ["count(*)", *(text for one in spelled for text in one.values())]
        yield spelled, f"SELECT {', '.join(parts)} FROM {rows_of(table, selection.where)}"  # noqa: S608
