"""The reader: one consistent look at a ledger, as the rows of `shadow.ledger.evidence`."""

from __future__ import annotations

import glob
import sqlite3
from collections import defaultdict
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import TypeVar

import msgspec

from shadow.errors import LedgerError
from shadow.ledger import governance, schema, sql
from shadow.ledger.certificate import certificate_of
from shadow.ledger.database import connect_reader
from shadow.ledger.evidence import (
    Epoch,
    Evidence,
    HistogramRow,
    JointRow,
    OutcomeRow,
    PairingRow,
    RatioRow,
    SetMember,
    SetRow,
    SignatureRow,
)
from shadow.ledger.failures import translated
from shadow.ledger.gaps import load_gaps
from shadow.ledger.lanes import in_flight, row_of
from shadow.ledger.load import read_loads
from shadow.ledger.lock import is_kept
from shadow.ledger.signoff import read_chain
from shadow.ledger.store import load_lanes
from shadow.ledger.tiers import read_tiers
from shadow.ledger.triage import read_decided
from shadow.ledger.watch import read_watches
from shadow.records import DataCheck, Disposition, Example, Kind, Leg, Outcome, Triage

E = TypeVar("E", bound=StrEnum)

STALLED_S = 60.0
"""Past so many seconds without a commit the counters of a running mirror are old news."""


class _Words(dict[str, E]):
    """The members of a closed set by their words: an enum's own look-up takes longer than all else of a row."""

    def __init__(self, members: type[E]) -> None:
        super().__init__((member.value, member) for member in members)

    def __missing__(self, word: str) -> E:
        raise ValueError(f"{word!r} is not one of {', '.join(self)}")


_LEGS = _Words(Leg)
_OUTCOMES = _Words(Outcome)
_TRIAGES = _Words(Triage)


def read_evidence(
    path: Path, *, at: float, since: float | None = None, until: float | None = None, epoch: int | None = None
) -> Evidence:
    """Return the evidence of one epoch (default: the builds named last) in a window (default: all of it).

    Instants are Unix seconds. Rows come from every block, folded hour or folded day
    that overlaps [`since`, `until`). Lanes, checks (the latest
    of each pair and check), epochs and the three totals belong to the whole ledger, whatever the window: `accepted`
    and in flight are counted from the lanes, outcomes from the outcome rows, so that their sum can fail.
    Raises LedgerError for a ledger that is missing, empty, corrupt, of another version or without that epoch,
    EnvironmentFailure where it may not be read. Cannot see: which requests of a block lie outside the window.
    """
    db = connect_reader(path)
    try:
        with translated(path, "read"):
            db.execute("BEGIN")
            meta = schema.read_meta(db, path)
            epochs = _epochs(db)
            if epoch is None:
                chosen = epochs[0] if epochs else None
            else:
                chosen = next((held for held in epochs if held.id == epoch), None)
                if chosen is None:
                    ids = ", ".join(str(held.id) for held in epochs) or "none"
                    raise LedgerError(f"The ledger {path} has no epoch {epoch}.", f"Ask for one of: {ids}.")
            return _read(db, path, meta, epochs, chosen, at, since, until)
    finally:
        db.close()


