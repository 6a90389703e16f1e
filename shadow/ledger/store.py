"""The SQL of the writer: increments to rows that add up, and the writer's memory from rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from shadow.ledger import sql
from shadow.ledger.caps import (
    MAX_REASONS,
    MAX_SETS,
    MAX_SETS_PER_ENDPOINT,
    MAX_SIGNATURES,
    MAX_SIGNATURES_PER_ENDPOINT,
    Cap,
    stands_for_others,
)
from shadow.ledger.certificate import store_itself
from shadow.ledger.epochs import Builds, EpochBook
from shadow.ledger.governing import load_causes, store_governed
from shadow.ledger.histogram import SCALE
from shadow.ledger.increments import Increments
from shadow.ledger.known import Known
from shadow.ledger.lanebook import from_text, to_text
from shadow.ledger.lanes import LaneState
from shadow.ledger.schema import has_table
from shadow.ledger.triage import store_awaited
from shadow.records import Lane

KEPT_EXAMPLE_EPOCHS = 8
"""Epochs whose examples are kept, the latest ones."""


def store_increments(db: sqlite3.Connection, increments: Increments, known: Known) -> None:
    """Write increments within the caller's transaction; new endpoints and epochs get their ids."""
    for builds, span in increments.epochs.items():
        epoch = _epoch_id(db, builds, span.first_at, known)
        db.execute(sql.EPOCH_SPAN, (span.first_at, span.last_at, span.named_at, epoch))
    db.executemany(
        "INSERT OR IGNORE INTO signature VALUES (?, ?, ?, ?, '')",
        [(key, endpoint, group, kind) for key, (endpoint, group, kind) in increments.new_signatures.items()],
    )
    db.executemany(
        "UPDATE signature SET note = ? WHERE id = ?", [(note, key) for key, note in increments.notes.items()]
    )
    db.executemany(
        "INSERT OR IGNORE INTO signature_set VALUES (?, ?, ?)",
        [
            (key, endpoint, msgspec.json.encode(members).decode())
            for key, (endpoint, members) in increments.new_sets.items()
        ],
    )
    _store_cells(db, increments, known)
    db.executemany(
        sql.SIGNATURE_COUNT,
        [
            (known.epoch_ids[builds], block_at, signature, count.n, count.n_open, count.first_at, count.last_at)
            for (builds, block_at, signature), count in increments.signatures.items()
        ],
    )
    _store_examples(db, increments, known)
    store_itself(db, increments.itself)
    store_awaited(db, increments.awaited, known.epoch_ids, known.endpoint_ids)
    store_governed(db, increments, known)


def _store_cells(db: sqlite3.Connection, increments: Increments, known: Known) -> None:
    outcomes: list[tuple[object, ...]] = []
    joints: list[tuple[object, ...]] = []
    pairings: list[tuple[object, ...]] = []
    ratios: list[tuple[object, ...]] = []
    buckets: list[tuple[object, ...]] = []
    sets: list[tuple[object, ...]] = []
    for (builds, block_at, endpoint), cell in increments.cells.items():
        head = (known.epoch_ids[builds], block_at, _endpoint_id(db, endpoint, known))
        outcomes.extend((*head, *key, n) for key, n in cell.outcomes.items())
        joints.extend(
            (*head, name, *four) for name, four in (("error", cell.error), ("mismatch", cell.mismatch)) if any(four)
        )
        if any(cell.pairing):
            pairings.append((*head, *cell.pairing))
        ratios.extend((*head, against, *sums) for against, sums in cell.ratios.items())
        buckets.extend((*head, leg, SCALE, bucket, n) for (leg, bucket), n in cell.buckets.items())
        sets.extend((*head, *key, n) for key, n in cell.sets.items())
    db.executemany(sql.OUTCOME, outcomes)
    db.executemany(sql.JOINT, joints)
    db.executemany(sql.PAIRING, pairings)
    db.executemany(sql.RATIO, ratios)
    db.executemany(sql.HISTOGRAM, buckets)
    db.executemany(sql.SET_COUNT, sets)


def _store_examples(db: sqlite3.Connection, increments: Increments, known: Known) -> None:
    """Fill the slots; an example shared by several signatures is stored once, and goes when no slot holds it."""
    stored: dict[int, int] = {}
    replaced: list[tuple[int]] = []
    for (builds, signature, slot), example in increments.slots.items():
        row = stored.get(id(example))
        if row is None:
            cursor = db.execute("INSERT INTO example (content) VALUES (?)", (msgspec.json.encode(example),))
            assert cursor.lastrowid is not None
            row = stored[id(example)] = cursor.lastrowid
        key = (known.epoch_ids[builds], signature, slot)
        held = db.execute(sql.SLOT, key).fetchone()
        if held is not None:
            replaced.append((held[0],))
        db.execute("INSERT OR REPLACE INTO example_slot VALUES (?, ?, ?, ?)", (*key, row))
    db.executemany(sql.FREE, replaced)
    db.executemany(
        "INSERT OR REPLACE INTO example_seen VALUES (?, ?, ?)",
        [(known.epoch_ids[builds], signature, n) for (builds, signature), n in increments.seen.items()],
    )


