"""The finished parts of a verification that is under way, so that a killed one can be resumed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from shadow.config.model import Ledger
from shadow.ledger.closing import Closing
from shadow.ledger.database import connect_reader, connect_writer, transaction
from shadow.ledger.failures import translated
from shadow.ledger.writer import LedgerWriter
from shadow.records import DataCheck

PLAN = -1
"""The number of the part that says how a pair is cut; finished parts have numbers from 0."""


class Part(NamedTuple):
    """One finished part of a pair of tables; `content` belongs to whoever wrote it."""

    part: int
    rows_old: int
    rows_new: int
    content: bytes


def checks_before(path: Path, check: DataCheck) -> tuple[DataCheck, ...]:
    """Return what earlier runs found with the same check of the same pair, the last run first.

    Raises LedgerError, EnvironmentFailure."""
    with translated(path, "read"), closing(connect_reader(path)) as db:
        rows = db.execute(
            "SELECT content FROM data_check WHERE pair = ? AND name = ? AND run_id <> ?"
            " ORDER BY finished_at DESC, run_id DESC", (check.pair, check.check, check.run_id)
        ).fetchall()  # fmt: skip
    return tuple(msgspec.json.decode(content, type=DataCheck) for (content,) in rows)


class VerifyParts(Closing):
    """Reads and writes the parts of all pairs. Every method raises LedgerError or EnvironmentFailure."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    @classmethod
    def open(cls, path: Path, settings: Ledger, redaction_key_id: str = "") -> VerifyParts:
        """Open the ledger, or create it."""
        LedgerWriter.open(path, settings, redaction_key_id).close()
        return cls(connect_writer(path), path)

    def of(self, pair: str) -> tuple[Part, ...]:
        """Return the parts of a pair, ascending, the plan first."""
        with translated(self._path, "read"):
            rows = self._db.execute(
                "SELECT part, rows_old, rows_new, content FROM verify_part WHERE pair = ? ORDER BY part", (pair,)
            ).fetchall()
        return tuple(Part(*row) for row in rows)

    def is_empty(self) -> bool:
        """Return whether nothing is kept of any pair."""
        with translated(self._path, "read"):
            return self._db.execute("SELECT 1 FROM verify_part LIMIT 1").fetchone() is None

    def put(self, pair: str, part: Part) -> None:
        """Store one part; a plan removes the parts of the plan before it."""
        with translated(self._path, "write"), transaction(self._db):
            if part.part == PLAN:
                self._db.execute("DELETE FROM verify_part WHERE pair = ?", (pair,))
            self._db.execute("INSERT OR REPLACE INTO verify_part VALUES (?, ?, ?, ?, ?)", (pair, *part))

    def hints(self, pair: str) -> bytes | None:
        """Return what the last run of a pair kept for the next one."""
        with translated(self._path, "read"):
            row = self._db.execute("SELECT content FROM verify_hint WHERE pair = ?", (pair,)).fetchone()
        return None if row is None else bytes(row[0])

    def put_hints(self, pair: str, content: bytes) -> None:
        """Keep something of a pair for the next run."""
        with translated(self._path, "write"), transaction(self._db):
            self._db.execute("INSERT OR REPLACE INTO verify_hint VALUES (?, ?)", (pair, content))

    def clear(self) -> None:
        """Remove all parts of all pairs."""
        with translated(self._path, "write"), transaction(self._db):
            self._db.execute("DELETE FROM verify_part")

    def close(self) -> None:
        """Close the file."""
        self._db.close()
