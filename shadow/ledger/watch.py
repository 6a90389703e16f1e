"""What was watched and for how long: the heartbeat of the mirror, armed breakers, counters of the backends.

One row per name and block: `seconds` watched, `n` events in them, and of a gauge the least, the greatest and the sum
of what was read (`n` is then the number of readings). Rows of one name add up. Names: `mirror` (the mirror works and
is not paused), `breaker:candidate`, `breaker:secondary` (closed and mirroring; `n` trips), and `LEG:METRIC` of what
was scraped from a backend.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from shadow.ledger.evidence import WatchRow
from shadow.ledger.schema import has_table

_STORE = (
    "INSERT INTO watch VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name, block_at) DO UPDATE SET"
    " seconds = seconds + excluded.seconds, n = n + excluded.n, total = total + excluded.total,"
    " low = min(coalesce(low, excluded.low), coalesce(excluded.low, low)),"
    " high = max(coalesce(high, excluded.high), coalesce(excluded.high, high))"
)


def store_watches(db: sqlite3.Connection, rows: Iterable[WatchRow]) -> None:
    """Add rows, within the caller's transaction."""
    db.executemany(_STORE, [(row.name, row.block_at, row.seconds, row.n, row.low, row.high, row.total) for row in rows])


def read_watches(db: sqlite3.Connection) -> tuple[WatchRow, ...]:
    """Return every row by name and time; none of a ledger that was made before there were any."""
    if not has_table(db, "watch"):
        return ()
    return tuple(
        WatchRow(name=row[0], block_at=row[1], seconds=row[2], n=row[3], low=row[4], high=row[5], total=row[6])
        for row in db.execute("SELECT name, block_at, seconds, n, low, high, total FROM watch ORDER BY name, block_at")
    )


def fold_watches(db: sqlite3.Connection, before: float) -> bool:
    """Fold rows before an instant (a whole hour) into hours, within the caller's transaction; tell whether any were
    finer."""
    stale = "block_at < ? AND CAST(block_at AS INTEGER) % 3600 != 0"
    if db.execute(f"SELECT 1 FROM watch WHERE {stale} LIMIT 1", (before,)).fetchone() is None:  # noqa: S608
        return False
    old = [row for row in read_watches(db) if row.block_at < before]
    db.execute("DELETE FROM watch WHERE block_at < ?", (before,))
    store_watches(db, (msgspec.structs.replace(row, block_at=row.block_at - row.block_at % 3600) for row in old))
    return True
