"""The schema that the documentation describes is the one that is created."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from shadow.errors import LedgerError
from shadow.ledger import caps, schema
from shadow.ledger.store import KEPT_EXAMPLE_EPOCHS
from shadow.ledger.writer import KEPT_RUNS

DOCS = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")
CELL = {"epoch", "block_at", "endpoint"}


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def test_create(db: sqlite3.Connection) -> None:
    assert schema.is_empty(db)
    schema.create(db, block_s=60.0, created_at=5.0)
    assert not schema.is_empty(db)
    meta = schema.read_meta(db, Path("l.db"))
    assert re.fullmatch(r"[0-9a-f]{16}", meta.pop("ledger_id"))
    assert meta == {
        "schema_version": "1", "created_at": "5.0", "block_s": "60.0", "block_s_max": "60.0", "histogram_scale": "4",
        "redaction_key_id": "",
    }  # fmt: skip


def test_write_meta_adds_and_replaces(db: sqlite3.Connection) -> None:
    schema.create(db, block_s=60.0, created_at=5.0)
    schema.write_meta(db, "block_s", "30.0")
    schema.write_meta(db, "new", "x")
    meta = schema.read_meta(db, Path("l.db"))
    assert (meta["block_s"], meta["new"], meta["created_at"]) == ("30.0", "x", "5.0")


@pytest.mark.parametrize(("version", "message"), [(2, "newer Shadow (schema 2"), (0, "older Shadow (schema 0")])
def test_other_versions_are_refused(db: sqlite3.Connection, version: int, message: str) -> None:
    schema.create(db, block_s=60.0, created_at=5.0)
    schema.write_meta(db, "schema_version", str(version))
    with pytest.raises(LedgerError, match=re.escape(message)):
        schema.read_meta(db, Path("l.db"))


def test_every_table_and_column_is_documented(db: sqlite3.Connection) -> None:
    schema.create(db, block_s=60.0, created_at=5.0)
    documented = {
        match[1]: set(re.findall(r"`(\w+)`", match[2]))
        for match in re.finditer(r"^\| `(\w+)` \| ([^|]*) \|", DOCS, re.M)
    }
    created = {}
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        created[table] = columns - CELL if columns > CELL else columns
    assert documented == created


@pytest.mark.parametrize(
    "text",
    [
        f"{caps.MAX_SIGNATURES:,}, and {caps.MAX_SIGNATURES_PER_ENDPOINT} per endpoint | one `_overflow`",
        f"{caps.MAX_SETS:,}, and {caps.MAX_SETS_PER_ENDPOINT} per endpoint | a set",
        f"| reasons | {caps.MAX_REASONS} |",
        f"| epochs | {caps.MAX_EPOCHS} |",
        f"of the latest {KEPT_EXAMPLE_EPOCHS} epochs",
        f"the latest {KEPT_RUNS} runs per pair",
    ],
)
def test_every_bound_is_documented(text: str) -> None:
    assert text in DOCS
