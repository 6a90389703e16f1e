from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import duckdb
import pytest

from shadow.errors import StoreError
from verify.classes import TypeClass
from verify.store import KeyRange, Reading, Row, Selection, Snapshot, Store, TableSchema
from verify.stores.duckdb import DuckdbStore
from verify.stores.duckdb_schema import class_of, size_of
from verify.stores.files import FileStore, find_tables

Result = TypeVar("Result")


def make(path: Path, *statements: str) -> Path:
    with duckdb.connect(str(path)) as db:
        for statement in statements:
            db.execute(statement)
    return path


def described(store: Store) -> tuple[TableSchema, ...]:
    async def run() -> tuple[TableSchema, ...]:
        try:
            return await store.describe()
        finally:
            await store.close()

    return asyncio.run(run())


def read(store: Store, use: Callable[[Snapshot], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        try:
            async with store.snapshot() as snapshot:
                return await use(snapshot)
        finally:
            await store.close()

    return asyncio.run(run())


def values(store: Store, *columns: str) -> list[Row]:
    selection = Selection(table="t", readings=tuple(Reading(column=name) for name in columns))

    async def use(snapshot: Snapshot) -> list[Row]:
        return [row async for batch in snapshot.rows(selection, KeyRange(), ordered=False) for row in batch]

    return read(store, use)


@pytest.mark.parametrize(
    ("declared", "kind", "size"),
    [
        ("BIGINT", TypeClass.integer, (64,)),
        ("UTINYINT", TypeClass.integer, (8,)),
        ("HUGEINT", TypeClass.integer, (128,)),
        ("DOUBLE", TypeClass.float, (53,)),
        ("DECIMAL(18,3)", TypeClass.decimal, (18, 3)),
        ("VARCHAR", TypeClass.text, ()),
        ("ENUM('a', 'b')", TypeClass.text, ()),
        ("UUID", TypeClass.uuid, ()),
        ("TIMESTAMP_NS", TypeClass.timestamp, ()),
        ("TIMESTAMP WITH TIME ZONE", TypeClass.timestamp, ()),
        ("TIMESTAMP[]", TypeClass.other, ()),
        ("INTEGER[]", TypeClass.other, ()),
        ("STRUCT(a INTEGER)", TypeClass.other, ()),
    ],
)
def test_classes_and_sizes(declared: str, kind: TypeClass, size: tuple[int, ...]) -> None:
    assert (class_of(declared), size_of(declared)) == (kind, size)


def test_describes_keys_defaults_and_indexes(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.duckdb",
        "CREATE TABLE other (x INTEGER PRIMARY KEY)",
        "CREATE TABLE t (id BIGINT PRIMARY KEY, a VARCHAR NOT NULL DEFAULT 'x', b INTEGER UNIQUE,"
        " o INTEGER REFERENCES other(x))",
        "CREATE INDEX by_a ON t (a, b)",
        "CREATE VIEW v AS SELECT 1",
    )
    other, table = described(DuckdbStore(path))
    assert (other.name, table.name) == ("other", "t")
    assert [(c.name, c.nullable) for c in table.columns] == [("id", False), ("a", False), ("b", True), ("o", True)]
    assert [column.default for column in table.columns] == [None, "'x'", None, None]
    assert table.primary_key == ("id",)
    assert [(i.columns, i.unique) for i in table.indexes] == [(("a", "b"), False), (("b",), True)]
    assert table.foreign_keys == ("o -> other",)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("TIMESTAMPTZ '2026-01-31 12:00:00+02'", datetime(2026, 1, 31, 10)),
        ("TIMESTAMP_NS '2026-01-31 10:00:00.123456789'", "2026-01-31 10:00:00.123456789"),
        ("INTERVAL '1 month 2 days'", "1 month 2 days"),
        ("[1, 2]", [1, 2]),
        ("{'a': 1}", {"a": 1}),
        ("1::HUGEINT << 100", 2**100),
    ],
)
def test_values_lose_nothing_on_their_way(tmp_path: Path, expression: str, expected: object) -> None:
    path = make(tmp_path / "a.duckdb", f"CREATE TABLE t AS SELECT {expression} AS v")
    assert values(DuckdbStore(path), "v") == [(expected,)]


