"""Reading what governs a judgement: rule books, hits, self-proof, features, smallest requests. For the reader alone.

A ledger made before these tables were thought of has none of it, and all of this is empty.
"""

from __future__ import annotations

import sqlite3

import msgspec

from shadow.ledger.evidence import (
    FeatureRow,
    ProofRow,
    RulebookRow,
    RuleHitRow,
    RulesRow,
    Smallest,
)
from shadow.ledger.schema import has_table
from shadow.records import Message

_IN_WINDOW = "WHERE t.epoch = :epoch AND t.day_at > :after - 86400 AND t.day_at < :until"

Window = dict[str, object]


def rulebooks(db: sqlite3.Connection) -> tuple[RulebookRow, ...]:
    """Return every book that was ever in force, oldest first."""
    return tuple(
        RulebookRow(digest=row[0], first_at=row[1], content=row[2])
        for row in _asked(db, "rulebook", "SELECT digest, first_at, content FROM rulebook ORDER BY first_at, digest")
    )


def rules(db: sqlite3.Connection, window: Window) -> tuple[RulesRow, ...]:
    """Return which books were in force at each endpoint in the epoch, from when to when."""
    statement = (
        "SELECT e.name, t.digest, t.first_at, t.last_at, t.n FROM rules_in_force t JOIN endpoint e ON e.id = t.endpoint"
        " WHERE t.epoch = :epoch ORDER BY e.name, t.first_at, t.digest"
    )
    return tuple(
        RulesRow(endpoint=row[0], digest=row[1], first_at=row[2], last_at=row[3], n=row[4])
        for row in _asked(db, "rules_in_force", statement, window)
    )


def hits(db: sqlite3.Connection, window: Window) -> tuple[RuleHitRow, ...]:
    """Return how often each rule had something to cover, by day and endpoint."""
    statement = (
        "SELECT t.day_at, e.name, t.rule, t.n FROM rule_hit t JOIN endpoint e ON e.id = t.endpoint"  # noqa: S608
        f" {_IN_WINDOW} ORDER BY t.day_at, e.name, t.rule"
    )
    return tuple(
        RuleHitRow(day_at=row[0], endpoint=row[1], rule=row[2], n=row[3])
        for row in _asked(db, "rule_hit", statement, window)
    )


def proofs(db: sqlite3.Connection, window: Window) -> tuple[ProofRow, ...]:
    """Return what became of the mutations, by endpoint and kind of mutation."""
    statement = (
        "SELECT e.name, t.mutation, t.detected, t.blinded_by, sum(t.n) FROM self_proof t"  # noqa: S608
        f" JOIN endpoint e ON e.id = t.endpoint {_IN_WINDOW}"
        " GROUP BY e.name, t.mutation, t.detected, t.blinded_by ORDER BY 1, 2, 3, 4"
    )
    return tuple(
        ProofRow(endpoint=row[0], mutation=row[1], detected=bool(row[2]), by=row[3], n=row[4])
        for row in _asked(db, "self_proof", statement, window)
    )


def features(db: sqlite3.Connection, window: Window) -> tuple[FeatureRow, ...]:
    """Return the features of the epoch's requests; they are counted for the whole epoch, whatever the window."""
    statement = (
        "SELECT e.name, t.signature, t.name, t.n FROM feature t JOIN endpoint e ON e.id = t.endpoint"
        " WHERE t.epoch = :epoch ORDER BY e.name, t.signature, t.name"
    )
    return tuple(
        FeatureRow(endpoint=row[0], signature=row[1], name=row[2], n=row[3])
        for row in _asked(db, "feature", statement, window)
    )


def smallest(db: sqlite3.Connection, window: Window) -> dict[str, Smallest]:
    """Return the smallest request of each signature in the epoch."""
    statement = "SELECT signature, bytes, seen_at, content FROM smallest WHERE epoch = :epoch"
    return {
        row[0]: Smallest(bytes=row[1], seen_at=row[2], request=msgspec.json.decode(row[3], type=Message))
        for row in _asked(db, "smallest", statement, window)
    }


def _asked(
    db: sqlite3.Connection, table: str, statement: str, window: Window | None = None
) -> sqlite3.Cursor | tuple[()]:
    return db.execute(statement, window or {}) if has_table(db, table) else ()
