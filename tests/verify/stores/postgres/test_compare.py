"""Comparison inside PostgreSQL: every planted fault is found with the right key and column, equal data passes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus, DataCheck
from verify.running.job import run_verification

STRENGTHS = ("fast", "default", "portable")

Make = Callable[[str], str]


@pytest.fixture(scope="module")
def pair(postgres: PostgresServer) -> tuple[str, str]:
    """Two databases that the tests of this module fill again and again."""
    return postgres.new_database(), postgres.new_database()


def compared(
    postgres: PostgresServer, pair: tuple[str, str], old: str, new: str, table: TablePair | None = None, **settings: Any
) -> DataCheck:
    """Fill both databases, verify them and return the answer about the rows of table `t`."""
    for database, sql in zip(pair, (old, new), strict=True):
        postgres.execute(database, f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; {sql}")
    settings.setdefault("settle_s", 0)
    verify = Verify(
        old=postgres.url(pair[0]), new=postgres.url(pair[1]), tables=(table or TablePair(old="t"),), **settings
    )
    return {check.check: check for check in run_verification(verify)}["rows"]


def found(check: DataCheck) -> list[tuple[str, str, str]]:
    return sorted((finding.kind, finding.key, finding.column) for finding in check.findings)


# Type of the old column, type of the new one, a value, another one that differs as little as it can.
TYPES = [
    ("boolean", "boolean", "true", "false"),
    ("smallint", "integer", "-7", "7"),
    ("integer", "integer", "2147483646", "2147483647"),
    ("integer", "bigint", "5", "-5"),
    ("bigint", "bigint", "0", "4294967297"),
    ("bigint", "bigint", "9007199254740992", "9007199254740993"),
    ("numeric", "numeric", "5", "-5"),
    ("numeric", "numeric", "NaN", "Infinity"),
    ("numeric(12,2)", "numeric(14,4)", "123456789.01", "123456789.02"),
    ("numeric(12,2)", "numeric(12,2)", "0.01", "0.02"),
    ("numeric(1000)", "numeric(1000)", "9" * 999, "9" * 998 + "8"),
    ("real", "real", "0.1", "0.10000001"),
    ("real", "double precision", "1.5", "-1.5"),
    ("double precision", "double precision", "0.1", "0.10000000000000002"),
    ("double precision", "double precision", "NaN", "0"),
    ("text", "text", "Zoë 🙂", "Zoé 🙂"),
    ("text", "varchar(100)", "x ", "x"),
    ("varchar(20)", "text", "", " "),
    ("char(5)", "text", "ab", "aB"),
    ("text", "text", "e\u0301", "é"),
    ("bytea", "bytea", r"\x00", r"\x0000"),
    ("date", "date", "0001-01-01", "0001-01-02"),
    ("date", "date", "infinity", "9999-12-31"),
    ("time", "time", "23:59:59.999999", "23:59:59.999998"),
    ("timetz", "timetz", "12:00+00", "13:00+01"),
    ("timestamp", "timestamp", "9999-12-31 23:59:59.999999", "infinity"),
    ("timestamptz", "timestamptz", "2000-01-01 00:00:00+00", "2000-01-01 01:11:34.967297+00"),
    ("timestamp", "timestamptz", "2026-01-31 10:00:00", "2026-01-31 11:00:00"),
    ("interval", "interval", "1 day", "24 hours"),
    ("uuid", "uuid", "00000000-0000-0000-0000-000000000000", "00000000-0000-0001-0000-000000000001"),
    ("jsonb", "jsonb", '{"a": 5}', '{"a": -5}'),
    ("json", "json", '{"a": 1}', '{"a": "1"}'),
    ("jsonb", "jsonb", "null", "{}"),
    ("integer[]", "integer[]", "{1,2}", "{2,1}"),
    ("text[]", "text[]", "{a,NULL}", '{a,"NULL"}'),
    ("inet", "inet", "10.0.0.1", "10.0.0.1/8"),
    ("int4range", "int4range", "[1,5)", "[1,6)"),
    ("mood", "mood", "sad", "ok"),
    ("mood", "text", "sad", "ok"),
    ("point_t", "point_t", "(1,2)", "(1,)"),
]
SETUP = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE point_t AS (x int, y int);"
# What a row holds that is the same on both sides though it is written differently.
EQUAL = [
    ("numeric", "numeric", "1.50", "1.5"),
    ("numeric(10,1)", "numeric(10,3)", "1.5", "1.500"),
    ("double precision", "double precision", "-0", "0"),
    ("real", "double precision", "1.5", "1.5"),
    ("jsonb", "jsonb", '{"a": 1.0, "b": 2}', '{"b": 2, "a": 1.00}'),
    ("timestamp", "timestamptz", "2026-01-31 10:00:00", "2026-01-31 12:00:00+02"),
    ("char(5)", "char(5)", "ab", "ab   "),
    ("interval", "interval", "1 year", "12 months"),
    ("json", "json", '{"a": 1}', '{ "a":1 }'),
]


def one_column(declared: str, values: list[str | None]) -> str:
    """Return SQL that makes a table of two columns with the values as rows 1, 2, ..."""
    rows = ", ".join(
        f"({at}, NULL)" if value is None else f"({at}, '{value}')" for at, value in enumerate(values, start=1)
    )
    return f"{SETUP} CREATE TABLE t (id int PRIMARY KEY, v {declared}); INSERT INTO t VALUES {rows}"


@pytest.mark.parametrize("strength", STRENGTHS)
def test_the_least_change_of_every_type_is_found(
    postgres: PostgresServer, pair: tuple[str, str], strength: str
) -> None:
    for database, side in zip(pair, (0, 1), strict=True):
        columns = ", ".join(f"c{at} {kinds[side]}" for at, kinds in enumerate(TYPES))
        rows = []
        for changed in range(len(TYPES)):
            values = [kinds[2 + (side and at == changed)] for at, kinds in enumerate(TYPES)]
            rows.append(f"({changed}, {', '.join(repr_sql(value) for value in values)})")
        nulls = f"({len(TYPES)}, {', '.join(['NULL'] * len(TYPES))})"
        postgres.execute(
            database,
            f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; {SETUP}"
            f" CREATE TABLE t (id int PRIMARY KEY, {columns}); INSERT INTO t VALUES {', '.join([*rows, nulls])}",
        )
    verify = Verify(
        old=postgres.url(pair[0]), new=postgres.url(pair[1]), strength=strength, max_findings=1000, settle_s=0
    )  # fmt: skip
    check = {check.check: check for check in run_verification(verify)}["rows"]
    assert strength in check.reason, check.reason
    assert found(check) == sorted(("value", f"id={at}", f"c{at}") for at in range(len(TYPES)))


def repr_sql(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@pytest.mark.parametrize(("old", "new", "value", "other"), EQUAL)
def test_what_is_equal_is_not_reported(
    postgres: PostgresServer, pair: tuple[str, str], old: str, new: str, value: str, other: str
) -> None:
    check = compared(postgres, pair, one_column(old, [value, None]), one_column(new, [other, None]))
    assert (check.status, check.total) == (CheckStatus.passed, 0), check.reason
    assert "digest in the database" in check.reason


@pytest.mark.parametrize("declared", ["text", "integer", "uuid", "bytea", "jsonb", "interval", "boolean", "inet"])
@pytest.mark.parametrize("strength", ["fast", *(pytest.param(name, marks=pytest.mark.slow) for name in STRENGTHS[1:])])
def test_null_is_no_value(postgres: PostgresServer, pair: tuple[str, str], declared: str, strength: str) -> None:
    empty = {
        "integer": "0", "uuid": "00000000-0000-0000-0000-000000000000", "bytea": "", "jsonb": "null", "interval": "0",
        "boolean": "false", "inet": "0.0.0.0", "text": "",
    }[declared]  # fmt: skip
    check = compared(
        postgres, pair, one_column(declared, [None, "" if declared == "text" else empty]),
        one_column(declared, [empty, None]), strength=strength,
    )  # fmt: skip
    assert found(check) == [("value", "id=1", "v"), ("value", "id=2", "v")]


def test_types_without_a_common_form_are_compared_by_value(postgres: PostgresServer, pair: tuple[str, str]) -> None:
    old = one_column("uuid", ["00000000-0000-0000-0000-000000000001"])
    new = one_column("text", ["00000000-0000-0000-0000-000000000001"])
    check = compared(postgres, pair, old, new)
    assert "in the database" not in check.reason
    assert found(check) == [("value", "id=1", "v")]


KEYS = {
    "int": ("id int", "id", "{n}"),
    "bigint": ("id bigint", "id", "{n} * 4294967296"),
    "uuid": ("id uuid", "id", "md5({n}::text)::uuid"),
    "text": ("id text", "id", "'Käse ' || {n}"),
    "text in C": ('id text COLLATE "C"', "id", "'Käse ' || {n}"),
    "timestamp": ("id timestamptz", "id", "timestamptz '2020-01-01' + {n} * interval '1 hour'"),
    "numeric": ("id numeric", "id", "{n} / 7.0"),
    "composite": ('a text COLLATE "C", b int', "a, b", "'g' || {n} % 3, {n}"),
    "mixed": ("a text, b uuid", "a, b", "'G' || {n} % 3, md5({n}::text)::uuid"),
    "enum": ("a mood, b int", "a, b", "(ARRAY['sad','ok'])[1 + {n} % 2]::mood, {n}"),
}
FAULTS = {
    "first row changed": ("UPDATE t SET v = 'changed' WHERE n = 1", "value", 1),
    "last row changed": ("UPDATE t SET v = 'changed' WHERE n = 3000", "value", 1),
    "last row lost": ("DELETE FROM t WHERE n = 3000", "missing_row", 1),
    "first row lost": ("DELETE FROM t WHERE n = 1", "missing_row", 1),
    "many lost": ("DELETE FROM t WHERE n % 100 = 0", "missing_row", 30),
    "NULL": ("UPDATE t SET v = NULL WHERE n = 1500", "value", 1),
    "two rows exchanged": ("UPDATE t SET v = 'value ' || (3001 - n) WHERE n IN (1500, 1501)", "value", 2),
    "nothing": ("SELECT 1", "", 0),
    "all": ("UPDATE t SET v = v || ' '", "value", 3000),
}


def keyed(name: str) -> str:
    columns, key, value = KEYS[name]
    rows = f"SELECT {value.format(n='n')}, n, 'value ' || n FROM generate_series(1, 3000) AS n"
    return f"{SETUP} CREATE TABLE t ({columns}, n int, v text, PRIMARY KEY ({key})); INSERT INTO t {rows};"


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        *product(("int",), FAULTS),
        *product(KEYS, ("two rows exchanged",)),
        *(pytest.param(*both, marks=pytest.mark.slow) for both in product(tuple(KEYS)[1:], FAULTS)),
    ],
)
def test_faults_are_found_whatever_the_key(
    postgres: PostgresServer, pair: tuple[str, str], key: str, fault: str
) -> None:
    change, kind, total = FAULTS[fault]
    check = compared(postgres, pair, keyed(key), f"{keyed(key)} {change}", max_findings=5000)
    assert (check.total, {finding.kind for finding in check.findings}) == (total, {kind} - {""}), check.reason
    assert (check.rows_old, check.rows_new) == (3000, 3000 - (total if kind == "missing_row" else 0))
    scanned = key in ("text", "mixed", "enum")
    assert ("one scan" in check.reason) == (scanned and not total) or total


@pytest.mark.parametrize("strength", STRENGTHS)
def test_rows_without_a_key_are_a_multiset(postgres: PostgresServer, pair: tuple[str, str], strength: str) -> None:
    rows = "SELECT n % 50, 'v' || n % 7 FROM generate_series(1, 2000) AS n"
    make = f"CREATE TABLE t (a int, b text); INSERT INTO t {rows};"
    same = compared(postgres, pair, make, make, strength=strength)
    assert same.status is CheckStatus.passed
    assert "no key: compared as a multiset" in same.reason
    check = compared(
        postgres, pair, make, f"{make} INSERT INTO t VALUES (1, 'v1'); DELETE FROM t WHERE a = 2 AND b = 'v2';",
        strength=strength,
    )  # fmt: skip
    lost = postgres.fetch(pair[0], "SELECT count(*) FROM t WHERE a = 2 AND b = 'v2'")[0][0]
    kinds = [finding.kind for finding in check.findings]
    assert (kinds.count("extra_row"), kinds.count("missing_row")) == (1, lost)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (1, 0), (1, 1), (0, 700), (700, 0)])
def test_empty_and_single_row_tables(postgres: PostgresServer, pair: tuple[str, str], old: int, new: int) -> None:
    def make(n: int) -> str:
        return f"CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, {n})"

    check = compared(postgres, pair, make(old), make(new))
    assert check.total == abs(old - new)
    assert (check.rows_old, check.rows_new) == (old, new)


def test_rows_beyond_either_end_are_seen(postgres: PostgresServer, pair: tuple[str, str]) -> None:
    make = "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1000, 3000);"
    check = compared(postgres, pair, make, f"{make} INSERT INTO t VALUES (-5), (999), (3001), (2000000)")
    assert found(check) == [("extra_row", f"id={n}", "") for n in ("-5", "2000000", "3001", "999")]


def test_a_nullable_key_hides_nothing(postgres: PostgresServer, pair: tuple[str, str]) -> None:
    make = "CREATE TABLE t (k int UNIQUE, v text); INSERT INTO t SELECT n, 'v' FROM generate_series(1, 1000) n;"
    check = compared(
        postgres, pair, f"{make} INSERT INTO t VALUES (NULL, 'a')", f"{make} INSERT INTO t VALUES (NULL, 'b')",
        TablePair(old="t", key=("k",)),
    )  # fmt: skip
    assert found(check) == [("value", "k=NULL", "v")]


def test_columns_named_like_ours_and_keywords(postgres: PostgresServer, pair: tuple[str, str]) -> None:
    make = (
        'CREATE TABLE t (k0 int, "at" int, b text, "select" text, r int, t int, x int, d int, h0 int, bucket int,'
        ' "we ird; --" text, n int, s0 int, l0 int, PRIMARY KEY (k0, "at"));'
        " INSERT INTO t SELECT n % 10, n, 'b', 's', 1, 2, 3, 4, 5, 6, 'w', 7, 8, 9 FROM generate_series(1, 2000) n;"
    )
    for strength, change in product(STRENGTHS, ("", "UPDATE t SET \"we ird; --\" = 'W' WHERE \"at\" = 77")):
        check = compared(postgres, pair, make, make + change, strength=strength)
        assert found(check) == ([("value", "k0=7, at=77", "we ird; --")] if change else [])
    scan = f"{make} ALTER TABLE t DROP CONSTRAINT t_pkey;"
    check = compared(postgres, pair, scan, scan + change, TablePair(old="t", key=("k0", "at")), strength=strength)
    assert found(check) == [("value", "k0=7, at=77", "we ird; --")]


def test_partitioned_tables(postgres: PostgresServer, pair: tuple[str, str]) -> None:
    make = (
        "CREATE TABLE t (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);"
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (MINVALUE) TO (900);"
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (900) TO (MAXVALUE);"
        "INSERT INTO t SELECT n, 'v' FROM generate_series(1, 3000) n;"
    )
    whole = "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT n, 'v' FROM generate_series(1, 3000) n;"
    assert compared(postgres, pair, make, whole).status is CheckStatus.passed
    change = "UPDATE t SET v = 'x' WHERE id IN (899, 900); DELETE FROM t WHERE id = 7"
    check = compared(postgres, pair, make, f"{whole} {change}")
    assert found(check) == [("missing_row", "id=7", ""), ("value", "id=899", "v"), ("value", "id=900", "v")]


def test_several_workers_find_the_same(postgres: PostgresServer, pair: tuple[str, str]) -> None:
    check = compared(
        postgres, pair, keyed("int"), keyed("int") + FAULTS["many lost"][0], parallel=3, chunk_s=0.001
    )  # fmt: skip
    assert check.total == 30
    assert (check.rows_old, check.rows_new) == (3000, 2970)


def test_another_major_version_is_compared_portably(
    postgres: PostgresServer, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from verify.stores.postgres import offer as postgres_offer

    async def never(*_: object) -> bool:
        return False

    monkeypatch.setattr(postgres_offer, "_same_functions", never)
    check = compared(postgres, pair, keyed("int"), keyed("int") + FAULTS["NULL"][0], strength="fast")
    assert "value differs" in check.reason
    assert "portable" in check.reason


def test_a_digest_that_misses_a_change_is_an_error(
    postgres: PostgresServer, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash that PostgreSQL itself has for numbers ignores the sign; used as it is, it must not pass for a proof."""
    from verify.stores.postgres import forms as postgres_forms

    weak = postgres_forms.Form(name="numeric", cast="{}::numeric", hasher="hash_numeric_extended", empty="0")
    monkeypatch.setattr(postgres_forms, "NUMERIC", weak)
    make = "CREATE TABLE t (id int PRIMARY KEY, price numeric(8,2)); INSERT INTO t VALUES (1, 5)"
    check = compared(postgres, pair, make, make, strength="fast")
    assert check.status is CheckStatus.error
    assert "price: '5' became '-5'" in check.reason


