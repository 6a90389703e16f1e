"""The correctness matrix: each kind of fault, on every pair of engines, with every kind of key, wherever it is.

`make test` runs every pair of engines with one kind of key each, and every second pair with what else there is; the
whole of it runs with the slow tests. Buckets are small here, so that a table of 48 rows has several, and each fault
has to be noticed by the digest of its own.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bson import ObjectId

from shadow.config.model import TablePair
from shadow.records import DataCheck
from tests.contracts.answers import answers
from verify.checks import rows as rows_check
from verify.classes import TypeClass
from verify.store import Row, Store
from verify.stores.postgres import offer as postgres_offer

Build = Callable[..., Store]
Engines = tuple[str, str]

ENGINES = ("postgresql", "mongodb", "sqlite", "duckdb", "parquet", "csv")
PAIRS = [(one, other) for one in ENGINES for other in ENGINES]
N = 48
PER_BUCKET = 8
EDGES = (1, PER_BUCKET, PER_BUCKET + 1, 3 * PER_BUCKET, 3 * PER_BUCKET + 1, N)
"""The first and the last row, and both sides of cuts between buckets."""


@pytest.fixture(autouse=True)
def small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many buckets as a table of six times the rows would have."""
    monkeypatch.setattr(rows_check, "ROWS_PER_BUCKET", PER_BUCKET)
    monkeypatch.setattr(postgres_offer, "ROWS_PER_BUCKET", PER_BUCKET)


def key_columns(kind: str) -> dict[str, TypeClass]:
    match kind:
        case "composite":
            return {"a": TypeClass.integer, "b": TypeClass.text}
        case "none":
            return {"n": TypeClass.integer}
        case "int":
            return {"_id": TypeClass.integer}
        case _:
            return {"_id": TypeClass[kind]}


