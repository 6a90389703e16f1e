"""Values of PostgreSQL that are written in two ways: which are one value, and which are two. One table for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair
from shadow.records import DataCheck
from tests.contracts.answers import answers
from verify.classes import TypeClass
from verify.store import Store
from verify.stores import open_store

SAME = [
    ("float8", "'0'", "'-0'"), ("float4", "'0'", "'-0'"), ("float8[]", "'{0}'", "'{-0}'"), ("float8", "'NaN'", "'NaN'"),
    ("numeric", "1.0", "1.00"), ("numeric", "0", "-0.00"), ("numeric[]", "'{1.0}'", "'{1.00}'"),
    ("numeric", "'NaN'", "'NaN'"), ("json", """'{"a":1,"b":2}'""", """'{"b": 2, "a": 1}'"""),
    ("json", """'{"a":1}'""", """'{"a":1.0}'"""), ("jsonb", """'{"a":1e2}'""", """'{"a":100}'"""),
    ("char(5)", "'a '", "'a'"), ("timestamptz", "'2026-01-01 00:00:00+00'", "'2026-01-01 02:00:00+02'"),
    ("timestamp", "'infinity'", "'infinity'"), ("int4range", "'[1,3)'", "'[1,2]'"), ("money", "'1.00'", "'1'"),
    ("uuid", "'A0EEBC999C0B4EF8BB6D6BB9BD380A11'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
    ("tsvector", "'a b'", "'b a'"), ("time", "'24:00'", "'24:00:00'"), ("timetz", "'24:00-03:30'", "'24:00:00-03:30'"),
]  # fmt: skip
OTHER = [
    ("json", "'1'", "'2'"), ("jsonb", "'null'", "NULL"), ("text", "''", "NULL"), ("varchar(10)", "'a '", "'a'"),
    ("bytea", r"'\x00'", r"'\x0000'"), ("text", r"U&'e\0301'", r"U&'\00e9'"),
    ("timestamp", "'infinity'", "'-infinity'"),
    ("timestamp", "'4000-01-01 BC'", "'4001-01-01 BC'"), ("timestamptz", "'290000-01-01'", "'290000-01-02'"),
    ("interval", "'1 day'", "'24:00:00'"), ("int[]", "'{1,2}'", "'{2,1}'"), ("int[]", "'{}'", "NULL"),
    ("int[]", "'{NULL}'", "'{}'"), ("bit(3)", "B'101'", "B'100'"), ("xml", "'<a/>'", "'<a />'"),
    ("time", "'24:00'", "'00:00'"), ("timetz", "'24:00+00'", "'24:00+01'"), ("timetz", "'10:00+00'", "'11:00+01'"),
    ("timetz", "'23:59:59.999999-15:59'", "'23:59:59.999998-15:59'"), ("numeric", "'NaN'", "NULL"),
]  # fmt: skip


def checked(*stores: Store, **settings: Any) -> dict[tuple[str, str], DataCheck]:
    return {(check.pair, check.check): check for check in answers(*stores, **settings)}


@pytest.mark.parametrize(
    "strength", ["auto", *[pytest.param(one, marks=pytest.mark.slow) for one in ("fast", "default", "portable")]]
)
def test_two_ways_of_writing(postgres: PostgresServer, strength: str) -> None:
    names = [postgres.borrow(), postgres.borrow()]
    for side, name in enumerate(names):
        statements = []
        for n, (kind, *values) in enumerate([*SAME, *OTHER]):
            statements.append(f"CREATE TABLE t{n} (id int PRIMARY KEY, v {kind})")
            statements.append(f"INSERT INTO t{n} VALUES (1, NULL), (7, {values[side]}::{kind})")
        postgres.execute(name, ";".join(statements))
    checks = checked(*[open_store(postgres.url(name)) for name in names], strength=strength)
    found = {}
    for n, case in enumerate([*SAME, *OTHER]):
        check = checks[f"t{n}", "rows"]
        found[case] = check.status, [(one.kind, one.column, one.key) for one in check.findings]
    assert found == {case: ("pass", []) for case in SAME} | {
        case: ("fail", [("value", "v", "id=7")]) for case in OTHER
    }
    for name in names:
        postgres.give_back(name)


@pytest.mark.parametrize("engine", ["sqlite", "duckdb", "mongodb", "csv"])
def test_the_end_of_a_day_is_not_its_beginning(
    build: Callable[..., Store], postgres: PostgresServer, engine: str
) -> None:
    """24:00:00 of PostgreSQL is that text elsewhere; it is a key too, and the last one."""
    name = postgres.borrow()
    postgres.execute(name, "CREATE TABLE t (v time PRIMARY KEY, n int)")
    postgres.execute(name, "INSERT INTO t VALUES ('00:00', 0), ('12:00:00.000001', 1), ('24:00', 2)")
    columns = {"v": TypeClass.time, "n": TypeClass.integer}
    texts = ["00:00:00", "12:00:00.000001", "24:00:00"]
    ignore = ("_id",) if engine == "mongodb" else ()
    for last, expected in ((2, []), (3, [("value", "n", "v=24:00:00")])):
        rows = [(text, n if n < 2 else last) for n, text in enumerate(texts)]
        other = build(engine, columns, rows, () if engine in ("mongodb", "csv") else ("v",))
        pair = TablePair(old="t", key=("v",), ignore=ignore)
        check = checked(open_store(postgres.url(name)), other, tables=(pair,))["t", "rows"]
        assert [(one.kind, one.column, one.key.replace('"', "")) for one in check.findings] == expected
    postgres.give_back(name)