def test_another_server_version(postgres: PostgresServer) -> None:
    """Two major versions side by side, where a second one can be had."""
    from contextlib import ExitStack

    from bench.verify.servers import Unavailable, postgres_folders, postgres_server

    others = [path for path in postgres_folders() if path != postgres.programs]
    if not others:
        pytest.skip("only one version of PostgreSQL is installed")
    with ExitStack() as stack:
        try:
            other = stack.enter_context(postgres_server(others[-1]))
        except Unavailable as error:
            pytest.skip(str(error))
        assert other.version != postgres.version
        names = postgres.new_database(), other.new_database()
        postgres.execute(names[0], keyed("int"))
        other.execute(names[1], keyed("int") + FAULTS["many lost"][0])
        verify = Verify(old=postgres.url(names[0]), new=other.url(names[1]), settle_s=0)
        check = {check.check: check for check in run_verification(verify)}["rows"]
    assert "portable" in check.reason
    assert check.total == 30


def test_cancelling_a_run_leaves_no_session(postgres: PostgresServer, pair: tuple[str, str]) -> None:
    from verify.running.job import verify_stores
    from verify.stores import open_store

    for database in pair:
        postgres.execute(database, "DROP SCHEMA public CASCADE; CREATE SCHEMA public;" + keyed("int"))

    async def run() -> None:
        settings = Verify(old=postgres.url(pair[0]), new=postgres.url(pair[1]), max_rows_per_second=10, chunk_s=0.001)
        stores = open_store(settings.old), open_store(settings.new)
        read = asyncio.Event()
        task = asyncio.get_running_loop().create_task(
            verify_stores(settings, *stores, progress=lambda step: step.rows and read.set())  # type: ignore[func-returns-value]
        )
        await asyncio.wait_for(read.wait(), 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for store in stores:
            await store.close()

    asyncio.run(run())
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shadow verify' AND pid <> pg_backend_pid()"
    for _ in range(100):
        if not postgres.fetch("postgres", query)[0][0]:
            return
    raise AssertionError("a session stayed behind")
