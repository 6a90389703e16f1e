"""Folded hours and days as rows of evidence."""

from __future__ import annotations

import sqlite3
from itertools import groupby
from operator import itemgetter

import msgspec

from shadow.ledger import rollup
from shadow.ledger.evidence import (
    JointRow,
    LatencyRow,
    MarkRow,
    OutcomeRow,
    PairingRow,
    RatioRow,
    SetMember,
    SetRow,
    TotalRow,
)
from shadow.ledger.rollup import Marks, Rollup
from shadow.ledger.schema import has_table
from shadow.records import Leg, Outcome, Triage

# An enum's own look-up takes longer than all else of a row.
OUTCOMES = {word.value: word for word in Outcome}
TRIAGES = {word.value: word for word in Triage}
LEGS = {word.value: word for word in Leg}


class Tiers(msgspec.Struct, kw_only=True):
    """The rows of one epoch and window that lie in folded hours and days."""

    outcomes: list[OutcomeRow] = []
    joints: list[JointRow] = []
    pairings: list[PairingRow] = []
    ratios: list[RatioRow] = []
    latencies: list[LatencyRow] = []
    marks: list[MarkRow] = []
    sets: list[SetRow] = []
    totals: list[TotalRow] = []


def read_tiers(db: sqlite3.Connection, window: dict[str, object], members: dict[str, tuple[SetMember, ...]]) -> Tiers:
    """Return the folded evidence of an epoch whose hour or day overlaps the window (`epoch`, `since`, `until`);
    nothing of a ledger that was made before there were tiers. Raises ValueError and KeyError for unknown words."""
    found = Tiers()
    if not has_table(db, "rollup"):
        return found
    # One text for all rows of an endpoint: what is added up by it later finds it by identity.
    names: dict[int, str] = dict(db.execute("SELECT id, name FROM endpoint"))
    # In the order of the key; only the names of one instant are left to be sorted, and no content is held for that.
    rows = db.execute(
        "SELECT width, block_at, endpoint, content FROM rollup"
        " WHERE epoch = :epoch AND block_at + width > :since AND block_at < :until ORDER BY width, block_at",
        window,
    )
    try:
        for (width, at), cells in groupby(rows, key=itemgetter(0, 1)):
            named = sorted((names[cell[2]], cell[3]) for cell in cells if cell[2] in names)
            for endpoint, content in named:
                _add(found, at, endpoint, width, rollup.decode(content), members)
    except KeyError as error:
        raise ValueError(f"{error} is no word of a rollup") from error
    found.totals = [
        TotalRow(
            block_at=row[0], pairs=row[1], new_bad=row[2], old_bad=row[3], both_bad=row[4], compared=row[5],
            failing=row[6],
        )
        for row in db.execute(
            "SELECT block_at, pairs, new_bad, old_bad, both_bad, compared, failing FROM block_total"
            " WHERE epoch = :epoch AND block_at >= :since AND block_at < :until ORDER BY block_at",
            window,
        )
    ]  # fmt: skip
    return found


def _add(
    found: Tiers, at: float, endpoint: str, width: float, cell: Rollup, members: dict[str, tuple[SetMember, ...]]
) -> None:
    """Add the rows of one endpoint and hour or day. Plain loops: there are hundreds of thousands of rows, and a
    generator for each handful of them takes longer than the rows."""
    for outcome, reason, triage, n in cell.outcomes:
        found.outcomes.append(
            OutcomeRow(
                block_at=at, endpoint=endpoint, outcome=OUTCOMES[outcome], reason=reason, triage=TRIAGES[triage], n=n,
                width_s=width,
            )
        )  # fmt: skip
    for leg, scale, packed in cell.histograms:
        found.latencies.append(
            LatencyRow(block_at=at, endpoint=endpoint, leg=LEGS[leg], scale=scale, packed=packed, width_s=width)
        )
    for leg, n, total, squares in cell.ratios:
        found.ratios.append(
            RatioRow(block_at=at, endpoint=endpoint, against=LEGS[leg], n=n, sum_log=total, sum_log2=squares)
        )
    for outcome, identity, triage, n, decided_at in cell.sets:
        found.sets.append(
            SetRow(
                block_at=at, endpoint=endpoint, outcome=OUTCOMES[outcome], members=members[identity], n=n,
                width_s=width, triage=TRIAGES[triage], decided_at=decided_at,
            )
        )  # fmt: skip
    for criterion, ok, old, new, both in cell.joints:
        found.joints.append(
            JointRow(
                block_at=at, endpoint=endpoint, criterion=criterion, both_ok=ok, old_bad=old, new_bad=new,
                both_bad=both, width_s=width,
            )
        )  # fmt: skip
    if any(cell.pairing):
        both, only_old, only_new, neither = cell.pairing
        found.pairings.append(
            PairingRow(block_at=at, endpoint=endpoint, both=both, only_old=only_old, only_new=only_new, neither=neither)
        )
    for question, marks in (("error", cell.errors), ("parity", cell.parity)):
        if marks.noisy:
            found.marks.append(_marks(at, endpoint, question, marks, width))
        elif marks.quiet:
            quiet = marks.quiet_blocks
            found.marks.append(
                MarkRow(block_at=at, endpoint=endpoint, question=question, quiet=quiet, noisy=(), width_s=width)
            )


def _marks(at: float, endpoint: str, question: str, marks: Marks, width: float) -> MarkRow:
    return MarkRow(
        block_at=at,
        endpoint=endpoint,
        question=question,
        quiet=marks.quiet_blocks,
        noisy=tuple([(n, new, old, both) for _, n, new, old, both in marks.noisy]),
        width_s=width,
        follows=marks.follows(),
    )
