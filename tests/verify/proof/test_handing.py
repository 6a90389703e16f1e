"""What a store makes of values before they reach the digest is part of the proof: a reading that loses something is
found out before a run, on every engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair
from shadow.records import CheckStatus, DataCheck
from tests.verify.verified import verified
from verify.classes import TypeClass
from verify.proof.handing import CHANGES, Handed, unnoticed
from verify.store import Reading, Selection
from verify.stores.duckdb import DuckdbEngine
from verify.stores.mongo import handing as mongo_handing
from verify.stores.postgres import handing as postgres_handing
from verify.stores.postgres import sql as postgres_sql
from verify.stores.sqlite import _SqliteEngine

SALT = b"0123456789abcdef"
COLUMNS = {
    "i": "bigint", "n": "decimal(18,3)", "f": "double precision", "t": "text", "b": "boolean", "d": "date",
    "ts": "timestamp", "u": "uuid",
}  # fmt: skip
DDL = f"CREATE TABLE t (id integer PRIMARY KEY, {', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"


def self_proof(old: str, new: str, **pair: Any) -> DataCheck:
    return verified(old, new, TablePair(old="t", **pair))["self_proof"]


def store(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Return the URL of a store with a table of many types."""
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        name = server.new_database()
        server.execute(name, DDL)
        return server.url(name)
    if kind == "mongodb":
        mongo: MongoServer = request.getfixturevalue("mongo")
        database = mongo.new_database()
        mongo.client[database]["t"].insert_one({"_id": 1, "id": 1, "i": 1, "f": 0.5, "t": "x", "b": True})
        return mongo.url(database)
    path = folder / f"t.{kind}"
    if kind == "sqlite":
        with sqlite3.connect(path) as db:
            db.execute(DDL)
        db.close()
    else:
        with duckdb.connect(str(path)) as duck:
            duck.execute(DDL)
    return f"{kind}:///{path}"


KINDS = ("postgresql", "mongodb", "sqlite", "duckdb")


@pytest.mark.parametrize("kind", KINDS)
def test_every_store_hands_over_what_the_digest_tells_apart(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    new = store("sqlite", request, tmp_path / "new")
    check = self_proof(store(kind, request, tmp_path), new, key=("id",))
    assert check.status is CheckStatus.passed, check.reason


def lossy(kind: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the store of a kind lose something on the way; return a column and a change that shows it."""
    if kind == "postgresql":
        real = postgres_sql.reading

        def reading(column: str, pg: Any) -> str:
            return f"date_trunc('second', {real(column, pg)})" if pg.name == "timestamp" else real(column, pg)

        monkeypatch.setattr(postgres_sql, "reading", reading)
        assert postgres_handing.select_made_up is postgres_sql.select_made_up
        return "ts: '2024-02-29 23:59:59.999999+00' became '2024-02-29 23:59:59.999998+00'"
    if kind == "mongodb":
        real_row = mongo_handing.row_of

        def row_of(document: dict[str, Any], places: Any) -> tuple[Any, ...]:
            return tuple(value.lower() if isinstance(value, str) else value for value in real_row(document, places))

        monkeypatch.setattr(mongo_handing, "row_of", row_of)
        return "t: 'zoe' became 'Zoe'"
    engine: Any = {"sqlite": _SqliteEngine, "duckdb": DuckdbEngine}[kind]
    spelled: Callable[..., str] = engine.value

    def value(self: Any, table: str, column: str) -> str:
        return f"trim({spelled(self, table, column)})" if column == "t" else spelled(self, table, column)

    monkeypatch.setattr(engine, "value", value)
    return "t: 'x' became 'x '"


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_loses_something_on_the_way_is_found_out(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = store(kind, request, tmp_path)
    (tmp_path / "new").mkdir()
    new = store("duckdb" if kind == "sqlite" else "sqlite", request, tmp_path / "new")
    wanted = lossy(kind, monkeypatch)
    check = self_proof(old, new, key=("id",), columns=("id", "i", "t") if kind == "mongodb" else ())
    assert check.status is CheckStatus.error
    assert wanted in check.reason


def test_what_is_declared_to_be_equal_is_not_asked_for() -> None:
    handed = [Handed(0, "case", "zoe", "Zoe"), Handed(0, "blank", "x", "x ")]
    plain = Selection(table="t", readings=(Reading(column="v", kind=TypeClass.text),))
    lower = Selection(table="t", readings=(Reading(column="v", kind=TypeClass.text, steps=("lower",)),))
    assert unnoticed(plain, handed, SALT) == unnoticed(lower, handed, SALT) == ()
    assert unnoticed(plain, [Handed(0, "nothing", "x", "x")], SALT) == ("v: nothing",)


def test_every_class_has_changes_of_each_kind() -> None:
    assert set(CHANGES) == set(TypeClass) - {TypeClass.other}
    assert set(mongo_handing.CHANGES) == set(TypeClass)
    for changes in CHANGES.values():
        assert all(before != after for before, after in changes)
