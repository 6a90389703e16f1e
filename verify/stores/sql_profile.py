"""Profiles of the embedded engines: the measures of a column as SQL, of which one statement is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from verify.classes import TypeClass
from verify.profiling import COLUMNS_AT_ONCE, HUGE, Measures, measured_class
from verify.store import Reading, Row, Selection, Value
from verify.stores.sql import quote, rows_of

Spelled = dict[str, str]
"""The SQL of each measure by name."""

_HALF = 2**32
_DECIMAL = re.compile(r"DECIMAL\((\d+),\d+\)")
_SUMMED = 28
"""Digits of decimals up to which DuckDB adds up ten milliards of rows without leaving its 38."""


def sqlite_measures(reading: Reading, ordered: str) -> Spelled:
    """Return the measures of a SQLite column, whose values may be of any type: `usual` counts those of the type that
    the rest is measured by. `ordered` is the column in byte order."""
    name, kind = quote(reading.column), measured_class(reading)
    if kind is None:
        return {}
    found = {"nulls": f"count(*) - count({name})"}
    if kind is TypeClass.integer:
        # sum() fails beyond 64 bits: both halves are added up on their own.
        return found | {
            "usual": f"total(typeof({name}) = 'integer')", "least": f"min({name})", "greatest": f"max({name})",
            "high": f"sum({name} / {_HALF})", "low": f"sum({name} % {_HALF})",
        }  # fmt: skip
    if kind is TypeClass.float:
        usual = f"CASE WHEN abs({name}) < {HUGE} THEN {name} ELSE 0.0 END"
        finite = f"CASE WHEN abs({name}) < 9e999 THEN {name} END"
        return found | {
            "usual": f"total(typeof({name}) IN ('real', 'integer'))", "least": f"min({finite})",
            "greatest": f"max({finite})", "sum": f"total({usual})", "magnitude": f"total(abs({usual}))",
        }  # fmt: skip
    if kind in (TypeClass.text, TypeClass.bytes):
        length = f"length(CAST({name} AS BLOB))"
        found |= {
            "usual": f"total(typeof({name}) = '{'text' if kind is TypeClass.text else 'blob'}')",
            "shortest": f"min({length})", "longest": f"max({length})", "bytes": f"coalesce(sum({length}), 0)",
        }  # fmt: skip
        return found | ({"least": f"min({ordered})", "greatest": f"max({ordered})"} if kind is TypeClass.text else {})
    return found


def duckdb_measures(reading: Reading, declared: str, value: str) -> Spelled:
    """Return the measures of a DuckDB column; `value` is the SQL that reads it without loss."""
    name, kind = quote(reading.column), measured_class(reading)
    if kind is None:
        return {}
    found = {"nulls": f"count(*) - count({name})"}
    match kind:
        case TypeClass.boolean:
            return found | {"trues": f"count(*) FILTER (WHERE {name})"}
        case TypeClass.integer:
            found |= {"least": f"min({name})", "greatest": f"max({name})"}
            return found | ({} if "HUGEINT" in declared else {"sum": f"coalesce(sum({name}), 0)"})
        case TypeClass.decimal:
            digits = _DECIMAL.fullmatch(declared)
            found |= {"least": f"min({name})", "greatest": f"max({name})"}
            wide = digits is None or int(digits[1]) > _SUMMED
            return found | ({} if wide else {"sum": f"coalesce(sum({name}), 0)"})
        case TypeClass.float:
            finite, usual = f"FILTER (WHERE isfinite({name}))", f"FILTER (WHERE abs({name}) < {HUGE})"
            number = f"CAST({name} AS DOUBLE)"
            return found | {
                "least": f"min({name}) {finite}", "greatest": f"max({name}) {finite}",
                "sum": f"coalesce(sum({number}) {usual}, 0)", "magnitude": f"coalesce(sum(abs({number})) {usual}, 0)",
            }  # fmt: skip
        case TypeClass.text:
            text = f"CAST({name} AS VARCHAR)"
            return found | {
                "least": f"min({text})", "greatest": f"max({text})", "shortest": f"min(strlen({text}))",
                "longest": f"max(strlen({text}))", "bytes": f"coalesce(sum(strlen({text})), 0)",
            }  # fmt: skip
        case TypeClass.bytes:
            length = f"octet_length({name})"
            return found | {
                "shortest": f"min({length})", "longest": f"max({length})", "bytes": f"coalesce(sum({length}), 0)",
            }  # fmt: skip
        case TypeClass.date | TypeClass.timestamp if "VARCHAR" not in value:
            finite = f"FILTER (WHERE isfinite({name}))"
            return found | {"least": f"min({value}) {finite}", "greatest": f"max({value}) {finite}"}
    return found


def statements(selection: Selection, spell: Callable[[Reading], Spelled]) -> Iterator[tuple[list[Spelled], str]]:
    """Yield the measures of some columns and the statement that takes them, rows counted first."""
    for at in range(0, len(selection.readings), COLUMNS_AT_ONCE):
        spelled = [spell(reading) for reading in selection.readings[at : at + COLUMNS_AT_ONCE]]
        parts = ["count(*)", *(text for one in spelled for text in one.values())]
        yield spelled, f"SELECT {', '.join(parts)} FROM {rows_of(selection)}"  # noqa: S608 (names are quoted)


def measures_of(spelled: Sequence[Spelled], row: Row) -> Iterator[Measures]:
    """Yield what was measured of each column, given the row that the statement answered."""
    (rows, *values), at = row, 0
    assert isinstance(rows, int)
    for one in spelled:
        found = dict(zip(one, values[at : at + len(one)], strict=True))
        at += len(one)
        yield _whole(found, rows)


def _whole(found: dict[str, Value], rows: int) -> Measures:
    usual = found.pop("usual", None)
    measured = {"missing": 0, **found} if found else {}
    if usual is None:
        return measured
    assert isinstance(usual, float) and isinstance(found["nulls"], int)
    if int(usual) != rows - found["nulls"]:
        # Values of several types have neither an order nor a sum that other engines share.
        return {"nulls": found["nulls"], "missing": 0}
    if "high" in measured:
        high, low = measured.pop("high"), measured.pop("low")
        measured["sum"] = Decimal(str(high or 0)) * _HALF + Decimal(str(low or 0))
    return measured