def _read(
    db: sqlite3.Connection, path: Path, meta: dict[str, str], epochs: tuple[Epoch, ...], chosen: Epoch | None,
    at: float, since: float | None, until: float | None,
) -> Evidence:  # fmt: skip
    first, last = since if since is not None else float("-inf"), until if until is not None else float("inf")
    window: dict[str, object] = {
        "epoch": chosen.id if chosen else -1,
        "after": first - float(meta["block_s_max"]),
        "until": last,
        "since": first,
    }
    lanes = load_lanes(db).values()
    members = _members(db)
    tiers = read_tiers(db, window, members)
    # Listeners' counters lie beside the ledger as long as a run is not settled.
    unsettled = any(path.parent.glob(f"{glob.escape(path.name)}.lanes*"))
    kept = unsettled and is_kept(path)
    return Evidence(
        ledger_id=meta["ledger_id"],
        path=str(path),
        read_at=at,
        since=since if since is not None else chosen.first_at if chosen else at,
        until=until if until is not None else at,
        epoch=chosen,
        epochs=epochs,
        redaction_key_id=meta["redaction_key_id"],
        block_s=float(meta["block_s"]),
        outcomes=(*_outcomes(db, window), *tiers.outcomes),
        joints=(*(
            JointRow(
                block_at=row[0], endpoint=row[1], criterion=row[2],
                both_ok=row[3], old_bad=row[4], new_bad=row[5], both_bad=row[6],
            )
            for row in _rows(db, "joint", "criterion, both_ok, old_bad, new_bad, both_bad", window)
        ), *tiers.joints),
        pairings=(*(
            PairingRow(
                block_at=row[0], endpoint=row[1], both=row[2], only_old=row[3], only_new=row[4], neither=row[5]
            )
            for row in _rows(db, "pairing", "both, only_old, only_new, neither", window)
        ), *tiers.pairings),
        ratios=(*(
            RatioRow(
                block_at=row[0], endpoint=row[1], against=_LEGS[row[2]], n=row[3], sum_log=row[4], sum_log2=row[5]
            )
            for row in _rows(db, "ratio", "against, n, sum_log, sum_log2", window)
        ), *tiers.ratios),
        histograms=tuple(
            HistogramRow(block_at=row[0], endpoint=row[1], leg=_LEGS[row[2]], scale=row[3], bucket=row[4], n=row[5])
            for row in _rows(db, "histogram", "leg, scale, bucket, n", window)
        ),
        latencies=tuple(tiers.latencies),
        marks=tuple(tiers.marks),
        totals=tuple(tiers.totals),
        watches=read_watches(db),
        loads=read_loads(db),
        signoffs=read_chain(db),
        sets=(*_sets(db, window, members), *tiers.sets),
        signatures=_signatures(db, window),
        gaps=load_gaps(db, window),
        rulebooks=governance.rulebooks(db),
        rules=governance.rules(db, window),
        hits=governance.hits(db, window),
        proofs=governance.proofs(db, window),
        features=governance.features(db, window),
        lanes=tuple(row_of(state) for state in lanes),
        checks=_checks(db),
        accepted_total=sum(state.lane.accepted for state in lanes),
        in_flight_total=sum(in_flight(state) for state in lanes),
        outcomes_total=_outcomes_total(db),
        is_abandoned=unsettled and not kept,
        stalled_s=stalled_s(meta.get(schema.STORED_AT), at) if unsettled and kept else 0.0,
        certificate=certificate_of(db, chosen.primary_build, block_s=float(meta["block_s_max"])) if chosen else None,
    )  # fmt: skip


def _rows(db: sqlite3.Connection, table: str, columns: str, window: dict[str, object]) -> sqlite3.Cursor:
    listed = ", ".join(f"t.{column.strip()}" for column in columns.split(","))
    # Table and columns are words of this module, never input.
    statement = (
        f"SELECT t.block_at, e.name, {listed} FROM {table} t JOIN endpoint e ON e.id = t.endpoint"  # noqa: S608
        " WHERE t.epoch = :epoch AND t.block_at > :after AND t.block_at < :until"
        f" ORDER BY t.block_at, e.name, {listed}"
    )
    return db.execute(statement, window)


def stalled_s(stored_at: str | None, at: float) -> float:
    """Return for how many seconds a mirror that is at work has stored nothing, 0 below `STALLED_S`. Pure.

    A keeper stores something every few seconds, if only that it is there. What was stored in the future says nothing:
    the clock was set back, and the next word is waited for.
    """
    if stored_at is None:
        return inf
    age_s = at - float(stored_at)
    return abs(age_s) if abs(age_s) > STALLED_S else 0.0


def _epochs(db: sqlite3.Connection) -> tuple[Epoch, ...]:
    """Return every epoch, the one named last first."""
    return tuple(
        Epoch(id=row[0], primary_build=row[1], candidate_build=row[2], first_at=row[3], last_at=row[4])
        for row in db.execute(sql.EPOCHS)
    )


def _outcomes(db: sqlite3.Connection, window: dict[str, object]) -> tuple[OutcomeRow, ...]:
    return tuple(
        OutcomeRow(
            block_at=row[0],
            endpoint=row[1],
            outcome=_OUTCOMES[row[2]],
            reason=row[3],
            triage=_TRIAGES[row[4]],
            n=row[5],
        )
        for row in _rows(db, "outcome", "outcome, reason, triage, n", window)
    )


