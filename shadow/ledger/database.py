"""Opening the file: one connection that writes, and one that cannot."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shadow.errors import EnvironmentFailure, LedgerError
from shadow.ledger.failures import translated

BUSY_S = 10.0


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open or create the file in WAL mode, with its folder; transactions are begun and ended by hand.

    Raises LedgerError or EnvironmentFailure, each with its remedy.
    """
    if path.is_dir():
        raise EnvironmentFailure(f"The ledger {path} is a folder.", "Set ledger.path to a file.")
    with translated(path, "open"):
        path.parent.mkdir(parents=True, exist_ok=True)
        # One call at a time, but not always from the same thread: a keeper may commit in a worker thread.
        db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            _use_wal(db)
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA journal_size_limit = 67108864")
            db.execute("PRAGMA foreign_keys = OFF")
        except BaseException:
            db.close()
            raise
    return db


def _use_wal(db: sqlite3.Connection) -> None:
    """Switch to WAL; the switch itself ignores the busy time-out, so two first openers have to take turns."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in {"SQLITE_BUSY", "SQLITE_LOCKED"} or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open an existing file for reading only. Raises LedgerError where it is missing or empty."""
    remedy = "Run `shadow mirror` or `shadow verify` first, or set ledger.path to the ledger they wrote."
    with translated(path, "read"):
        if path.is_dir():
            raise LedgerError(f"The ledger {path} is a folder.", "Set ledger.path to a file.")
        if not path.exists():
            raise LedgerError(f"There is no ledger at {path}.", remedy)
        wal = path.with_name(path.name + "-wal")
        if path.stat().st_size == 0 and not wal.exists():
            raise LedgerError(f"The ledger {path} is empty.", remedy)
        uri = path.absolute().as_uri() + "?mode=ro"
        db = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
        try:
            db.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError as error:
            db.close()
            # A ledger at rest in a folder that cannot be written: with no log beside it the file is the whole truth.
            if error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")) and not wal.exists():
                return sqlite3.connect(uri + "&immutable=1", uri=True, isolation_level=None)
            raise
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock from the first statement; everything inside is stored, or nothing is."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
