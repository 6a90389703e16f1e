"""What a time of high load was: its rate against the usual peak, both from the ledger's own blocks.

The rate is that of requests which were sent to both backends, over the whole blocks within the time; the usual peak is
that of the busiest block outside of it and of every other marked time, whatever the builds. What was shed or not sent
counts as no load. Nobody's word is taken for any of the numbers.
Cannot see: peaks shorter than a block; whether the mix of requests was the usual one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from math import ceil, floor
from pathlib import Path

import msgspec

from shadow.config.model import Ledger
from shadow.errors import EvidenceError, LedgerError
from shadow.ledger import schema
from shadow.ledger.database import connect_reader
from shadow.ledger.failures import translated
from shadow.ledger.load import LoadRun, read_loads
from shadow.ledger.signoff import new_id

LEAST_BLOCKS = 2
"""Whole blocks that a time has to hold; a burst is no load."""

LEAST_USUAL_S = 86400.0
"""How long the usual traffic has to be known: the peak of a night is none."""


class Block(msgspec.Struct, frozen=True):
    """One block over all endpoints: requests sent to both backends, and those that the candidate failed."""

    epoch: int
    block_at: float
    pairs: int
    failed: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A time of load: mean rate and usual peak (requests per second), what was sent and what failed."""

    epoch: int
    since: float
    until: float
    rate: float
    peak: float
    requests: int
    failed: int


def measure(
    blocks: Sequence[Block], block_s: float, since: float, until: float, marked: Sequence[LoadRun] = ()
) -> Measured:
    """Return what the load from `since` to `until` (Unix seconds) was.

    Raises EvidenceError where the time holds too few whole blocks or two builds, where less than a day of usual
    traffic is known, or where the time was marked before.
    """
    first, last = ceil(since / block_s - 1e-9) * block_s, floor(until / block_s + 1e-9) * block_s
    if last - first < LEAST_BLOCKS * block_s - 1e-6:
        raise EvidenceError(
            f"The time holds fewer than {LEAST_BLOCKS} whole blocks of {block_s:g} s.", "Load it for longer."
        )
    if any(run.started_at < last and first < run.finished_at for run in marked):
        raise EvidenceError("A part of this time was marked before.", "`shadow gate --json` shows what counts.")
    inside = [block for block in blocks if first <= block.block_at < last]
    epochs = {block.epoch for block in inside if block.pairs}
    if len(epochs) != 1:
        raise EvidenceError(
            "Within this time two builds were mirrored." if epochs else "Within this time nothing was mirrored.",
            "Choose a time within one build, in UTC; `shadow report` shows the evidence of each day.",
        )
    usual: dict[float, int] = {}
    for block in blocks:
        at = floor(block.block_at / block_s) * block_s
        taken = [(since, until), *((run.started_at, run.finished_at) for run in marked)]
        if not any(begin < at + block_s and at < end for begin, end in taken):
            usual[at] = usual.get(at, 0) + block.pairs
    if not usual or max(usual) - min(usual) + block_s < LEAST_USUAL_S or not max(usual.values()):
        raise EvidenceError(
            "Less than a day of usual traffic is recorded, so nobody knows its peak.", "Mirror for a day, then mark."
        )
    requests = sum(block.pairs for block in inside)
    return Measured(
        epoch=epochs.pop(), since=first, until=last, rate=requests / (last - first),
        peak=max(usual.values()) / block_s, requests=requests, failed=sum(block.failed for block in inside),
    )  # fmt: skip


def read_blocks(db: sqlite3.Connection) -> list[Block]:
    """Return every block of every epoch, late parts of a folded one beside it."""
    rows = db.execute(
        "SELECT epoch, block_at, SUM(both_ok + old_bad + new_bad + both_bad), SUM(new_bad + both_bad) FROM joint"
        " WHERE criterion = 'error' GROUP BY epoch, block_at"
    ).fetchall()
    if schema.has_table(db, "block_total"):
        rows += db.execute("SELECT epoch, block_at, pairs, new_bad + both_bad FROM block_total").fetchall()
    return [Block(*row) for row in rows]


def mark_load(path: Path, settings: Ledger, since: float, until: float, note: str = "") -> tuple[LoadRun, Measured]:
    """Measure a time of load, store it beside whoever keeps the ledger, and return it.

    Raises LedgerError where the ledger is missing, EvidenceError where the time cannot count.
    """
    from shadow.ledger.writer import LedgerWriter

    if not path.exists():
        raise LedgerError(f"There is no ledger at {path}.", "Set ledger.path to the ledger that a mirror wrote.")
    db = connect_reader(path)
    try:
        with translated(path, "read"):
            block_s = float(schema.read_meta(db, path)["block_s_max"])
            found = measure(read_blocks(db), block_s, since, until, read_loads(db))
            (build,) = db.execute("SELECT candidate_build FROM epoch WHERE id = ?", (found.epoch,)).fetchone()
    finally:
        db.close()
    if not build:
        raise EvidenceError("Nobody knows which build bore this load.", "Set candidate.build or its build_header.")
    run = LoadRun(
        id=new_id(), build=build, started_at=found.since, finished_at=found.until, factor=found.rate / found.peak,
        requests=found.requests, failed=found.failed, note=note,
    )  # fmt: skip
    with LedgerWriter.open(path, settings) as writer:
        writer.record_load(run)
    return run, found
