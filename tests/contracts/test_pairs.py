"""Planted faults over pairs of engines: each must be found and named, and nothing else; equal data must pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from shadow.config.model import TablePair
from shadow.records import CheckStatus, DataCheck
from tests.contracts.answers import answers
from verify.classes import TypeClass
from verify.store import Row, Store

Build = Callable[..., Store]

PAIRS = [
    ("memory", "memory"), ("sqlite", "sqlite"), ("sqlite", "duckdb"), ("duckdb", "sqlite"), ("sqlite", "parquet"),
    ("parquet", "duckdb"), ("csv", "sqlite"), ("postgresql", "postgresql"), ("sqlite", "postgresql"),
    ("postgresql", "duckdb"),
]  # fmt: skip
COLUMNS = {
    "id": TypeClass.integer,
    "name": TypeClass.text,
    "price": TypeClass.decimal,
    "weight": TypeClass.float,
    "at": TypeClass.timestamp,
    "day": TypeClass.date,
    "active": TypeClass.boolean,
    "note": TypeClass.text,
}
N = 300


def order(n: int) -> tuple[Any, ...]:
    """Return a row; every column varies, notes are NULL, empty or text."""
    return (
        n,
        f"Zoë {n} 🙂",
        Decimal(n) / 4,
        n * 0.1,
        datetime(2026, 1, 1 + n % 28, n % 24, n % 60, 7, n * 1001),
        date(2020, 1, 1 + n % 31),
        n % 2 == 0,
        (None, "", f"note {n}")[n % 3],
    )


ORDERS: list[Row] = [order(n) for n in range(1, N + 1)]


@pytest.fixture(params=PAIRS, ids="-".join)
def engines(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Each pair of engines in turn."""
    value: tuple[str, str] = request.param
    return value


def verified(old: Store, new: Store, table: TablePair | None = None, **settings: Any) -> dict[str, DataCheck]:
    """Verify two stores and return the checks by name."""
    tables = () if table is None else (table,)
    return {check.check: check for check in answers(old, new, tables=tables, **settings)}


def compared(
    build: Build, engines: tuple[str, str], old: list[Row], new: list[Row], columns: Any = None, key: Any = ("id",)
) -> DataCheck:
    """Build both sides and return the answer of the rows check."""
    columns = columns or COLUMNS
    left, right = build(engines[0], columns, old, key), build(engines[1], columns, new, key)
    return verified(left, right, TablePair(old="t", key=tuple(key)))["rows"]


def found(check: DataCheck) -> list[tuple[str, str, str]]:
    """Return kind, column and key of each finding."""
    return sorted((finding.kind, finding.column, finding.key) for finding in check.findings)


def changed(n: int, **values: Any) -> list[Row]:
    """Return the orders with one row changed."""
    names = list(COLUMNS)
    row = tuple(values.get(name, value) for name, value in zip(names, ORDERS[n - 1], strict=True))
    return [*ORDERS[: n - 1], row, *ORDERS[n:]]


def test_equal_data_passes(build: Build, engines: tuple[str, str]) -> None:
    checks = verified(
        build(engines[0], COLUMNS, ORDERS, ("id",)),
        build(engines[1], COLUMNS, list(reversed(ORDERS)), ("id",)),
        TablePair(old="t", key=("id",)),
    )
    # A file keeps no keys: where the new side is one, its data is asked.
    kept = checks.pop("relations", None)
    assert kept is None or kept.status is CheckStatus.passed
    assert {name: (check.status, check.total, check.reason.partition(" (")[0]) for name, check in checks.items()} == {
        "tables": (CheckStatus.passed, 0, "1 pair of tables"),
        "self_proof": (CheckStatus.passed, 0, "the digest noticed every made-up change"),
        "schema": (CheckStatus.passed, 0, "8 columns alike"),
        "counts": (CheckStatus.passed, 0, "300 rows on both sides"),
        "rows": (CheckStatus.passed, 0, "300 rows, 8 columns compared"),
    }
    assert (checks["rows"].rows_old, checks["rows"].rows_new) == (300, 300)