def key_of(kind: str, n: int) -> tuple[Any, ...]:
    """Return the key of row n: ascending for kinds that have an order."""
    match kind:
        case "text":
            return (f"Kö {n:03}",)
        case "uuid":
            return (uuid.UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128),)
        case "objectid":
            return (ObjectId(f"{n + 10:024x}"),)
        case "composite":
            return (n // 5, f"b{n % 5}")
        case _:
            return (n,)


KEYS = ("int", "text", "uuid", "composite", "objectid", "none")


def shown(kind: str, n: int) -> str:
    """Return the key of row n as a finding shows it, without quotes."""
    return ", ".join(
        f"{name}={value}" for name, value in zip(key_columns(kind), key_of(kind, n), strict=True)
    )


def verified(
    build: Build, engines: Engines, columns: dict[str, TypeClass], old: list[Row], new: list[Row], key: tuple[str, ...]
) -> dict[str, DataCheck]:
    """Build both sides and return the checks by name."""
    sides = build(engines[0], columns, old, key), build(engines[1], columns, new, key)
    # A document has an _id of its own where none is given, and an empty collection has no fields but that one.
    names = tuple(columns)
    ignore = ("_id",) if "mongodb" in engines and "_id" not in columns else ()
    pair = TablePair(old="t", key=key, ignore=ignore)
    if "mongodb" in engines and not (old and new):
        pair = TablePair(old="t", key=("_id",) if "_id" in names else (), ignore=ignore)
    return {check.check: check for check in answers(*sides, tables=(pair,))}


def found(check: DataCheck) -> list[tuple[str, str, str]]:
    """Return kind, column and key of each finding, keys without quotes."""
    return sorted((one.kind, one.column, one.key.replace('"', "")) for one in check.findings)


def number(pair: Engines) -> int:
    return ENGINES.index(pair[0]) + ENGINES.index(pair[1])


def every(names: tuple[str, ...], step: int = 1) -> list[Any]:
    """Return each pair of engines with each name. Quick is one name for each pair, or for every second pair, so that
    no name is left out; the others are slow."""
    return [
        pytest.param(
            pair, name, id=f"{pair[0]}-{pair[1]}-{name}",
            marks=() if number(pair) % step == 0 and number(pair) // step % 6 == at else pytest.mark.slow,
        )
        for pair in PAIRS
        for at, name in enumerate(names)
    ]  # fmt: skip


def simple(kind: str, n: int, value: str = "") -> Row:
    return (*key_of(kind, n), value or f"value {n}", n * 2)


LOST, CHANGED, EXTRA = (1, 8, 17, 24, N), (2, 9, 16, 25, N - 1), (0, N + 1, N + 200)


@pytest.mark.parametrize(("engines", "kind"), every(KEYS))
def test_lost_extra_and_changed_rows_are_found(build: Build, engines: Engines, kind: str) -> None:
    columns = {**key_columns(kind), "v": TypeClass.text, "w": TypeClass.integer}
    key = () if kind == "none" else tuple(key_columns(kind))
    old = [simple(kind, n) for n in range(1, N + 1)]
    same = verified(build, engines, columns, old, list(reversed(old)), key)
    assert (same["rows"].status, same["rows"].findings, same["rows"].rows_new) == ("pass", (), N)
    assert same["counts"].status == "pass"
    kept = [n for n in (*range(1, N + 1), *EXTRA) if n not in LOST]
    new = [simple(kind, n, "other" if n in CHANGED else "") for n in kept]
    check = verified(build, engines, columns, old, new, key)["rows"]
    assert (check.status, check.rows_old, check.rows_new) == ("fail", N, N - len(LOST) + len(EXTRA))
    if kind == "none":
        rows = sorted((one.kind, f"{one.old or one.new}".partition(",")[0].replace('"', "")) for one in check.findings)
        expected = [("missing_row", f"n={n}") for n in (*LOST, *CHANGED)]
        assert rows == sorted(expected + [("extra_row", f"n={n}") for n in (*EXTRA, *CHANGED)])
        return
    expected_keys = [("missing_row", "", shown(kind, n)) for n in LOST]
    expected_keys += [("extra_row", "", shown(kind, n)) for n in EXTRA]
    expected_keys += [("value", "v", shown(kind, n)) for n in CHANGED]
    assert found(check) == sorted(expected_keys)


@pytest.mark.slow
@pytest.mark.parametrize("n", EDGES)
@pytest.mark.parametrize("engines", PAIRS, ids="-".join)
def test_a_single_fault_is_found_wherever_it_is(build: Build, engines: Engines, n: int) -> None:
    """Alone, so that no other fault of its bucket gives it away."""
    columns = {"_id": TypeClass.integer, "v": TypeClass.text, "w": TypeClass.integer}
    old = [simple("int", at) for at in range(1, N + 1)]
    for new, expected in (
        ([row for row in old if row[0] != n], ("missing_row", "")),
        ([simple("int", at, "other" if at == n else "") for at in range(1, N + 1)], ("value", "v")),
        ([*old, (n * 1000, "v", 0)], ("extra_row", "")),
    ):
        check = verified(build, engines, columns, old, new, ("_id",))["rows"]
        where = n * 1000 if expected[0] == "extra_row" else n
        assert found(check) == [(*expected, f"_id={where}")]


STATES = ("empty", "lost all", "all new", "single", "all changed", "one side")


@pytest.mark.parametrize(("engines", "state"), every(STATES, 2))
def test_tables_that_are_empty_tiny_or_not_there(build: Build, engines: Engines, state: str) -> None:
    columns = {"_id": TypeClass.integer, "v": TypeClass.text}
    rows: list[Row] = [(n, f"v{n}") for n in range(1, 21)]
    other: list[Row] = [(n, f"w{n}") for n in range(1, 21)]
    key = ("_id",)
    match state:
        case "empty":
            checks = verified(build, engines, columns, [], [], key)
            assert checks["rows"].status == checks["counts"].status == "pass"
            assert checks["rows"].reason.startswith("0 rows on both sides")
        case "lost all":
            check = verified(build, engines, columns, rows, [], key)["rows"]
            assert found(check) == sorted(("missing_row", "", f"_id={n}") for n, _ in rows)
        case "all new":
            check = verified(build, engines, columns, [], rows, key)["rows"]
            assert found(check) == sorted(("extra_row", "", f"_id={n}") for n, _ in rows)
        case "single":
            assert verified(build, engines, columns, rows[:1], rows[:1], key)["rows"].status == "pass"
            check = verified(build, engines, columns, rows[:1], other[:1], key)["rows"]
            assert found(check) == [("value", "v", "_id=1")]
        case "all changed":
            check = verified(build, engines, columns, rows, other, key)["rows"]
            assert (found(check), check.total) == (sorted(("value", "v", f"_id={n}") for n, _ in rows), 20)
        case "one side":
            sides = build(engines[0], columns, rows, key, "t"), build(engines[1], columns, rows, key, "u")
            (check,) = [check for check in answers(*sides) if check.check == "tables"]
            tables = sorted((one.kind, one.table) for one in check.findings)
            assert tables == [("extra_table", "u"), ("missing_table", "t")]


AT = datetime(2026, 1, 31, 23, 59, 59, 999_000)
TYPES: dict[TypeClass, tuple[Callable[[int], Any], Callable[[Any], Any]]] = {
    TypeClass.integer: (lambda n: 2**53 + n, lambda value: value + 1),
    TypeClass.decimal: (lambda n: Decimal(n) / 8, lambda value: value + Decimal("0.000001")),
    TypeClass.float: (lambda n: n * 0.1, lambda value: math.nextafter(value, 1e9)),
    TypeClass.text: (lambda n: f"Zoë {n} 🙂\n", lambda value: value.replace("Z", "z")),
    TypeClass.boolean: (lambda n: n % 2 == 0, lambda value: not value),
    TypeClass.date: (lambda n: date(1969, 12, 1 + n % 31), lambda value: value + timedelta(days=1)),
    TypeClass.time: (lambda n: time(23, n % 60, 59, n), lambda value: value.replace(microsecond=999_999)),
    TypeClass.timestamp: (lambda n: AT - timedelta(hours=n), lambda value: value + timedelta(milliseconds=1)),
    TypeClass.uuid: (lambda n: uuid.UUID(int=2**127 + n * 2**64), lambda value: uuid.UUID(int=value.int + 1)),
    TypeClass.json: (lambda n: {"a": n, "b": [1, {"c": f"ü{n}"}], "d": None},
                     lambda value: {**value, "b": [1, {"c": "", **value["b"][1], "e": None}]}),
    TypeClass.bytes: (lambda n: bytes([0, 255, n]), lambda value: value + b"\0"),
}  # fmt: skip


def types_of(engines: Engines) -> dict[str, TypeClass]:
    """Return a column of each class that both engines have or carry. A CSV file has no way to hold bytes; MongoDB
    carries days as instants, and beside it a CSV file, which has no types, does not say that they are days."""
    without = {TypeClass.bytes} if "csv" in engines else set()
    if set(engines) == {"mongodb", "csv"}:
        without.add(TypeClass.date)
    return {f"c_{kind}": kind for kind in TYPES if kind not in without}


def typed(n: int, engines: Engines, *wrong: TypeClass) -> Row:
    """Return row n; of its columns these are wrong."""
    values = [TYPES[kind][0](n) for kind in types_of(engines).values()]
    return (n, *[TYPES[kind][1](value) if kind in wrong else value
                 for kind, value in zip(types_of(engines).values(), values, strict=True)])  # fmt: skip


@pytest.mark.parametrize(
    "engines",
    [pytest.param(pair, id="-".join(pair), marks=pytest.mark.slow if number(pair) % 2 else ()) for pair in PAIRS],
)
def test_a_fault_in_each_type_is_found(build: Build, engines: Engines) -> None:
    """One in each column; NULL beside them, which is neither empty nor missing."""
    columns = {"_id": TypeClass.integer, **types_of(engines)}
    old = [typed(n, engines) for n in range(1, N + 1)] + [(N + 1, *[None] * len(types_of(engines)))]
    same = verified(build, engines, columns, old, old, ("_id",))["rows"]
    assert (same.status, same.findings[:3]) == ("pass", ())
    kinds = list(types_of(engines).values())
    where = {4 * at + 1: kind for at, kind in enumerate(kinds)}
    new = [typed(n, engines, *([where[n]] if n in where else [])) for n in range(1, N + 1)]
    new.append((N + 1, *["" if kind is TypeClass.text else None for kind in kinds]))
    check = verified(build, engines, columns, old, new, ("_id",))["rows"]
    expected = [("value", f"c_{kind}", f"_id={n}") for n, kind in where.items()]
    assert found(check) == sorted([*expected, ("value", "c_text", f"_id={N + 1}")])


@pytest.mark.slow
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("engines", PAIRS, ids="-".join)
def test_a_fault_in_a_single_value_is_found(build: Build, engines: Engines, kind: TypeClass) -> None:
    """Alone in a table of that type, and alone in its bucket."""
    if kind not in types_of(engines).values():
        pytest.skip("this pair of engines has no way to say so")
    make, spoil = TYPES[kind]
    columns = {"_id": TypeClass.integer, "c": kind}
    old: list[Row] = [(n, make(n)) for n in range(1, N + 1)]
    new = [(n, spoil(value) if n == 20 else value) for n, value in old]
    check = verified(build, engines, columns, old, new, ("_id",))["rows"]
    assert found(check) == [("value", "c", "_id=20")]
