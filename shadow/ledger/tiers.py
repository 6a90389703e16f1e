"""Folded hours and days as rows of evidence."""

from __future__ import annotations

import sqlite3

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
from shadow.ledger.rollup import Marks
from shadow.ledger.schema import has_table
from shadow.records import Leg, Outcome, Triage


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
    # An enum's own look-up takes longer than all else of a row.
    outcomes = {word.value: word for word in Outcome}
    triages = {word.value: word for word in Triage}
    legs = {word.value: word for word in Leg}
    for width, at, endpoint, content in db.execute(
        "SELECT t.width, t.block_at, e.name, t.content FROM rollup t JOIN endpoint e ON e.id = t.endpoint"
        " WHERE t.epoch = :epoch AND t.block_at + t.width > :since AND t.block_at < :until"
        " ORDER BY t.width, t.block_at, e.name",
        window,
    ):
        try:
            cell = rollup.decode(content)
            found.outcomes.extend(
                OutcomeRow(
                    block_at=at, endpoint=endpoint, outcome=outcomes[outcome], reason=reason, triage=triages[triage],
                    n=n, width_s=width,
                )
                for outcome, reason, triage, n in cell.outcomes
            )  # fmt: skip
            found.latencies.extend(
                LatencyRow(block_at=at, endpoint=endpoint, leg=legs[leg], scale=scale, packed=packed, width_s=width)
                for leg, scale, packed in cell.histograms
            )
            found.ratios.extend(
                RatioRow(block_at=at, endpoint=endpoint, against=legs[leg], n=n, sum_log=total, sum_log2=squares)
                for leg, n, total, squares in cell.ratios
            )
            found.sets.extend(
                SetRow(
                    block_at=at, endpoint=endpoint, outcome=outcomes[outcome], members=members[identity], n=n,
                    width_s=width, triage=triages[triage], decided_at=decided_at,
                )
                for outcome, identity, triage, n, decided_at in cell.sets
            )  # fmt: skip
        except KeyError as error:
            raise ValueError(f"{error} is no word of a rollup") from error
        found.joints.extend(
            JointRow(
                block_at=at, endpoint=endpoint, criterion=criterion, both_ok=ok, old_bad=old, new_bad=new,
                both_bad=both, width_s=width,
            )
            for criterion, ok, old, new, both in cell.joints
        )  # fmt: skip
        if any(cell.pairing):
            both, only_old, only_new, neither = cell.pairing
            found.pairings.append(
                PairingRow(
                    block_at=at, endpoint=endpoint, both=both, only_old=only_old, only_new=only_new, neither=neither
                )
            )
        for question, marks in (("error", cell.errors), ("parity", cell.parity)):
            if marks.quiet or marks.noisy:
                found.marks.append(_marks(at, endpoint, question, marks, width))
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


def _marks(at: float, endpoint: str, question: str, marks: Marks, width: float) -> MarkRow:
    return MarkRow(
        block_at=at,
        endpoint=endpoint,
        question=question,
        quiet=marks.quiet_blocks,
        noisy=tuple((n, new, old, both) for _, n, new, old, both in marks.noisy),
        width_s=width,
        follows=marks.follows(),
    )
