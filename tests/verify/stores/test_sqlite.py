from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from shadow.errors import StoreError
from verify.classes import TypeClass
from verify.store import IndexSchema, KeyRange, Reading, Selection, Snapshot, TableSchema
from verify.stores import sqlite as module
from verify.stores.sqlite import SqliteStore
from verify.stores.sqlite_schema import class_of
from verify.stores.worker import Worker

Result = TypeVar("Result")


def make(path: Path, *statements: str) -> Path:
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()
    return path


def described(path: Path) -> tuple[TableSchema, ...]:
    async def run() -> tuple[TableSchema, ...]:
        store = SqliteStore(path)
        try:
            return await store.describe()
        finally:
            await store.close()

    return asyncio.run(run())


def read(path: Path, use: Callable[[Snapshot], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        store = SqliteStore(path)
        try:
            async with store.snapshot() as snapshot:
                return await use(snapshot)
        finally:
            await store.close()

    return asyncio.run(run())


async def count(snapshot: Snapshot) -> int:
    return await snapshot.count("t")


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("INTEGER", TypeClass.integer),
        ("bigint", TypeClass.integer),
        ("VARCHAR(40)", TypeClass.text),
        ("TEXT", TypeClass.text),
        ("BOOLEAN", TypeClass.boolean),
        ("DATETIME", TypeClass.timestamp),
        ("TIMESTAMP WITH TIME ZONE", TypeClass.timestamp),
        ("DATE", TypeClass.date),
        ("TIME", TypeClass.time),
        ("DECIMAL(10,2)", TypeClass.decimal),
        ("NUMERIC", TypeClass.decimal),
        ("REAL", TypeClass.float),
        ("DOUBLE PRECISION", TypeClass.float),
        ("BLOB", TypeClass.bytes),
        ("JSON", TypeClass.json),
        ("UUID", TypeClass.uuid),
        ("INTERVAL", TypeClass.other),
        ("", TypeClass.other),
    ],
)
def test_classes_of_declared_types(declared: str, kind: TypeClass) -> None:
    assert class_of(declared) is kind


def test_describes_columns_keys_and_indexes(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.db",
        "CREATE TABLE other (x INTEGER PRIMARY KEY)",
        "CREATE TABLE t (b TEXT, a VARCHAR(40) NOT NULL DEFAULT 'x', n DECIMAL(10, 2),"
        " g TEXT GENERATED ALWAYS AS (a || 'y'), o INTEGER REFERENCES other(x),"
        " PRIMARY KEY (a, b), UNIQUE (n))",
        "CREATE INDEX by_b ON t (b, n)",
        "CREATE INDEX half ON t (b) WHERE b > 'm'",
        "CREATE INDEX upper ON t (upper(b))",
        "CREATE VIEW v AS SELECT 1",
    )
    other, table = described(path)
    assert (other.name, table.name) == ("other", "t")
    shown = [(c.name, c.kind, c.size, c.nullable, c.default) for c in table.columns]
    assert shown == [
        ("b", TypeClass.text, (), False, None),
        ("a", TypeClass.text, (40,), False, "'x'"),
        ("n", TypeClass.decimal, (10, 2), True, None),
        ("g", TypeClass.text, (), True, None),
        ("o", TypeClass.integer, (), True, None),
    ]
    assert table.primary_key == ("a", "b")
    assert [(i.columns, i.unique) for i in table.indexes] == [(("b", "n"), False), (("n",), True)]
    assert isinstance(table.indexes[0], IndexSchema) and table.indexes[0].name == "by_b"
    assert table.foreign_keys == ("o -> other",)


def test_the_file_is_not_written_to(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "CREATE TABLE t (x)")
    before = (path.read_bytes(), sorted(os.listdir(tmp_path)))
    assert read(path, count) == 0
    assert (path.read_bytes(), sorted(os.listdir(tmp_path))) == before