EDGES = (1, 2, 64, 65, 128, 129, 150, N - 1, N)
"""First and last rows, and both sides of the cuts between buckets of 64."""
QUICK = [("memory", "memory"), ("sqlite", "sqlite")]


@pytest.mark.parametrize("n", EDGES)
@pytest.mark.parametrize("pair", QUICK, ids="-".join)
def test_a_lost_row_is_found_wherever_it_was(build: Build, pair: tuple[str, str], n: int) -> None:
    check = compared(build, pair, ORDERS, [row for row in ORDERS if row[0] != n])
    assert found(check) == [("missing_row", "", f"id={n}")]
    assert (check.status, check.total, check.rows_old, check.rows_new) == (CheckStatus.fail, 1, 300, 299)


@pytest.mark.parametrize("n", [0, -5, N + 1, 10**12])
@pytest.mark.parametrize("pair", QUICK, ids="-".join)
def test_a_row_beyond_either_end_is_found(build: Build, pair: tuple[str, str], n: int) -> None:
    check = compared(build, pair, ORDERS, [*ORDERS, (n, *ORDERS[0][1:])])
    assert found(check) == [("extra_row", "", f"id={n}")]


@pytest.mark.parametrize("n", EDGES)
@pytest.mark.parametrize("pair", QUICK, ids="-".join)
def test_a_changed_value_is_found_wherever_it_is(build: Build, pair: tuple[str, str], n: int) -> None:
    check = compared(build, pair, ORDERS, changed(n, weight=-1.5))
    assert found(check) == [("value", "weight", f"id={n}")]


def test_lost_and_extra_rows_are_found_by_every_pair_of_engines(build: Build, engines: tuple[str, str]) -> None:
    added = [(n, *ORDERS[0][1:]) for n in (-5, 0, N + 1, 10**12)]
    check = compared(build, engines, ORDERS, [*[row for row in ORDERS if row[0] not in EDGES], *added])
    missing = [("missing_row", "", f"id={n}") for n in EDGES]
    assert found(check) == sorted([("extra_row", "", f"id={n}") for n, *_ in added] + missing)
    assert (check.total, check.rows_old, check.rows_new) == (13, 300, 295)


FAULTS: list[tuple[int, str, Any, str]] = [
    (1, "name", "Zoë 1", "cut at 5 characters"),
    (N, "name", f"zoë {N} 🙂", "case"),
    (64, "name", "Zoë 64 🙂 ", "trailing blanks added"),
    (65, "price", Decimal("16.3"), "rounded to 1 decimal"),
    (66, "weight", 6.7, ""),
    (3, "note", "", "NULL became empty text"),
    (4, "note", None, "empty text became NULL"),
    (5, "note", None, "value became NULL"),
    (7, "at", datetime(2026, 1, 8, 7, 7, 7, 7000), "cut to milliseconds"),
    (10, "at", datetime(2026, 1, 11, 12, 10, 7, 10_010), "time offset +02:00"),
    (8, "day", date(2020, 1, 10), ""),
    (9, "active", True, ""),
]


def test_changed_values_are_found_and_their_causes_named(build: Build, engines: tuple[str, str]) -> None:
    new = list(ORDERS)
    for n, column, value, _ in FAULTS:
        at = list(COLUMNS).index(column)
        new[n - 1] = (*new[n - 1][:at], value, *new[n - 1][at + 1 :])
    check = compared(build, engines, ORDERS, new)
    expected = sorted(("value", column, f"id={n}", note) for n, column, _, note in FAULTS)
    assert sorted((f.kind, f.column, f.key, f.note) for f in check.findings) == expected
    assert check.total == len(FAULTS)


def test_values_exchanged_between_two_rows_are_two_findings(build: Build, engines: tuple[str, str]) -> None:
    new = changed(10, name=ORDERS[199][1])
    new[199] = (200, ORDERS[9][1], *ORDERS[199][2:])
    check = compared(build, engines, ORDERS, new)
    assert found(check) == [("value", "name", "id=10"), ("value", "name", "id=200")]


