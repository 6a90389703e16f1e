"""The tables of the ledger (described in docs/ledger.md) and its meta values."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from shadow.errors import LedgerError
from shadow.ledger.histogram import SCALE

SCHEMA_VERSION = 1
APPLICATION_ID = 0x5348_4457  # "SHDW": tells a ledger from any other SQLite file

STORED_AT = "stored_at"
"""Meta: when the keeper last stored anything, Unix seconds."""

RUN_ID = "run_id"
"""Meta: the run that wrote last."""

CELL = "epoch INTEGER NOT NULL, block_at REAL NOT NULL, endpoint INTEGER NOT NULL"

TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE epoch (id INTEGER PRIMARY KEY, primary_build TEXT NOT NULL, candidate_build TEXT NOT NULL,"
    " first_at REAL NOT NULL, last_at REAL NOT NULL, named_at REAL, UNIQUE (primary_build, candidate_build))",
    "CREATE TABLE endpoint (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    f"CREATE TABLE outcome ({CELL}, outcome TEXT NOT NULL, reason TEXT NOT NULL, triage TEXT NOT NULL,"
    " n INTEGER NOT NULL, PRIMARY KEY (epoch, block_at, endpoint, outcome, reason, triage)) WITHOUT ROWID",
    f"CREATE TABLE joint ({CELL}, criterion TEXT NOT NULL, both_ok INTEGER NOT NULL, old_bad INTEGER NOT NULL,"
    " new_bad INTEGER NOT NULL, both_bad INTEGER NOT NULL,"
    " PRIMARY KEY (epoch, block_at, endpoint, criterion)) WITHOUT ROWID",
    f"CREATE TABLE pairing ({CELL}, both INTEGER NOT NULL, only_old INTEGER NOT NULL, only_new INTEGER NOT NULL,"
    " neither INTEGER NOT NULL, PRIMARY KEY (epoch, block_at, endpoint)) WITHOUT ROWID",
    f"CREATE TABLE ratio ({CELL}, against TEXT NOT NULL, n INTEGER NOT NULL, sum_log REAL NOT NULL,"
    " sum_log2 REAL NOT NULL, PRIMARY KEY (epoch, block_at, endpoint, against)) WITHOUT ROWID",
    f"CREATE TABLE histogram ({CELL}, leg TEXT NOT NULL, scale INTEGER NOT NULL, bucket INTEGER NOT NULL,"
    " n INTEGER NOT NULL, PRIMARY KEY (epoch, block_at, endpoint, leg, scale, bucket)) WITHOUT ROWID",
    "CREATE TABLE signature_set (id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, members TEXT NOT NULL) WITHOUT ROWID",
    f"CREATE TABLE set_count ({CELL}, outcome TEXT NOT NULL, signature_set TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (epoch, block_at, endpoint, outcome, signature_set)) WITHOUT ROWID",
    'CREATE TABLE signature (id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, "group" TEXT NOT NULL, kind TEXT NOT NULL,'
    " note TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE signature_count (epoch INTEGER NOT NULL, block_at REAL NOT NULL, signature TEXT NOT NULL,"
    " n INTEGER NOT NULL, n_open INTEGER NOT NULL, first_at REAL NOT NULL, last_at REAL NOT NULL,"
    " PRIMARY KEY (epoch, block_at, signature)) WITHOUT ROWID",
    "CREATE TABLE example (id INTEGER PRIMARY KEY, content BLOB NOT NULL)",
    "CREATE TABLE example_slot (epoch INTEGER NOT NULL, signature TEXT NOT NULL, slot INTEGER NOT NULL,"
    " example INTEGER NOT NULL REFERENCES example (id), PRIMARY KEY (epoch, signature, slot)) WITHOUT ROWID",
    "CREATE INDEX example_slot_by_example ON example_slot (example)",
    "CREATE TABLE example_seen (epoch INTEGER NOT NULL, signature TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (epoch, signature)) WITHOUT ROWID",
    "CREATE TABLE gap (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL NOT NULL,"
    " lost INTEGER NOT NULL, detail TEXT NOT NULL)",
    # Of the gaps that stand for several: how many, and their seconds together.
    "CREATE TABLE gap_merged (gap INTEGER PRIMARY KEY, times INTEGER NOT NULL, sum_s REAL NOT NULL)",
    "CREATE TABLE lane (lane TEXT PRIMARY KEY, started_at REAL NOT NULL, closed INTEGER NOT NULL,"
    " known INTEGER NOT NULL, final INTEGER NOT NULL, accepted INTEGER NOT NULL, open INTEGER NOT NULL,"
    " handed INTEGER NOT NULL, local TEXT NOT NULL, acked TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE lane_class (lane TEXT NOT NULL, class TEXT NOT NULL, mirrored INTEGER NOT NULL,"
    " shed INTEGER NOT NULL, PRIMARY KEY (lane, class)) WITHOUT ROWID",
    "CREATE TABLE triage_awaited (lane TEXT NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    " block_at REAL NOT NULL, endpoint INTEGER NOT NULL, reason TEXT NOT NULL, signature_set TEXT NOT NULL,"
    " secondary_differs INTEGER, started_at REAL NOT NULL, PRIMARY KEY (lane, seq)) WITHOUT ROWID",
    f"CREATE TABLE set_triage ({CELL}, signature_set TEXT NOT NULL, triage TEXT NOT NULL, n INTEGER NOT NULL,"
    " decided_at REAL NOT NULL, PRIMARY KEY (epoch, block_at, endpoint, signature_set, triage)) WITHOUT ROWID",
    "CREATE TABLE itself (build TEXT NOT NULL, block_at REAL NOT NULL, endpoint TEXT NOT NULL, n INTEGER NOT NULL,"
    " alarms INTEGER NOT NULL, PRIMARY KEY (build, block_at, endpoint)) WITHOUT ROWID",
    "CREATE TABLE itself_found (build TEXT NOT NULL, endpoint TEXT NOT NULL, difference TEXT NOT NULL,"
    " n INTEGER NOT NULL, first_at REAL NOT NULL, last_at REAL NOT NULL,"
    " PRIMARY KEY (build, endpoint, difference)) WITHOUT ROWID",
    'CREATE TABLE noise (build TEXT NOT NULL, endpoint TEXT NOT NULL, "group" TEXT NOT NULL, seen_at REAL NOT NULL,'
    ' content BLOB NOT NULL, PRIMARY KEY (build, endpoint, "group")) WITHOUT ROWID',
    "CREATE TABLE rulebook (digest TEXT PRIMARY KEY, first_at REAL NOT NULL, content TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE rules_in_force (epoch INTEGER NOT NULL, endpoint INTEGER NOT NULL, digest TEXT NOT NULL,"
    " first_at REAL NOT NULL, last_at REAL NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (epoch, endpoint, digest)) WITHOUT ROWID",
    "CREATE TABLE rule_hit (epoch INTEGER NOT NULL, day_at REAL NOT NULL, endpoint INTEGER NOT NULL,"
    " rule TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (epoch, day_at, endpoint, rule)) WITHOUT ROWID",
    "CREATE TABLE self_proof (epoch INTEGER NOT NULL, day_at REAL NOT NULL, endpoint INTEGER NOT NULL,"
    " mutation TEXT NOT NULL, detected INTEGER NOT NULL, blinded_by TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (epoch, day_at, endpoint, mutation, detected, blinded_by)) WITHOUT ROWID",
    "CREATE TABLE feature (epoch INTEGER NOT NULL, endpoint INTEGER NOT NULL, signature TEXT NOT NULL,"
    " name TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (epoch, endpoint, signature, name)) WITHOUT ROWID",
    "CREATE TABLE smallest (epoch INTEGER NOT NULL, signature TEXT NOT NULL, bytes INTEGER NOT NULL,"
    " seen_at REAL NOT NULL, content BLOB NOT NULL, PRIMARY KEY (epoch, signature)) WITHOUT ROWID",
    "CREATE TABLE data_check (pair TEXT NOT NULL, name TEXT NOT NULL, run_id TEXT NOT NULL,"
    " finished_at REAL NOT NULL, content BLOB NOT NULL, PRIMARY KEY (pair, name, run_id)) WITHOUT ROWID",
    "CREATE TABLE rollup (width INTEGER NOT NULL, epoch INTEGER NOT NULL, block_at REAL NOT NULL,"
    " endpoint INTEGER NOT NULL, requests INTEGER NOT NULL, content BLOB NOT NULL,"
    " PRIMARY KEY (epoch, width, block_at, endpoint))",
    "CREATE TABLE signature_rollup (width INTEGER NOT NULL, epoch INTEGER NOT NULL, block_at REAL NOT NULL,"
    " signature TEXT NOT NULL, n INTEGER NOT NULL, n_open INTEGER NOT NULL, first_at REAL NOT NULL,"
    " last_at REAL NOT NULL, PRIMARY KEY (width, epoch, block_at, signature)) WITHOUT ROWID",
    "CREATE TABLE block_total (epoch INTEGER NOT NULL, block_at REAL NOT NULL, pairs INTEGER NOT NULL,"
    " new_bad INTEGER NOT NULL, old_bad INTEGER NOT NULL, both_bad INTEGER NOT NULL, compared INTEGER NOT NULL,"
    " failing INTEGER NOT NULL, PRIMARY KEY (epoch, block_at)) WITHOUT ROWID",
    "CREATE TABLE watch (name TEXT NOT NULL, block_at REAL NOT NULL, seconds REAL NOT NULL, n REAL NOT NULL,"
    " low REAL, high REAL, total REAL NOT NULL, PRIMARY KEY (name, block_at)) WITHOUT ROWID",
    "CREATE TABLE signoff (seq INTEGER PRIMARY KEY, content TEXT NOT NULL, hash TEXT NOT NULL)",
    "CREATE TABLE verify_part (pair TEXT NOT NULL, part INTEGER NOT NULL, rows_old INTEGER NOT NULL,"
    " rows_new INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (pair, part)) WITHOUT ROWID",
    "CREATE TABLE verify_hint (pair TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE load_run (id TEXT PRIMARY KEY, finished_at REAL NOT NULL, content BLOB NOT NULL) WITHOUT ROWID",
)


# Tables that a ledger of this version may lack, since it was made before they were thought of.
ADDED = frozenset(
    {
        "lane_class", "triage_awaited", "set_triage", "itself", "itself_found", "noise", "rollup", "signature_rollup",
        "block_total", "watch", "signoff", "load_run", "rulebook", "rules_in_force", "rule_hit", "self_proof",
        "feature", "smallest", "gap_merged", "verify_part", "verify_hint",
    }
)  # fmt: skip


def complete(db: sqlite3.Connection) -> None:
    """Create what an earlier ledger of this version lacks, within the caller's transaction."""
    for statement in TABLES:
        name = statement.split()[2]
        if name in ADDED and not has_table(db, name):
            db.execute(statement)