def _outcomes_total(db: sqlite3.Connection) -> int:
    total: int = db.execute("SELECT coalesce(sum(n), 0) FROM outcome").fetchone()[0]
    if schema.has_table(db, "rollup"):
        total += db.execute("SELECT coalesce(sum(requests), 0) FROM rollup").fetchone()[0]
    return total


def _members(db: sqlite3.Connection) -> dict[str, tuple[SetMember, ...]]:
    members: dict[str, tuple[SetMember, ...]] = {}
    for identity, text in db.execute("SELECT id, members FROM signature_set"):
        members[identity] = tuple(
            SetMember(signature=signature, disposition=Disposition(disposition), by=by)
            for signature, disposition, by in msgspec.json.decode(text, type=list[tuple[str, str, str]])
        )
    return members


def _sets(
    db: sqlite3.Connection, window: dict[str, object], members: dict[str, tuple[SetMember, ...]]
) -> tuple[SetRow, ...]:
    decided = read_decided(db, window) if schema.has_table(db, "set_triage") else {}
    found: list[SetRow] = []
    for block_at, endpoint, outcome, identity, n in _rows(db, "set_count", "outcome, signature_set, n", window):
        at = {"block_at": block_at, "endpoint": endpoint, "outcome": _OUTCOMES[outcome], "members": members[identity]}
        later = decided.get((block_at, endpoint, identity), ()) if outcome == Outcome.mismatch else ()
        left = n - sum(each[1] for each in later)
        if left:
            found.append(SetRow(**at, n=left))
        found += [SetRow(**at, n=each, triage=triage, decided_at=last) for triage, each, last in later]
    return tuple(found)


def _signatures(db: sqlite3.Connection, window: dict[str, object]) -> tuple[SignatureRow, ...]:
    """Return the signatures seen in the window, most frequent first; examples are those of the epoch."""
    examples: dict[str, dict[int, Example]] = defaultdict(dict)
    decoded: dict[int, Example] = {}
    for signature, key, content in db.execute(
        "SELECT s.signature, s.example, x.content FROM example_slot s JOIN example x ON x.id = s.example"
        " WHERE s.epoch = :epoch ORDER BY s.signature, s.slot",
        window,
    ):
        if key not in decoded:
            decoded[key] = msgspec.json.decode(content, type=Example)
        examples[signature][key] = decoded[key]
    smallest = governance.smallest(db, window)
    return tuple(
        SignatureRow(
            id=row[0], endpoint=row[1], group=row[2], kind=Kind(row[3]), note=row[4], n=row[5], n_open=row[6],
            first_at=row[7], last_at=row[8],
            examples=tuple(sorted(examples[row[0]].values(), key=lambda example: example.observed_at)),
            smallest=smallest.get(row[0]),
        )
        for row in db.execute(
            'SELECT s.id, s.endpoint, s."group", s.kind, s.note, sum(t.n) AS total, sum(t.n_open), min(t.first_at),'  # noqa: S608
            f" max(t.last_at) FROM ({_counted(db)}) t JOIN signature s ON s.id = t.signature"
            ' GROUP BY s.id ORDER BY total DESC, s.endpoint, s."group", s.kind',
            window,
        )
    )  # fmt: skip


def _counted(db: sqlite3.Connection) -> str:
    """Return the statement that gives the signature counts of every tier in the window."""
    columns = "signature, n, n_open, first_at, last_at"
    blocks = (
        f"SELECT {columns} FROM signature_count"  # noqa: S608
        " WHERE epoch = :epoch AND block_at > :after AND block_at < :until"
    )
    if not schema.has_table(db, "signature_rollup"):
        return blocks
    folded = (
        f" UNION ALL SELECT {columns} FROM signature_rollup"  # noqa: S608
        " WHERE epoch = :epoch AND block_at + width > :since AND block_at < :until"
    )
    return blocks + folded


def _checks(db: sqlite3.Connection) -> tuple[DataCheck, ...]:
    """Return the latest run of each check on each pair."""
    latest: dict[tuple[str, str], DataCheck] = {}
    for (content,) in db.execute("SELECT content FROM data_check ORDER BY pair, name, finished_at, run_id"):
        check = msgspec.json.decode(content, type=DataCheck)
        latest[(check.pair, check.check)] = check
    return tuple(latest.values())
