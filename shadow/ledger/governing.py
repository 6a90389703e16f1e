"""The SQL of what governs a judgement: rule books, hits, self-proof, features of requests."""

from __future__ import annotations

import sqlite3

import msgspec

from shadow.clock import block_start
from shadow.ledger import causes, sql
from shadow.ledger.epochs import Builds
from shadow.ledger.increments import Increments
from shadow.ledger.known import Known
from shadow.ledger.schema import has_table

DAY_S = 86_400.0
"""Hits and proofs are counted by day: no statistics over shorter blocks are made of them."""


def store_governed(db: sqlite3.Connection, increments: Increments, known: Known) -> None:
    """Write within the caller's transaction, after the cells, so that every epoch and endpoint has its id."""
    rules: list[tuple[object, ...]] = []
    hits: list[tuple[object, ...]] = []
    proofs: list[tuple[object, ...]] = []
    for (builds, block_at, endpoint), cell in increments.cells.items():
        epoch, at = known.epoch_ids[builds], known.endpoint_ids[endpoint]
        head = (epoch, block_start(block_at, DAY_S), at)
        governed = cell.governed
        rules.extend((epoch, at, digest, block_at, block_at, n) for digest, n in governed.rules.items())
        hits.extend((*head, rule, n) for rule, n in governed.hits.items())
        proofs.extend((*head, *key, n) for key, n in governed.proofs.items())
    for statement, rows in ((sql.RULES_IN_FORCE, rules), (sql.RULE_HIT, hits), (sql.SELF_PROOF, proofs)):
        if rows:
            db.executemany(statement, rows)
    _store_causes(db, increments, known)


def _store_causes(db: sqlite3.Connection, increments: Increments, known: Known) -> None:
    added = increments.causes
    if added.counts:
        db.executemany(
            sql.FEATURE,
            [
                (known.epoch_ids[builds], known.endpoint_ids[endpoint], signature, name, n)
                for (builds, endpoint, signature, name), n in added.counts.items()
            ],
        )
    for (builds, signature), found in added.smallest.items():
        db.execute(
            "INSERT OR REPLACE INTO smallest VALUES (?, ?, ?, ?, ?)",
            (known.epoch_ids[builds], signature, found.bytes, found.seen_at, msgspec.json.encode(found.request)),
        )


def store_rulebook(db: sqlite3.Connection, digest: str, content: str, at: float) -> None:
    """Keep the text of a rule book under its digest; one that is known already stays as it is."""
    db.execute("INSERT OR IGNORE INTO rulebook VALUES (?, ?, ?)", (digest, at, content))


def load_causes(db: sqlite3.Connection, builds: dict[int, Builds]) -> causes.Memory:
    """Return the writer's memory of features and smallest requests."""
    if not has_table(db, "feature"):
        return causes.new_memory()
    names = (
        (f"{endpoint}\0{name}", endpoint)
        for endpoint, name in db.execute(
            "SELECT DISTINCT e.name, f.name FROM feature f JOIN endpoint e ON e.id = f.endpoint WHERE f.name != ''"
        )
    )
    smallest = {
        (builds[epoch], signature): size
        for epoch, signature, size in db.execute("SELECT epoch, signature, bytes FROM smallest")
    }
    return causes.new_memory(names, smallest)