def test_a_snapshot_does_not_see_later_writes(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "PRAGMA journal_mode = WAL", "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)")

    async def use(snapshot: Snapshot) -> tuple[int, int]:
        before = await snapshot.count("t")
        make(path, "INSERT INTO t VALUES (2)")
        return before, await snapshot.count("t")

    assert read(path, use) == (1, 1)
    assert read(path, count) == 2


def test_keys_are_ordered_by_bytes_even_where_the_table_says_otherwise(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.db",
        "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY)",
        "INSERT INTO t VALUES ('b'), ('A'), ('Z'), ('c')",
    )
    selection = Selection(table="t", readings=(Reading(column="k", kind=TypeClass.text),), key_width=1)

    async def use(snapshot: Snapshot) -> list[object]:
        rows = snapshot.rows(selection, KeyRange(low=("Z",)), ordered=True)
        return [row[0] async for batch in rows for row in batch]

    assert read(path, use) == ["Z", "b", "c"]


def test_bytes_that_are_no_utf8_stay_apart_from_their_replacement(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.db", "CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES (CAST(X'ff' AS TEXT)), ('\ufffd')"
    )
    selection = Selection(table="t", readings=(Reading(column="v", kind=TypeClass.text),))

    async def use(snapshot: Snapshot) -> list[object]:
        return [row[0] async for batch in snapshot.rows(selection, KeyRange(), ordered=False) for row in batch]

    assert read(path, use) == ["\udcff", "\ufffd"]


@pytest.mark.parametrize("name", ["with space.db", "percent%20.db", "hash#.db", "question?.db", "quote'.db"])
def test_names_of_files_are_taken_literally(tmp_path: Path, name: str) -> None:
    assert read(make(tmp_path / name, "CREATE TABLE t (x)"), count) == 0


def failure(path: Path) -> StoreError:
    with pytest.raises(StoreError) as caught:
        read(path, count)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def test_no_file(tmp_path: Path) -> None:
    assert "does not exist" in failure(tmp_path / "none.db").message


def test_a_directory(tmp_path: Path) -> None:
    assert "is a directory" in failure(tmp_path).message


@pytest.mark.parametrize("content", [b"not a database, but long enough to be read as one" * 50, b"\0" * 4096])
def test_garbage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    error = failure(path)
    assert "damaged or no SQLite database" in error.message
    assert "integrity_check" in error.remedy


def test_a_truncated_file(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "CREATE TABLE t (x)", f"INSERT INTO t VALUES ('{'x' * 50_000}')")
    path.write_bytes(path.read_bytes()[:6000])
    assert "damaged" in failure(path).message


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "a.db", "CREATE TABLE t (x)")
    path.chmod(0)
    if os.geteuid() == 0:  # root may read everything
        monkeypatch.setattr(os, "access", lambda *_: False)
    error = failure(path)
    assert "must not be read by this user" in error.message
    assert "chmod" in error.remedy


def test_a_locked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_S", 0.01)
    path = make(tmp_path / "a.db", "CREATE TABLE t (x)")
    writer = sqlite3.connect(path, isolation_level=None)
    try:
        writer.execute("BEGIN EXCLUSIVE")
        assert "locked by another process" in failure(path).message
    finally:
        writer.close()


def test_cancelling_interrupts_the_query(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n WHERE x < 0"
    path = make(tmp_path / "a.db", "CREATE TABLE t AS SELECT 1 AS x", "CREATE TABLE u (x)")
    engine = module._SqliteEngine(path)
    running = threading.Event()

    def query() -> None:
        engine.connection().create_function("started", 0, lambda: running.set())
        engine.execute(endless.replace("SELECT 1", "SELECT 1 + coalesce(started(), 0)")).fetchall()

    async def run() -> None:
        worker = Worker("test", engine.interrupt)
        task = asyncio.ensure_future(worker.call(query))
        await asyncio.to_thread(running.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await worker.finish(engine.close)

    asyncio.run(run())
