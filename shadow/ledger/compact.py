"""Blocks fold into hours, hours into days, in small steps that a keeper takes beside its commits.

Each step is one transaction: what it adds to the coarser tier it deletes from the finer one, so that no reader ever
sees a count twice or not at all. Evidence that arrives late is folded later into the same row.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from typing import Any

from shadow.ledger import rollup
from shadow.ledger.rollup import AGREEING, DAY_S, EXCUSED, FAILING, HOUR_S, Rollup
from shadow.ledger.triage import KEPT_S
from shadow.ledger.watch import fold_watches
from shadow.records import Outcome, Triage

HOURS_AFTER_S = 2 * HOUR_S
"""Blocks older than this become hours."""

DAYS_AFTER_S = 2 * DAY_S
"""Hours of a day that ended longer ago than this become one day."""

CELLS = 40
"""Endpoints of one hour or day that one step folds."""

FINE = ("outcome", "joint", "pairing", "ratio", "histogram", "set_count", "set_triage")

_ADD_TOTAL = (
    "INSERT INTO block_total VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (epoch, block_at) DO UPDATE SET"
    " pairs = pairs + excluded.pairs, new_bad = new_bad + excluded.new_bad, old_bad = old_bad + excluded.old_bad,"
    " both_bad = both_bad + excluded.both_bad, compared = compared + excluded.compared,"
    " failing = failing + excluded.failing"
)
_STORE = "INSERT OR REPLACE INTO rollup (width, epoch, block_at, endpoint, requests, content) VALUES (?, ?, ?, ?, ?, ?)"
_FOLD_SIGNATURES = (
    "INSERT INTO signature_rollup SELECT ?1, epoch, ?2, signature, sum(n), sum(n_open), min(first_at), max(last_at)"
    " FROM {table} WHERE epoch = ?3 AND block_at >= ?2 AND block_at < ?4 {only} GROUP BY signature"
    " ON CONFLICT (width, epoch, block_at, signature) DO UPDATE SET n = n + excluded.n,"
    " n_open = n_open + excluded.n_open, first_at = min(first_at, excluded.first_at),"
    " last_at = max(last_at, excluded.last_at)"
)


def fold_step(db: sqlite3.Connection, now: float) -> bool:
    """Fold what is oldest, up to `CELLS` endpoints, within the caller's transaction; tell whether there was any."""
    old = now - DAYS_AFTER_S
    return _fold_hour(db, now - HOURS_AFTER_S) or _fold_day(db, old) or fold_watches(db, old - old % HOUR_S)


def _fold_hour(db: sqlite3.Connection, before: float) -> bool:
    for (epoch,) in db.execute("SELECT id FROM epoch ORDER BY id").fetchall():
        hour = float("-inf")
        while True:
            first = db.execute(
                "SELECT min(block_at) FROM outcome WHERE epoch = ? AND block_at >= ?", (epoch, hour)
            ).fetchone()[0]
            if first is None or (hour := first - first % HOUR_S) + HOUR_S > before:
                break
            if endpoints := _foldable(db, epoch, hour, before - KEPT_S):
                _fold_blocks(db, epoch, hour, endpoints)
                return True
            hour += HOUR_S
    return False


def _foldable(db: sqlite3.Connection, epoch: int, hour: float, given_up: float) -> list[int]:
    """Return endpoints of an hour in which no mismatch waits for a second look that may yet come: its decision will
    move counts of its own block."""
    waits = (
        "SELECT endpoint FROM triage_awaited WHERE epoch = ?1 AND block_at >= ?2 AND block_at < ?3 AND started_at > ?4"
    )
    found = db.execute(
        "SELECT DISTINCT endpoint FROM outcome WHERE epoch = ?1 AND block_at >= ?2 AND block_at < ?3"  # noqa: S608
        f" AND endpoint NOT IN ({waits}) ORDER BY endpoint LIMIT {CELLS}",
        (epoch, hour, hour + HOUR_S, given_up),
    )
    return [row[0] for row in found]


