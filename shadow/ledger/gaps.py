"""Gaps as rows: those of one kind that follow each other closely become one, so that a process that dies again and
again does not fill the ledger. What was lost and how long it lasted stay exact sums.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from shadow.ledger.schema import has_table
from shadow.records import Gap, GapKind

MERGE_S = 60.0
"""Gaps of one kind no further apart than this are one row."""

MOST_DETAIL = 200

_JOINED = "SELECT g.kind, g.started_at, g.ended_at, g.lost, g.detail, coalesce(m.times, 1), coalesce(m.sum_s, 0.0)"
_PLAIN = "SELECT g.kind, g.started_at, g.ended_at, g.lost, g.detail, 1, 0.0"


def length_s(gap: Gap) -> float:
    """Return for how many seconds evidence was missing: where a row stands for several gaps, in all of them together,
    else from begin to end."""
    return gap.sum_s if gap.times > 1 else max(gap.ended_at - gap.started_at, 0.0)


def in_order(gap: Gap) -> Gap:
    """Return the gap with an end that is not before its begin: the clock may have been set back meanwhile."""
    if gap.ended_at >= gap.started_at:
        return gap
    return msgspec.structs.replace(gap, started_at=gap.ended_at)


def down_gap(stored_at: float, started_at: float, lost: int) -> Gap:
    """Return the gap between what one run stored last and the start of the next, with what was lost of the former.
    Where the clock went back meanwhile nobody knows how long it was: it has no length, and says so."""
    if started_at >= stored_at:
        detail = "no mirror was running"
    else:
        detail = f"no mirror was running; the clock went back by {stored_at - started_at:.0f} s or more"
    return in_order(
        Gap(kind=GapKind.mirror_down, started_at=stored_at, ended_at=started_at, lost=lost, detail=detail)
    )


def are_close(one: Gap, other: Gap) -> bool:
    """Tell whether two gaps become one row."""
    between = max(one.started_at, other.started_at) - min(one.ended_at, other.ended_at)
    return one.kind is other.kind and between <= MERGE_S


def joined(one: Gap, other: Gap) -> Gap:
    """Return one gap that stands for both: from the earlier begin to the later end, with the sums of both."""
    details = one.detail.split("; ")
    detail = one.detail if other.detail in details else f"{one.detail}; {other.detail}"
    return Gap(
        kind=one.kind,
        started_at=min(one.started_at, other.started_at),
        ended_at=max(one.ended_at, other.ended_at),
        lost=one.lost + other.lost,
        detail=detail if len(detail) <= MOST_DETAIL else one.detail,
        times=one.times + other.times,
        sum_s=length_s(one) + length_s(other),
    )


def store_gaps(db: sqlite3.Connection, gaps: Sequence[Gap]) -> None:
    """Add gaps within the caller's transaction, each to the latest one of its kind where that is close."""
    for gap in map(in_order, gaps):
        row = db.execute(
            f"{_JOINED}, g.id FROM gap g LEFT JOIN gap_merged m ON m.gap = g.id"
            " WHERE g.kind = ? ORDER BY g.id DESC LIMIT 1",
            (gap.kind,),
        ).fetchone()
        before = None if row is None else _gap(row)
        if before is None or not are_close(before, gap):
            db.execute(
                "INSERT INTO gap (kind, started_at, ended_at, lost, detail) VALUES (?, ?, ?, ?, ?)",
                (gap.kind, gap.started_at, gap.ended_at, gap.lost, gap.detail),
            )
            continue
        one = joined(before, gap)
        db.execute(
            "UPDATE gap SET started_at = ?, ended_at = ?, lost = ?, detail = ? WHERE id = ?",
            (one.started_at, one.ended_at, one.lost, one.detail, row[7]),
        )
        db.execute("INSERT OR REPLACE INTO gap_merged (gap, times, sum_s) VALUES (?, ?, ?)",
                   (row[7], one.times, one.sum_s))


def load_gaps(db: sqlite3.Connection, window: dict[str, object]) -> tuple[Gap, ...]:
    """Return the gaps that overlap the window [`since`, `until`), in order."""
    if has_table(db, "gap_merged"):
        rows = f"{_JOINED} FROM gap g LEFT JOIN gap_merged m ON m.gap = g.id"
    else:
        rows = f"{_PLAIN} FROM gap g"
    return tuple(
        _gap(row)
        for row in db.execute(
            f"{rows} WHERE g.ended_at >= :since AND g.started_at < :until ORDER BY g.started_at, g.id", window
        )
    )


def _gap(row: Sequence[object]) -> Gap:
    kind, started_at, ended_at, lost, detail, times, sum_s = row[:7]
    return msgspec.convert(
        {"kind": kind, "started_at": started_at, "ended_at": ended_at, "lost": lost, "detail": detail,
         "times": times, "sum_s": sum_s},
        Gap,
    )
