"""Copies of SQLite and DuckDB files, and migrations on them."""

from __future__ import annotations

import asyncio
import shlex
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shadow.errors import EnvironmentFailure, StoreError
from verify.migration.files import FileScratch, copy_sqlite

Text = Callable[..., str]
Trial = Callable[..., Any]


@pytest.fixture(autouse=True)
def scratches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the copies are made; nothing but what a test keeps is there in the end."""
    folder = tmp_path / "scratches"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A SQLite database in WAL mode, whose last rows are in its journal, and which somebody has open."""
    path = tmp_path / "shop.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = wal")
    db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, old TEXT)")
    db.executemany("INSERT INTO users VALUES (?, ?, ?)", [(n, f"Zoë {n}", f"o{n}") for n in range(50)])
    yield path
    db.close()


def python(tmp_path: Path, body: str) -> str:
    path = tmp_path / f"m{len(list(tmp_path.glob('m*.py')))}.py"
    path.write_text("import duckdb, os, sqlite3\npath = os.environ['DATABASE_URL'].partition(':///')[2]\n" + body)
    return shlex.join([sys.executable, str(path)])


def sql(tmp_path: Path, text: str) -> str:
    return python(tmp_path, f"db = sqlite3.connect(path)\ndb.executescript({text!r})\ndb.close()")


@pytest.mark.slow
def test_a_file_is_migrated_forth_and_back_with_alembic(
    shop: Path, alembic: Text, trial: Trial, scratches: Path
) -> None:
    before = shop.read_bytes()
    command = alembic("op.drop_column('users', 'old')", "op.add_column('users', sa.Column('old', sa.Text()))")
    tried = trial(
        "--command", f"{command} upgrade head", "--down", f"{command} downgrade -1", "--on", f"sqlite:///{shop}"
    )
    assert tried.code == 10
    assert tried.statuses == {
        "up": "pass", "schema": "fail", "data": "pass", "down": "pass", "reversal": "fail", "repeat": "pass",
    }  # fmt: skip
    assert "missing column old" in tried.checks["schema"][1]
    assert tried.checks["data"][1] == "1 table, 50 rows as before"
    assert "50 values differ in old (value became NULL)" in tried.checks["reversal"][1]
    assert (shop.read_bytes(), list(scratches.iterdir())) == (before, [])


def test_damage_is_found_and_copies_are_kept_when_asked(
    shop: Path, trial: Trial, tmp_path: Path, scratches: Path
) -> None:
    tried = trial("--command", sql(tmp_path, "UPDATE users SET name = substr(name, 1, 5) WHERE id < 20"),
                  "--on", f"sqlite:///{shop}", "--keep")  # fmt: skip
    assert tried.statuses == {"up": "pass", "schema": "pass", "data": "fail"}
    assert "cut at 5 characters" in tried.checks["data"][1]
    paths = [Path(one.removeprefix("sqlite:///")) for one in tried.report["kept"]]
    assert len(paths) == 2 and all(path.is_relative_to(scratches) for path in paths)
    names = []
    for path in paths:
        db = sqlite3.connect(path)
        names.append(db.execute("SELECT name FROM users WHERE id = 10").fetchone()[0])
        db.close()
    assert names == ["Zoë 10", "Zoë 1"]


def test_a_duckdb_file_is_migrated(trial: Trial, tmp_path: Path, scratches: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR)")
        db.execute("INSERT INTO t SELECT n, 'v' || n FROM range(30) r(n)")
        db.execute("CHECKPOINT")
        db.execute("PRAGMA disable_checkpoint_on_shutdown")
        db.execute("INSERT INTO t VALUES (99, 'in the journal')")
    assert path.with_name("shop.duckdb.wal").exists()

    def change(text: str) -> str:
        return python(tmp_path, f"db = duckdb.connect(path)\ndb.execute({text!r})\ndb.close()")

    tried = trial("--command", change("ALTER TABLE t ADD COLUMN w INTEGER"), "--on", f"duckdb:///{path}",
                  "--down", change("ALTER TABLE t DROP COLUMN w"))  # fmt: skip
    assert (tried.code, set(tried.statuses.values())) == (0, {"pass"}), tried.checks
    assert tried.checks["data"][1] == "1 table, 31 rows as before"
    tried = trial("--command", change("DELETE FROM t WHERE id = 99"), "--on", f"duckdb:///{path}")
    assert [one["key"] for one in tried.findings("data") if one["kind"] == "missing_row"] == ["id=99"]
    assert list(scratches.iterdir()) == []


def test_locks_are_not_told_where_there_are_none_to_see(shop: Path, trial: Trial, tmp_path: Path) -> None:
    tried = trial("--command", sql(tmp_path, "ALTER TABLE users ADD x"), "--on", f"sqlite:///{shop}", "--max-lock", "1")
    assert tried.error is not None and "--max-lock" in str(tried.error) and "PostgreSQL" in str(tried.error)


def test_a_file_that_is_not_there_or_is_none_is_refused(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "none.db").write_bytes(b"nothing of the kind" * 100)
    for path in (tmp_path / "nowhere.db", tmp_path / "none.db"):
        tried = trial("--command", "true", "--on", f"sqlite:///{path}")
        assert isinstance(tried.error, StoreError) and tried.error.remedy


def test_where_there_is_no_room_it_is_said(
    shop: Path, trial: Trial, scratches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(scratches / "nowhere"))
    tried = trial("--command", "true", "--on", f"sqlite:///{shop}")
    assert isinstance(tried.error, EnvironmentFailure) and "TMPDIR" in tried.error.remedy


def test_a_copy_that_is_given_up_ends_and_leaves_nothing(shop: Path, scratches: Path) -> None:
    """It is cancelled while the copying thread waits in the middle, and the folder goes once that has ended."""
    seen: list[str] = []

    async def run() -> None:
        entered = asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(source: Path, target: Path, stop: Any) -> None:
            target.write_bytes(b"half")
            loop.call_soon_threadsafe(entered.set)
            assert stop.wait(30)
            seen.append("gave up")

        scratch = FileScratch("sqlite", shop, slow)
        task = asyncio.create_task(scratch.copy())
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await scratch.drop()
        await scratch.drop()

    asyncio.run(run())
    assert (seen, list(scratches.iterdir())) == (["gave up"], [])


def test_a_stopped_backup_is_given_up(shop: Path, tmp_path: Path) -> None:
    import threading

    stop = threading.Event()
    stop.set()
    with pytest.raises(InterruptedError):
        copy_sqlite(shop, tmp_path / "copy.db", stop)