def failure(open_it: Callable[[], Store]) -> StoreError:
    with pytest.raises(StoreError) as caught:
        described(open_it())
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def test_garbage(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    path.write_bytes(b"garbage" * 1000)
    assert "cannot be read" in failure(lambda: DuckdbStore(path)).message


def test_a_sqlite_file_is_named_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    path.write_bytes(b"SQLite format 3\0" + b"\0" * 100)
    error = failure(lambda: DuckdbStore(path))
    assert "is a SQLite file" in error.message
    assert f"sqlite:///{path}" in error.remedy


def test_no_file_and_a_directory(tmp_path: Path) -> None:
    assert "does not exist" in failure(lambda: DuckdbStore(tmp_path / "none")).message
    assert "is a directory" in failure(lambda: DuckdbStore(tmp_path)).message


def test_a_file_that_another_process_writes(tmp_path: Path) -> None:
    path = make(tmp_path / "a.duckdb", "CREATE TABLE t (x INTEGER)")
    script = "import duckdb, sys; db = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        try:
            assert "locked by another process" in failure(lambda: DuckdbStore(path)).message
        finally:
            writer.communicate()


def test_a_directory_of_files_is_a_table_each_and_a_directory_in_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name, rows in (("a.csv", "x\n1\n"), ("b/1.csv", "x\n1\n2\n"), ("b/2.csv", "x\n3\n"), ("note.txt", "no")):
        (tmp_path / name).write_text(rows)
    (tmp_path / "empty").mkdir()
    store = FileStore(tmp_path, "csv")
    assert [table.name for table in described(store)] == ["a", "b"]
    assert read(FileStore(tmp_path, "csv"), lambda snapshot: snapshot.count("b")) == 3


@pytest.mark.parametrize("name", ["star*.csv", "what?.csv", "[a-z].csv", "it's.csv", "sp ace.csv"])
def test_names_of_files_are_no_patterns(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x\n1\n")
    (tmp_path / "stars.csv").write_text("x\n1\n2\n3\n")
    (tmp_path / "b.csv").write_text("x\n1\n2\n3\n")
    store = FileStore(tmp_path / name, "csv")
    assert read(store, lambda snapshot: snapshot.count(name.removesuffix(".csv"))) == 1


def test_csv_values_are_text_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b,c\n007,,""\n1e5, x ,"q""q"\n2026-01-01,true,NULL\n')
    assert sorted(values(FileStore(path, "csv"), "a", "b", "c"), key=repr) == [
        ("007", None, ""),
        ("1e5", " x ", 'q"q'),
        ("2026-01-01", "true", "NULL"),
    ]


def test_a_csv_row_with_too_many_fields_is_an_error_not_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n" * 1 + "1,2\n" * 50_000 + "1,2,3\n")
    with pytest.raises(StoreError):
        values(FileStore(path, "csv"), "a", "b")


def test_a_broken_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1" + b"x" * 100)
    assert "cannot be" in failure(lambda: FileStore(path, "parquet")).message


def test_a_directory_without_such_files(tmp_path: Path) -> None:
    assert "holds no .parquet files" in failure(lambda: FileStore(tmp_path, "parquet")).message


def test_two_tables_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a.csv", "a/1.csv"):
        (tmp_path / name).write_text("x\n1\n")
    with pytest.raises(StoreError, match="two tables named 'a'"):
        list(find_tables(tmp_path, "csv"))


def test_a_file_that_must_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n")
    path.chmod(0)
    if os.geteuid() == 0:  # root may read everything
        monkeypatch.setattr(os, "access", lambda *_: False)
    assert "must not be read" in failure(lambda: FileStore(path, "csv")).message
