"""Times of load at a multiple of the usual peak: whoever makes one marks it, and the gate asks for it."""

from __future__ import annotations

import sqlite3

import msgspec

from shadow.ledger.schema import has_table


class LoadRun(msgspec.Struct, frozen=True, kw_only=True):
    """One marked time of load. `factor` is the rate that was sent over the usual peak, `failed` the requests that the
    candidate did not answer, or answered with 500 and above; `build` is the candidate's, empty if unknown."""

    id: str
    build: str
    started_at: float
    finished_at: float
    factor: float
    requests: int
    failed: int
    note: str = ""


def store_load(db: sqlite3.Connection, run: LoadRun) -> None:
    """Store a run, within the caller's transaction."""
    db.execute(
        "INSERT OR REPLACE INTO load_run VALUES (?, ?, ?)", (run.id, run.finished_at, msgspec.json.encode(run))
    )


def read_loads(db: sqlite3.Connection) -> tuple[LoadRun, ...]:
    """Return every run, the latest first; none of a ledger that was made before there were any."""
    if not has_table(db, "load_run"):
        return ()
    rows = db.execute("SELECT content FROM load_run ORDER BY finished_at DESC, id")
    return tuple(msgspec.json.decode(row[0], type=LoadRun) for row in rows)