@pytest.mark.parametrize("rows", [[], ORDERS[:1], ORDERS[:2]], ids=len)
@pytest.mark.parametrize("pair", [*QUICK, ("duckdb", "sqlite")], ids="-".join)
def test_tiny_tables_pass_and_say_how_many_rows(build: Build, pair: tuple[str, str], rows: list[Row]) -> None:
    check = compared(build, pair, rows, rows)
    assert (check.status, check.rows_old, check.rows_new) == (CheckStatus.passed, len(rows), len(rows))
    assert check.reason.startswith({0: "0 rows on both sides", 1: "1 row,", 2: "2 rows,"}[len(rows)])


@pytest.mark.parametrize(("old", "new", "kind"), [(ORDERS, [], "missing_row"), ([], ORDERS, "extra_row")])
@pytest.mark.parametrize("pair", [*QUICK, ("sqlite", "duckdb")], ids="-".join)
def test_one_empty_side_is_all_rows(
    build: Build, pair: tuple[str, str], old: list[Row], new: list[Row], kind: str
) -> None:
    check = compared(build, pair, old, new)
    assert (check.status, check.total, len(check.findings)) == (CheckStatus.fail, 300, 100)
    assert {finding.kind for finding in check.findings} == {kind}


def test_a_duplicate_in_a_table_without_a_key_is_found(build: Build, engines: tuple[str, str]) -> None:
    columns = {"a": TypeClass.text, "b": TypeClass.integer}
    rows: list[Row] = [(f"x{n % 5}", n % 3) for n in range(90)]
    assert compared(build, engines, rows, list(reversed(rows)), columns, ()).status is CheckStatus.passed
    check = compared(build, engines, rows, [*rows, ("x1", 1)], columns, ())
    assert [(f.kind, f.new) for f in check.findings] == [("extra_row", 'a="x1", b=1')]
    check = compared(build, engines, rows, [*rows[1:], rows[1]], columns, ())
    assert found(check) == [("extra_row", "", ""), ("missing_row", "", "")]


def test_text_and_composite_keys(build: Build, engines: tuple[str, str]) -> None:
    columns = {"region": TypeClass.text, "code": TypeClass.text, "v": TypeClass.integer}
    rows: list[Row] = [(region, code, n) for region in ("Ä", "a", "b", "🙂") for n, code in enumerate("XYZxyzäé")]
    assert compared(build, engines, rows, rows, columns, ("region", "code")).status is CheckStatus.passed
    check = compared(build, engines, rows, [*rows[:-1], ("🙂", "é", 99)], columns, ("region", "code"))
    assert [(f.column, f.key, f.old, f.new) for f in check.findings] == [("v", 'region="🙂", code="é"', "7", "99")]


def test_keys_beyond_the_precision_of_a_double(build: Build, engines: tuple[str, str]) -> None:
    columns = {"id": TypeClass.integer, "v": TypeClass.text}
    rows: list[Row] = [(2**53, "a"), (2**53 + 1, "b"), (-(2**63), "c"), (2**63 - 1, "d")]
    check = compared(build, engines, rows, [(n, v.upper() if n > 2**53 else v) for n, v in rows], columns)
    assert found(check) == [("value", "v", f"id={2**53 + 1}"), ("value", "v", f"id={2**63 - 1}")]


def test_long_text_is_compared_whole_and_shown_cut(build: Build, engines: tuple[str, str]) -> None:
    columns = {"id": TypeClass.integer, "v": TypeClass.text}
    text = "word " * 200_000
    check = compared(build, engines, [(1, text)], [(1, text[:-2] + "X ")], columns)
    (finding,) = check.findings
    assert (finding.kind, finding.note) == ("value", "")
    assert finding.old is not None and finding.new is not None
    assert len(finding.old) < 300 and len(finding.new) < 300
    assert finding.old != finding.new


