"""Profiles of the embedded engines: the measures of a column as SQL, and what was measured of it."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b

from verify.classes import TypeClass
from verify.distinct import Distinct, K, place_of
from verify.profiling import HUGE, Measures, measured_class
from verify.store import Reading, Row, Value
from verify.stores.spelled import Spelled, ends, lengths
from verify.stores.sql import quote

_HALF = 2**32
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_SUMMED = 28
"""Digits of decimals up to which DuckDB adds up ten milliards of rows without leaving its 38."""


SQLITE_PLACE = "shadow_place"
"""The function that connections to SQLite files have: the place of a value, which is bytes or a float."""


@lru_cache(maxsize=4096, typed=True)
def sqlite_place(value: bytes | float | None) -> int | None:
    """Return the place of a value in the sketch of a SQLite column, None of NULL."""
    if value is None:
        return None
    content = value if isinstance(value, bytes) else struct.pack("<d", value)
    return place_of(int.from_bytes(blake2b(content, digest_size=8).digest(), "little"))


def sqlite_measures(reading: Reading, ordered: str) -> Spelled:
    """Return the measures of a SQLite column, whose values may be of any type: `usual` counts those of the type that
    the rest is measured by. `ordered` is the column in byte order."""
    name, kind = quote(reading.column), measured_class(reading)
    if kind is None:
        return {}
    found = {"nulls": f"count(*) - count({name})"}
    if kind is TypeClass.integer:
        # sum() fails beyond 64 bits: both halves are added up on their own.
        return found | ends(name) | {
            "usual": f"total(typeof({name}) = 'integer')",
            "high": f"sum({name} / {_HALF})", "low": f"sum({name} % {_HALF})",
            "distinct": _places(f"CAST({name} AS BLOB)"),
        }  # fmt: skip
    if kind is TypeClass.float:
        usual = f"CASE WHEN abs({name}) < {HUGE} THEN {name} ELSE 0.0 END"
        finite = f"CASE WHEN abs({name}) < 9e999 THEN {name} END"
        return found | ends(finite) | {
            "usual": f"total(typeof({name}) IN ('real', 'integer'))", "sum": f"total({usual})",
            "magnitude": f"total(abs({usual}))", "distinct": _places(f"{name} + 0.0"),
        }  # fmt: skip
    if kind in (TypeClass.text, TypeClass.bytes):
        found |= lengths(f"length(CAST({name} AS BLOB))") | {
            "usual": f"total(typeof({name}) = '{'text' if kind is TypeClass.text else 'blob'}')",
            "distinct": _places(f"CAST({name} AS BLOB)"),
        }  # fmt: skip
        return found | (ends(ordered) if kind is TypeClass.text else {})
    return found


def _places(value: str) -> str:
    """Return the SQL of the places that the values of a SQLite column meet, with commas between them."""
    return f"group_concat(DISTINCT {SQLITE_PLACE}({value}))"


def _hashed(name: str, reading: Reading, declared: str) -> str:
    """Return the SQL that hashes a DuckDB column, equal values of any declared type alike; "" where it cannot."""
    match measured_class(reading):
        case TypeClass.integer | TypeClass.text:
            return f"hash(CAST({name} AS VARCHAR))"
        case TypeClass.decimal:
            text, scaled = f"CAST({name} AS VARCHAR)", _DECIMAL.fullmatch(declared)
            if scaled is None:
                return ""
            return f"hash({text})" if scaled[2] == "0" else f"hash(rtrim(rtrim({text}, '0'), '.'))"
        case TypeClass.float:
            return f"hash(CAST({name} AS DOUBLE) + 0.0)"  # the sum of -0 and 0 is 0
        case TypeClass.bytes | TypeClass.date if declared in ("BLOB", "DATE"):
            return f"hash({name})"
        case TypeClass.timestamp if declared in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
            instant, step = f"epoch_us({name})", reading.step_us
            return f"hash({instant} - (({instant} % {step}) + {step}) % {step})"
    return ""


def _duckdb_places(name: str, reading: Reading, declared: str) -> Spelled:
    hashed = _hashed(name, reading, declared)
    if not hashed:
        return {}
    place = f"CAST(floor(-{K} * ln((CAST({hashed} >> 11 AS DOUBLE) + 0.5) / {2**53})) AS INTEGER)"
    finite = f" AND isfinite({name})" if measured_class(reading) in (TypeClass.date, TypeClass.timestamp) else ""
    return {"distinct": f"coalesce(list(DISTINCT {place}) FILTER (WHERE {name} IS NOT NULL{finite}), [])"}


def duckdb_measures(reading: Reading, declared: str, value: str) -> Spelled:
    """Return the measures of a DuckDB column; `value` is the SQL that reads it without loss."""
    return _duckdb_measures(reading, declared, value) | _duckdb_places(quote(reading.column), reading, declared)


def _duckdb_measures(reading: Reading, declared: str, value: str) -> Spelled:
    name, kind = quote(reading.column), measured_class(reading)
    if kind is None:
        return {}
    found = {"nulls": f"count(*) - count({name})"}
    match kind:
        case TypeClass.boolean:
            return found | {"trues": f"count(*) FILTER (WHERE {name})"}
        case TypeClass.integer:
            found |= ends(name)
            return found | ({} if "HUGEINT" in declared else {"sum": f"coalesce(sum({name}), 0)"})
        case TypeClass.decimal:
            digits = _DECIMAL.fullmatch(declared)
            found |= ends(name)
            wide = digits is None or int(digits[1]) > _SUMMED
            return found | ({} if wide else {"sum": f"coalesce(sum({name}), 0)"})
        case TypeClass.float:
            finite, usual = f"FILTER (WHERE isfinite({name}))", f"FILTER (WHERE abs({name}) < {HUGE})"
            number = f"CAST({name} AS DOUBLE)"
            return found | ends(name, finite) | {
                "sum": f"coalesce(sum({number}) {usual}, 0)", "magnitude": f"coalesce(sum(abs({number})) {usual}, 0)",
            }  # fmt: skip
        case TypeClass.text:
            text = f"CAST({name} AS VARCHAR)"
            return found | ends(text) | lengths(f"strlen({text})")
        case TypeClass.bytes:
            return found | lengths(f"octet_length({name})")
        case TypeClass.date | TypeClass.timestamp if "VARCHAR" not in value:
            finite = f"FILTER (WHERE isfinite({name}))"
            return found | ends(value, finite)
    return found


def measures_of(spelled: Sequence[Spelled], row: Row) -> Iterator[Measures]:
    """Yield what was measured of each column, given the row that the statement answered."""
    (rows, *values), at = row, 0
    assert isinstance(rows, int)
    for one in spelled:
        found = dict(zip(one, values[at : at + len(one)], strict=True))
        at += len(one)
        yield _whole(found, rows)


def _sketch(found: Value) -> Distinct:
    """Return the sketch of places as DuckDB gives them, a list, or SQLite: text, NULL for none."""
    if isinstance(found, list):
        return Distinct(hashed="duckdb", places=frozenset(found))
    return Distinct(hashed="sqlite", places=frozenset(map(int, str(found).split(","))) if found else frozenset())


def _whole(found: dict[str, Value], rows: int) -> Measures:
    usual = found.pop("usual", None)
    measured = {"missing": 0, **found} if found else {}
    if "distinct" in found:
        measured["distinct"] = _sketch(found["distinct"])
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
