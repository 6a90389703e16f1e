"""Counts that follow exchanges from one outcome to another: outcomes, 2x2 tables, and the blocks inside of folded days.
Pure, and cautious: where a count does not say which exchanges it is about, the move is taken to the candidate's harm.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from shadow.ledger.evidence import Evidence, JointRow, MarkRow, OutcomeRow, SetRow, TotalRow
from shadow.records import Outcome, Triage

# Whom a move takes first where it does not know: what does not count anyway.
_FIRST = (Triage.unstable, Triage.transient, Triage.pending, Triage.confirmed)

Where = tuple[float, float, str]
"""Start of the block, width, endpoint."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """The exchanges of a row of sets end in another outcome."""

    row: SetRow
    after: Outcome


def moved(evidence: Evidence, moves: Sequence[Move]) -> Evidence:
    """Return the evidence after the moves; no exchange is lost or made."""
    if not moves:
        return evidence
    by_cell: dict[Where, list[Move]] = defaultdict(list)
    for move in moves:
        by_cell[(move.row.block_at, move.row.width_s, move.row.endpoint)].append(move)
    worse = {where: n for where, found in by_cell.items() if (n := _net_worse(found)) > 0}
    return msgspec.structs.replace(
        evidence,
        outcomes=_outcomes(evidence.outcomes, by_cell),
        joints=_joints(evidence.joints, by_cell, evidence.outcomes),
        marks=tuple(_mark(row, worse) for row in evidence.marks),
        totals=_totals(evidence.totals, worse),
    )


def _net_worse(moves: Iterable[Move]) -> int:
    return sum(
        move.row.n * ((move.after is Outcome.mismatch) - (move.row.outcome is Outcome.mismatch)) for move in moves
    )


def _outcomes(rows: Iterable[OutcomeRow], by_cell: dict[Where, list[Move]]) -> tuple[OutcomeRow, ...]:
    kept: list[OutcomeRow] = []
    cells: dict[Where, Counter[tuple[Outcome, str, Triage]]] = defaultdict(Counter)
    for row in rows:
        where = (row.block_at, row.width_s, row.endpoint)
        if where in by_cell:
            cells[where][row.outcome, row.reason, row.triage] += row.n
        else:
            kept.append(row)
    for where, moves in by_cell.items():
        counts = cells[where]
        for move in moves:
            taken = _take(counts, move.row.outcome, move.row.triage, move.row.n)
            if taken:
                counts[move.after, "", Triage.pending] += taken
        block_at, width_s, endpoint = where
        kept.extend(
            OutcomeRow(
                block_at=block_at, endpoint=endpoint, outcome=key[0], reason=key[1], triage=key[2], n=n, width_s=width_s
            )
            for key, n in sorted(counts.items())
            if n
        )
    return tuple(kept)


def _take(counts: Counter[tuple[Outcome, str, Triage]], outcome: Outcome, triage: Triage, n: int) -> int:
    """Take up to n exchanges of an outcome away, those of this triage first; return how many there were."""
    order = sorted(
        (key for key in counts if key[0] is outcome and counts[key] > 0),
        key=lambda key: (key[2] is not triage, key[1] != "", _FIRST.index(key[2])),
    )
    left = n
    for key in order:
        part = min(left, counts[key])
        counts[key] -= part
        left -= part
    return n - left


def _joints(
    rows: Iterable[JointRow], by_cell: dict[Where, list[Move]], outcomes: Iterable[OutcomeRow]
) -> tuple[JointRow, ...]:
    failing: Counter[Where] = Counter()
    for row in outcomes:
        if row.outcome in (Outcome.mismatch, Outcome.candidate_failed):
            failing[(row.block_at, row.width_s, row.endpoint)] += row.n
    return tuple(_joint(row, by_cell, failing) for row in rows)


def _joint(row: JointRow, by_cell: dict[Where, list[Move]], failing: Counter[Where]) -> JointRow:
    """Move pairs of the criterion `mismatch`. Where rules changed, the secondary is taken to agree with the primary:
    what it differed in was judged by the rules of then, and its failings would excuse the candidate's."""
    where = (row.block_at, row.width_s, row.endpoint)
    moves = by_cell.get(where)
    if row.criterion != "mismatch" or moves is None:
        return row
    bad = row.new_bad + row.both_bad
    good = row.both_ok + row.old_bad
    worse = min(max(_net_worse(moves), 0), good)
    # Exchanges without a secondary are in no pair: only what exceeds them surely is.
    better = min(max(-_net_worse(moves) - max(failing[where] - bad, 0), 0), bad)
    return msgspec.structs.replace(
        row, both_ok=good - worse + better, old_bad=0, new_bad=bad + worse - better, both_bad=0
    )


def _mark(row: MarkRow, worse: dict[Where, int]) -> MarkRow:
    """Add failures to a folded hour or day as one more noisy block; better ones stay where they are."""
    n = worse.get((row.block_at, row.width_s, row.endpoint), 0)
    if row.question != "parity" or not n:
        return row
    return msgspec.structs.replace(row, noisy=(*row.noisy, (n, n, 0, 0)))


def _totals(rows: Sequence[TotalRow], worse: dict[Where, int]) -> tuple[TotalRow, ...]:
    """Add failures of folded hours and days to their first blocks that have room for them."""
    found = list(rows)
    for (block_at, width_s, _), n in worse.items():
        for index, row in enumerate(found):
            if width_s and n and block_at <= row.block_at < block_at + width_s:
                part = min(n, row.compared - row.failing)
                found[index] = msgspec.structs.replace(row, failing=row.failing + part)
                n -= part
    return tuple(found)
