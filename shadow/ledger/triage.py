"""Mismatches that wait for a second look, and what it changes: the counts of the block in which each was observed.

A mismatch is counted as pending when it arrives, and remembered with the keys of those counts. The decision moves one
exchange from `pending` to its triage and forgets it, so that a decision that comes twice changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from shadow.ledger import sql
from shadow.ledger.epochs import Builds
from shadow.records import Outcome, Triage
from shadow.triage import EXCUSED, Triaged

KEPT_S = 86400.0
"""Seconds after which a mismatch that nobody decided is no longer awaited: it stays pending."""

Number = tuple[str, int]
"""Lane and sequence number."""

_TAKE = (
    "DELETE FROM triage_awaited WHERE lane = ? AND seq = ?"
    " RETURNING epoch, block_at, endpoint, reason, signature_set, secondary_differs"
)
_OUTCOME = "epoch = ? AND block_at = ? AND endpoint = ? AND outcome = ? AND reason = ? AND triage = ?"
_SET_TRIAGE = (
    "INSERT INTO set_triage (epoch, block_at, endpoint, signature_set, triage, n, decided_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (epoch, block_at, endpoint, signature_set, triage) DO UPDATE SET"
    " n = n + excluded.n, decided_at = max(decided_at, excluded.decided_at)"
)


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """Where one mismatch was counted. `secondary_differs` is None where no secondary answered."""

    builds: Builds
    block_at: float
    endpoint: str
    reason: str
    signature_set: str
    secondary_differs: bool | None
    started_at: float


def store_awaited(
    db: sqlite3.Connection,
    awaited: Mapping[Number, Awaited],
    epoch_ids: Mapping[Builds, int],
    endpoint_ids: Mapping[str, int],
) -> None:
    """Remember mismatches that wait for their triage, within the caller's transaction, and forget what is old."""
    if not awaited:
        return
    db.executemany(
        "INSERT OR REPLACE INTO triage_awaited VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *number, epoch_ids[one.builds], one.block_at, endpoint_ids[one.endpoint], one.reason,
                one.signature_set, one.secondary_differs, one.started_at,
            )
            for number, one in awaited.items()
        ],
    )  # fmt: skip
    newest = max(one.started_at for one in awaited.values())
    db.execute("DELETE FROM triage_awaited WHERE started_at < ?", (newest - KEPT_S,))


def store_triaged(db: sqlite3.Connection, triaged: Sequence[Triaged]) -> None:
    """Move each decided mismatch from `pending` to its triage, within the caller's transaction.

    Numbers that are not awaited (decided before, settled as lost, too old) change nothing."""
    for one in triaged:
        row = db.execute(_TAKE, (one.lane, one.seq)).fetchone()
        if row is None or one.triage is Triage.pending:
            continue
        *cell, reason, signature_set, secondary_differs = row
        key = (*cell, Outcome.mismatch, reason)
        took = db.execute(f"UPDATE outcome SET n = n - 1 WHERE {_OUTCOME}", (*key, Triage.pending))  # noqa: S608
        if not took.rowcount:
            continue  # its block has been merged into a longer one meanwhile: it stays pending there
        db.execute(f"DELETE FROM outcome WHERE {_OUTCOME} AND n = 0", (*key, Triage.pending))  # noqa: S608
        db.execute(sql.OUTCOME, (*key, one.triage, 1))
        db.execute(_SET_TRIAGE, (*cell, signature_set, one.triage, 1, one.at))
        if one.triage in EXCUSED and secondary_differs is not None:
            # Neither for nor against: such a pair leaves the table of the new side.
            column = "both_bad" if secondary_differs else "new_bad"
            db.execute(
                f"UPDATE joint SET {column} = {column} - 1"  # noqa: S608
                " WHERE epoch = ? AND block_at = ? AND endpoint = ? AND criterion = 'mismatch'",
                cell,
            )


def read_decided(
    db: sqlite3.Connection, window: Mapping[str, object]
) -> dict[tuple[float, str, str], list[tuple[Triage, int, float]]]:
    """Return the decided mismatches of a window: (block, endpoint, set) -> triage, how many, decided last at."""
    decided: dict[tuple[float, str, str], list[tuple[Triage, int, float]]] = {}
    rows: Iterable[tuple[float, str, str, str, int, float]] = db.execute(
        "SELECT t.block_at, e.name, t.signature_set, t.triage, t.n, t.decided_at FROM set_triage t"
        " JOIN endpoint e ON e.id = t.endpoint WHERE t.epoch = :epoch AND t.block_at > :after AND t.block_at < :until",
        window,
    )
    for block_at, endpoint, signature_set, triage, n, at in rows:
        decided.setdefault((block_at, endpoint, signature_set), []).append((Triage(triage), n, at))
    return decided