@pytest.mark.parametrize("pair", [("duckdb", "duckdb"), ("duckdb", "parquet"), ("memory", "duckdb")], ids="-".join)
def test_unusual_floats_equal_themselves_and_nothing_else(build: Build, pair: tuple[str, str]) -> None:
    columns = {"id": TypeClass.integer, "v": TypeClass.float}
    values = [float("nan"), float("inf"), float("-inf"), -0.0, 1e300, 5e-324]
    rows: list[Row] = list(enumerate(values))
    assert compared(build, pair, rows, rows, columns).status is CheckStatus.passed
    turned: list[Row] = [(n, values[n - 1]) for n in range(len(values))]
    assert found(compared(build, pair, rows, turned, columns)) == [("value", "v", f"id={n}") for n, _ in rows]
    assert compared(build, pair, [(1, 0.0)], [(1, -0.0)], columns).status is CheckStatus.passed


def test_bytes(build: Build) -> None:
    columns = {"id": TypeClass.integer, "v": TypeClass.bytes}
    for engines in (("sqlite", "sqlite"), ("sqlite", "duckdb"), ("duckdb", "parquet"), ("memory", "sqlite")):
        rows: list[Row] = [(1, b"\x00\xff"), (2, b""), (3, None)]
        assert compared(build, engines, rows, rows, columns).status is CheckStatus.passed
        check = compared(build, engines, rows, [(1, b"\x00\xfe"), (2, None), (3, b"")], columns)
        assert found(check) == [("value", "v", f"id={n}") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("old", "new", "equal"),
    [
        (1, "1", False),
        (1, 1.0, True),
        (1, Decimal("1.00"), True),
        (2**53 + 1, float(2**53), False),
        ("", None, False),
        ("a", b"a", False),
        (True, 1, False),
        (0.1, Decimal("0.1"), True),
        ("é", "e\u0301", False),
    ],
)
def test_values_of_different_types(build: Build, old: Any, new: Any, equal: bool) -> None:
    columns = {"id": TypeClass.integer, "v": TypeClass.other}
    for engines in (("memory", "memory"), ("sqlite", "sqlite")):
        if engines[0] == "sqlite" and (isinstance(new, Decimal) or old is True):
            continue  # SQLite itself has neither
        check = compared(build, engines, [(1, old)], [(1, new)], columns)
        assert (check.status is CheckStatus.passed) is equal, engines


def test_mixed_keys_in_sqlite_are_compared_by_hash(build: Build) -> None:
    columns = {"k": TypeClass.other, "v": TypeClass.text}
    rows: list[Row] = [(1, "a"), ("1", "b"), (b"1", "c"), (1.5, "d"), (None, "e"), ("", "f")]
    assert compared(build, ("sqlite", "sqlite"), rows, list(reversed(rows)), columns, ("k",)).status == "pass"
    check = compared(build, ("sqlite", "sqlite"), rows, [*rows[:4], (None, "E"), ("", "f")], columns, ("k",))
    assert found(check) == [("value", "v", "k=NULL")]


def test_a_key_of_another_type_on_the_new_side_falls_back_to_hashing(build: Build) -> None:
    columns = {"id": TypeClass.text, "v": TypeClass.text}
    rows: list[Row] = [(f"{n:03}", "x") for n in range(200)]
    check = compared(build, ("sqlite", "sqlite"), rows, [*rows[:-1], (b"199", "x")], columns, ("id",))
    assert found(check) == [("extra_row", "", "id=0x313939 (3 bytes)"), ("missing_row", "", 'id="199"')]


def test_a_key_that_is_not_unique_is_compared_as_a_multiset_per_key(build: Build, engines: tuple[str, str]) -> None:
    columns = {"id": TypeClass.text, "v": TypeClass.text}
    rows: list[Row] = [("a", "1"), ("a", "2"), ("a", "2"), ("b", "1")]
    left, right = build(engines[0], columns, rows, ()), build(engines[1], columns, [*rows[1:], ("a", "3")], ())
    check = verified(left, right, TablePair(old="t", key=("id",)))["rows"]
    assert [(f.kind, f.column, f.key, f.old, f.new) for f in check.findings] == [
        ("value", "v", 'id="a"', '"1"', '"3"')
    ]