def has_table(db: sqlite3.Connection, name: str) -> bool:
    """Tell whether there is a table of this name."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone() is not None


def is_empty(db: sqlite3.Connection) -> bool:
    """Tell whether the database has no tables at all, as a new file has."""
    return bool(db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,))


def create(db: sqlite3.Connection, *, block_s: float, created_at: float) -> None:
    """Create every table and the meta values, within the caller's transaction."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for statement in TABLES:
        db.execute(statement)
    values = {
        "schema_version": str(SCHEMA_VERSION),
        "ledger_id": secrets.token_hex(8),
        "created_at": repr(created_at),
        "block_s": repr(float(block_s)),
        "block_s_max": repr(float(block_s)),
        "histogram_scale": str(SCALE),
        "redaction_key_id": "",
    }
    db.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", values.items())


def read_meta(db: sqlite3.Connection, path: Path) -> dict[str, str]:
    """Return the meta values. Raises LedgerError for a database that is no ledger, or one of another version."""
    if db.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        remedy = "Set ledger.path to a ledger or to a new file."
        raise LedgerError(f"{path} is an SQLite database, but not a ledger.", remedy)
    meta = {str(key): str(value) for key, value in db.execute("SELECT key, value FROM meta")}
    version = int(meta.get("schema_version", "0"))
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"The ledger {path} was written by a newer Shadow (schema {version}, this one knows {SCHEMA_VERSION}).",
            "Upgrade Shadow, or set ledger.path to a new file.",
        )
    if version < SCHEMA_VERSION:
        raise LedgerError(
            f"The ledger {path} was written by an older Shadow (schema {version}, this one needs {SCHEMA_VERSION}).",
            "Read it with the Shadow that wrote it, or set ledger.path to a new file.",
        )
    return meta


def write_meta(db: sqlite3.Connection, key: str, value: str) -> None:
    """Set one meta value, within the caller's transaction."""
    db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))