def _fold_blocks(db: sqlite3.Connection, epoch: int, hour: float, endpoints: list[int]) -> None:
    span = (epoch, hour, hour + HOUR_S)
    where = "epoch = ? AND block_at >= ? AND block_at < ?"
    chosen = f"{where} AND endpoint IN ({', '.join(str(int(key)) for key in endpoints)})"
    made: dict[int, Rollup] = {key: Rollup([], [], (0, 0, 0, 0), [], [], []) for key in endpoints}
    errors: dict[int, list[tuple[float, int, int, int, int]]] = defaultdict(list)
    shares: dict[tuple[int, float], list[int]] = defaultdict(lambda: [0, 0])
    totals: dict[float, list[int]] = defaultdict(lambda: [0] * 6)
    histograms: dict[tuple[int, str, int], dict[int, int]] = defaultdict(dict)

    def rows(table: str, columns: str) -> list[tuple[Any, ...]]:
        # Table and columns are words of this module, never input.
        return db.execute(f"SELECT endpoint, block_at, {columns} FROM {table} WHERE {chosen}", span).fetchall()  # noqa: S608

    for key, at, outcome, reason, triage, n in rows("outcome", "outcome, reason, triage, n"):
        made[key].outcomes.append((outcome, reason, triage, n))
        if (outcome in FAILING or outcome in AGREEING) and triage not in EXCUSED:
            share = shares[key, at]
            share[0] += n
            share[1] += n * (outcome in FAILING)
    for key, at, criterion, both_ok, old, new, both in rows("joint", "criterion, both_ok, old_bad, new_bad, both_bad"):
        made[key].joints.append((criterion, both_ok, old, new, both))
        if criterion == "error":
            n = both_ok + old + new + both
            errors[key].append((at, n, new, old, both))
            for index, count in enumerate((n, new, old, both)):
                totals[at][index] += count
    parts: dict[int, list[Rollup]] = defaultdict(list)
    for key, _, *four in rows("pairing", "both, only_old, only_new, neither"):
        parts[key].append(Rollup(pairing=tuple(four)))
    for key, _, *ratio in rows("ratio", "against, n, sum_log, sum_log2"):
        made[key].ratios.append(tuple(ratio))
    for key, _, leg, scale, bucket, n in rows("histogram", "leg, scale, bucket, n"):
        counts = histograms[key, leg, scale]
        counts[bucket] = counts.get(bucket, 0) + n
    for (key, leg, scale), counts in histograms.items():
        made[key].histograms.append((leg, scale, rollup.pack(counts)))
    decided: Counter[tuple[int, float, str]] = Counter()
    for key, at, identity, triage, n, last in rows("set_triage", "signature_set, triage, n, decided_at"):
        decided[key, at, identity] += n
        made[key].sets.append((Outcome.mismatch.value, identity, triage, n, last))
    for key, at, outcome, identity, n in rows("set_count", "outcome, signature_set, n"):
        left = n - decided[key, at, identity] if outcome == Outcome.mismatch else n
        if left:
            made[key].sets.append((outcome, identity, Triage.pending.value, left, 0.0))
    parity: dict[int, list[tuple[float, int, int, int, int]]] = defaultdict(list)
    for (key, at), (compared, failing) in shares.items():
        parity[key].append((at, compared, failing, 0, 0))
        totals[at][4] += compared
        totals[at][5] += failing
    for key, one in made.items():
        one.errors = rollup.mark(errors[key], hour)
        one.parity = rollup.mark(parity[key], hour)
        _add(db, HOUR_S, epoch, hour, key, [(hour, one), *((hour, part) for part in parts[key])])
    db.executemany(_ADD_TOTAL, [(epoch, at, *counts) for at, counts in totals.items()])
    for table in (*FINE, "triage_awaited"):  # what is still awaited here was given up
        db.execute(f"DELETE FROM {table} WHERE {chosen}", span)  # noqa: S608
    db.execute(_FOLD_SIGNATURES.format(table="signature_count", only=""), (HOUR_S, hour, epoch, hour + HOUR_S))
    db.execute(f"DELETE FROM signature_count WHERE {where}", span)  # noqa: S608


def _add(
    db: sqlite3.Connection, width: int, epoch: int, at: float, endpoint: int, parts: list[tuple[float, Rollup]]
) -> None:
    """Add rollups to the row of a coarser tier."""
    held = db.execute(
        "SELECT content FROM rollup WHERE epoch = ? AND width = ? AND block_at = ? AND endpoint = ?",
        (epoch, width, at, endpoint),
    ).fetchone()
    if held is not None:
        parts = [(at, rollup.decode(held[0])), *parts]
    whole = rollup.merge(parts, at)
    db.execute(_STORE, (width, epoch, at, endpoint, whole.requests, rollup.encode(whole)))


def _fold_day(db: sqlite3.Connection, before: float) -> bool:
    for (epoch,) in db.execute("SELECT id FROM epoch ORDER BY id").fetchall():
        first = db.execute(
            "SELECT min(block_at) FROM rollup WHERE epoch = ? AND width = ?", (epoch, HOUR_S)
        ).fetchone()[0]
        if first is None:
            continue
        day = first - first % DAY_S
        if day + DAY_S <= before:
            _fold_hours(db, epoch, day)
            return True
    return False


def _fold_hours(db: sqlite3.Connection, epoch: int, day: float) -> None:
    span = (epoch, HOUR_S, day, day + DAY_S)
    where = "epoch = ? AND width = ? AND block_at >= ? AND block_at < ?"
    found = f"SELECT DISTINCT endpoint FROM rollup WHERE {where} ORDER BY endpoint LIMIT {CELLS}"  # noqa: S608
    endpoints = [row[0] for row in db.execute(found, span)]
    chosen = f"{where} AND endpoint IN ({', '.join(str(int(key)) for key in endpoints)})"
    parts: dict[int, list[tuple[float, Rollup]]] = defaultdict(list)
    for key, at, content in db.execute(f"SELECT endpoint, block_at, content FROM rollup WHERE {chosen}", span):  # noqa: S608
        parts[key].append((at, rollup.decode(content)))
    for key, held in parts.items():
        _add(db, DAY_S, epoch, day, key, held)
    db.execute(f"DELETE FROM rollup WHERE {chosen}", span)  # noqa: S608
    db.execute(
        _FOLD_SIGNATURES.format(table="signature_rollup", only=f"AND width = {HOUR_S}"),
        (DAY_S, day, epoch, day + DAY_S),
    )
    db.execute(f"DELETE FROM signature_rollup WHERE {where}", span)  # noqa: S608
