"""Trips: did the candidate's breaker stay closed in so many hours in which it could have tripped.

Armed are the seconds in which the breaker was closed and requests went through it; an hour without requests, paused,
or with a dead keeper proves nothing. No trip is not "never": the rate that it really bounds is printed beside it.
Cannot see: whether the breaker would trip at all; `shadow` tests that, the candidate's own breakers are in `counters`.
"""

from __future__ import annotations

import msgspec

from reports.document import Criterion
from reports.statistics.binomial import zero_rate
from reports.words import count
from shadow.config.model import Trips
from shadow.ledger.evidence import Evidence, WatchRow
from shadow.records import CheckStatus

CONFIDENCE = 0.95
WEEK_H = 168.0
HOUR_S = 3600.0


def judge_trips(asked: Trips, evidence: Evidence) -> Criterion:
    """Return the one row: trips in the last armed hours of this build."""
    since = max(evidence.since, evidence.epoch.first_at if evidence.epoch else evidence.since)
    rows = [row for row in evidence.watches if row.name == "breaker:candidate" and since <= ends(row, evidence)]
    rows = [row for row in rows if row.block_at < evidence.until]
    taken = latest(rows, asked.armed_h * HOUR_S)
    armed_h = sum(row.seconds for row in taken) / HOUR_S
    trips = round(sum(row.n for row in taken))
    row = Criterion(
        name="trips",
        scope="all",
        unit="count",
        required=0.0,
        observed=float(trips) if taken else None,
        blocks=len(taken),
        since=min((row.block_at for row in taken), default=None),
    )
    if trips:
        reason = f"{count(trips, 'trip')} in the last {armed_h:.1f} armed hours; none allowed in {asked.armed_h:g}."
        return msgspec.structs.replace(row, status=CheckStatus.fail, reason=reason)
    if armed_h + 1e-6 < asked.armed_h:
        reason = (
            f"No trip in {armed_h:.1f} armed hours; {asked.armed_h:g} are asked for, "
            f"{asked.armed_h - armed_h:.1f} more needed."
        )
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, reason=reason)
    bound = zero_rate(armed_h, CONFIDENCE) * WEEK_H
    reason = (
        f"No trip in {armed_h:.1f} armed hours. That leaves up to {bound:.1f} trips a week plausible (95 %): "
        "it bounds a rate, and is not never."
    )
    return msgspec.structs.replace(row, status=CheckStatus.passed, bound=bound, reason=reason)


def ends(row: WatchRow, evidence: Evidence) -> float:
    """Return the latest instant that a row may tell of."""
    return row.block_at + max(evidence.block_s, row.seconds)


def latest(rows: list[WatchRow], seconds: float) -> list[WatchRow]:
    """Return the latest rows that hold so many seconds, or all of them, newest first."""
    taken, held = [], 0.0
    for row in sorted(rows, key=lambda row: -row.block_at):
        if held >= seconds - 1e-3:
            break
        taken.append(row)
        held += row.seconds
    return taken
