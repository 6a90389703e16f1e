"""SQLite files, opened read-only; one read transaction is the snapshot.

In rollback-journal mode a long reader keeps writers from committing: verify a copy, or a database in WAL mode.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

from shadow.errors import StoreError
from verify.classes import SQLITE, TypeClass
from verify.store import Reading, TableSchema, Value
from verify.stores.embedded import EmbeddedStore, translated
from verify.stores.spelled import Spelled
from verify.stores.sql import Statement, quote
from verify.stores.sql_profile import SQLITE_PLACE, sqlite_measures, sqlite_place
from verify.stores.sqlite_schema import collated_tables, describe_tables

BUSY_S = 5.0
"""How long to wait for a lock that a writer holds."""


def check_file(path: Path, what: str) -> None:
    """Raise StoreError where the path is not a file that can be read."""
    if not path.exists():
        remedy = "Check the path; a relative one starts at the working directory."
        raise StoreError(f"{what} {path} does not exist.", remedy)
    if path.is_dir():
        raise StoreError(f"{what} {path} is a directory.", "Name the file in it.")
    if not os.access(path, os.R_OK):
        raise StoreError(f"{what} {path} must not be read by this user.", f"Grant it: chmod u+r {path}.")


class SqliteStore(EmbeddedStore):
    """One SQLite file."""

    def __init__(self, path: Path) -> None:
        check_file(path, "SQLite file")
        super().__init__("sqlite", f"sqlite:///{path}", SQLITE, _SqliteEngine(path))


class _SqliteEngine:
    """The connection; everything but `interrupt` runs in the worker's thread."""

    has_row_values = True
    has_transactions = True

    def files(self) -> tuple[Path, ...]:
        return self._path, self._path.with_name(f"{self._path.name}-wal")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: sqlite3.Connection | None = None
        self._collated: frozenset[str] = frozenset()

    def describe(self) -> tuple[TableSchema, ...]:
        """Return the tables, ascending by name. Raises StoreError."""
        with self.guard():
            return describe_tables(self.connection())

    def connection(self) -> sqlite3.Connection:
        if self._opened is None:
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            opened = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
            # Bytes that are no UTF-8 must stay distinguishable instead of ending the scan.
            opened.text_factory = _text
            opened.create_function(SQLITE_PLACE, 1, sqlite_place, deterministic=True)
            self._opened = opened
        return self._opened

    def execute(self, sql: str, parameters: tuple[Value, ...] = ()) -> sqlite3.Cursor:
        return self.connection().execute(sql, parameters)

    def stream(self, sql: str, parameters: tuple[Value, ...] = ()) -> sqlite3.Cursor:
        return self.execute(sql, parameters)

    def made_up(self, _table: str, _column: str, kind: TypeClass, value: str | None) -> Statement | None:
        if value is None:
            return "?", (None,)
        match kind:
            case TypeClass.integer:
                return "?", (int(value),)
            case TypeClass.boolean:
                return "?", (int(value == "true"),)
            case TypeClass.float:
                return "?", (float(value),)
            case TypeClass.bytes:
                return "?", (value.encode(),)
            case _:
                return "?", (value,)

    def value(self, _table: str, column: str) -> str:
        return quote(column)

    def key(self, table: str, column: str) -> str:
        # Only where a table declares a collation: a superfluous COLLATE would cost the index of a composite key.
        return f"{quote(column)} COLLATE BINARY" if table in self._collated else quote(column)

    def measures(self, table: str, reading: Reading) -> Spelled:
        return sqlite_measures(reading, self.key(table, reading.column))

    def guard(self) -> AbstractContextManager[None]:
        return translated((sqlite3.Error,), self._explain)

    def begin(self) -> None:
        with self.guard():
            self.execute("BEGIN")
            # A deferred transaction begins with its first read.
            self._collated = collated_tables(self.connection())

    def rollback(self) -> None:
        try:
            if self._opened is not None and self._opened.in_transaction:
                self._opened.rollback()
        except sqlite3.Error:
            pass  # nothing was written; the reads that failed have said so already

    def interrupt(self) -> None:
        if self._opened is not None:
            self._opened.interrupt()

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _explain(self, error: Exception) -> StoreError:
        text = str(error)
        if "locked" in text or "busy" in text:
            return StoreError(
                f"SQLite file {self._path} is locked by another process ({text}).",
                "Wait for its transaction to end, or verify a copy made with `.backup`.",
            )
        if "not a database" in text or "malformed" in text:
            return StoreError(
                f"SQLite file {self._path} is damaged or no SQLite database ({text}).",
                "Check it with `sqlite3 FILE 'PRAGMA integrity_check'`, or restore it from a backup.",
            )
        if "unable to open" in text or "readonly" in text:
            return StoreError(
                f"SQLite file {self._path} cannot be opened ({text}).",
                "A database in WAL mode needs a writable directory beside it: grant that, or verify a copy.",
            )
        return StoreError(f"SQLite file {self._path} cannot be read ({text}).", "Check the file and try again.")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