def store_lanes(db: sqlite3.Connection, lanes: Iterable[LaneState]) -> None:
    """Write lanes whole, within the caller's transaction."""
    written = list(lanes)
    db.executemany(sql.LANE, [_lane_values(state) for state in written])
    db.executemany(
        sql.LANE_CLASS,
        [
            (lane.lane, name, lane.mirrored.get(name, 0), lane.shed.get(name, 0))
            for lane in (state.lane for state in written)
            for name in lane.mirrored | lane.shed
        ],
    )


def _lane_values(state: LaneState) -> tuple[object, ...]:
    lane = state.lane
    local = msgspec.json.encode(lane.local).decode()
    return (
        lane.lane, lane.started_at, lane.closed, state.known, state.final,
        lane.accepted, lane.open, lane.handed, local, to_text(state.book),
    )  # fmt: skip


def drop_lanes(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """Remove lanes whose counts are in another row now, within the caller's transaction."""
    for name in names:
        db.execute("DELETE FROM lane WHERE lane = ?", (name,))
        db.execute("DELETE FROM lane_class WHERE lane = ?", (name,))


def load_lanes(db: sqlite3.Connection) -> dict[str, LaneState]:
    """Return every lane by name."""
    mirrored: dict[str, dict[str, int]] = {}
    shed: dict[str, dict[str, int]] = {}
    for name, request_class, *counts in db.execute(sql.LANE_CLASSES) if has_table(db, "lane_class") else ():
        for counted, n in zip((mirrored, shed), counts, strict=True):
            if n:
                counted.setdefault(name, {})[request_class] = n
    states = {}
    for name, started_at, closed, known, final, accepted, opened, handed, local, acked in db.execute(sql.LANES):
        lane = Lane(
            lane=name, started_at=started_at, closed=bool(closed), accepted=accepted, open=opened, handed=handed,
            local=msgspec.json.decode(local, type=dict[str, int]), mirrored=mirrored.get(name, {}),
            shed=shed.get(name, {}),
        )  # fmt: skip
        states[name] = LaneState(lane=lane, book=from_text(acked), known=bool(known), final=bool(final))
    return states


def load_known(db: sqlite3.Connection, *, max_endpoints: int) -> Known:
    """Return the writer's memory of a ledger."""
    epochs = list(db.execute(sql.EPOCHS))
    builds: dict[int, Builds] = {row[0]: (row[1], row[2]) for row in epochs}
    book = EpochBook(
        current=builds[epochs[0][0]] if epochs else None,
        named_at=epochs[0][5] if epochs else None,
        known=tuple(builds.values()),
    )
    endpoints = {name: key for key, name in db.execute("SELECT id, name FROM endpoint")}
    signatures = list(db.execute("SELECT id, endpoint, note FROM signature"))
    return Known(
        epochs=book,
        endpoints=Cap(max_endpoints, known=((name, "") for name in endpoints if not stands_for_others(name))),
        reasons=Cap(MAX_REASONS, known=((row[0], "") for row in db.execute("SELECT DISTINCT reason FROM outcome"))),
        signatures=Cap(MAX_SIGNATURES, MAX_SIGNATURES_PER_ENDPOINT, ((row[0], row[1]) for row in signatures)),
        sets=Cap(MAX_SETS, MAX_SETS_PER_ENDPOINT, db.execute("SELECT id, endpoint FROM signature_set")),
        notes={row[0]: row[2] for row in signatures if row[2]},
        seen={(builds[row[0]], row[1]): row[2] for row in db.execute("SELECT epoch, signature, n FROM example_seen")},
        lanes=load_lanes(db),
        epoch_ids={pair: key for key, pair in builds.items()},
        endpoint_ids=endpoints,
        causes=load_causes(db, builds),
    )


def _epoch_id(db: sqlite3.Connection, builds: Builds, at: float, known: Known) -> int:
    epoch = known.epoch_ids.get(builds)
    if epoch is None:
        _forget_examples(db, known)
        cursor = db.execute(sql.NEW_EPOCH, (*builds, at, at))
        assert cursor.lastrowid is not None
        epoch = known.epoch_ids[builds] = cursor.lastrowid
    return epoch


def _forget_examples(db: sqlite3.Connection, known: Known) -> None:
    """Make room before an epoch begins: examples stay for the latest epochs only, counts stay for all."""
    old = [row[0] for row in db.execute(sql.EPOCHS)][KEPT_EXAMPLE_EPOCHS - 1 :]
    for table in ("example_slot", "example_seen"):
        db.executemany(f"DELETE FROM {table} WHERE epoch = ?", [(epoch,) for epoch in old])  # noqa: S608
    db.execute("DELETE FROM example WHERE id NOT IN (SELECT example FROM example_slot)")
    dropped = {builds for builds, epoch in known.epoch_ids.items() if epoch in old}
    known.seen = {key: n for key, n in known.seen.items() if key[0] not in dropped}


def _endpoint_id(db: sqlite3.Connection, name: str, known: Known) -> int:
    endpoint = known.endpoint_ids.get(name)
    if endpoint is None:
        cursor = db.execute("INSERT INTO endpoint (name) VALUES (?)", (name,))
        assert cursor.lastrowid is not None
        endpoint = known.endpoint_ids[name] = cursor.lastrowid
    return endpoint
