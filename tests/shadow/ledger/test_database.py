"""Connections: what they are set to, and all or nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shadow.errors import LedgerError
from shadow.ledger.database import connect_reader, connect_writer, transaction
from shadow.ledger.failures import translated


def test_settings_of_the_writer(path: Path) -> None:
    db = connect_writer(path)
    asked = ("journal_mode", "synchronous", "busy_timeout")
    assert [db.execute(f"PRAGMA {name}").fetchone()[0] for name in asked] == ["wal", 1, 10000]
    db.close()


def test_a_transaction_is_stored_whole_or_not_at_all(path: Path) -> None:
    db = connect_writer(path)
    db.execute("CREATE TABLE t (n INTEGER UNIQUE)")
    with transaction(db):
        db.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError), transaction(db):
        db.execute("INSERT INTO t VALUES (2)")
        db.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(KeyboardInterrupt), transaction(db):
        db.execute("INSERT INTO t VALUES (3)")
        raise KeyboardInterrupt
    assert db.execute("SELECT n FROM t").fetchall() == [(1,)]
    assert not db.in_transaction
    db.close()


def test_a_busy_file_is_named(path: Path) -> None:
    one, two = connect_writer(path), connect_writer(path)
    two.execute("PRAGMA busy_timeout = 0")
    locked = pytest.raises(LedgerError, match="another process kept it locked")
    with transaction(one), locked, translated(path, "write"), transaction(two):
        pass
    one.close()
    two.close()


def test_a_reader_cannot_write(path: Path) -> None:
    db = connect_writer(path)
    db.execute("CREATE TABLE t (n INTEGER)")
    reader = connect_reader(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("INSERT INTO t VALUES (1)")
    reader.close()
    db.close()


def test_a_reader_does_not_block_the_writer(path: Path) -> None:
    db = connect_writer(path)
    db.execute("CREATE TABLE t (n INTEGER)")
    reader = connect_reader(path)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (0,)
    with transaction(db):
        db.execute("INSERT INTO t VALUES (1)")
    assert reader.execute("SELECT count(*) FROM t").fetchone() == (0,)
    reader.close()
    db.close()
