"""Counters: what the candidate says of itself, read by the keeper from its metrics.

A counter's rise survives restarts of the backend (a reading below the one before counts from nothing). Hours in which
nothing could be read prove nothing, and are counted against `up`.
Cannot see: peaks between two readings, and whether the backend counts rightly.
"""

from __future__ import annotations

from math import fsum

import msgspec

from reports.criteria.trips import HOUR_S, ends, latest
from reports.document import Better, Criterion
from shadow.config.model import Counter
from shadow.ledger.evidence import Evidence, WatchRow
from shadow.records import CheckStatus

UP = "candidate:up"


def judge_counters(asked: tuple[Counter, ...], evidence: Evidence) -> tuple[Criterion, ...]:
    """Return a row for each counter, in the order of the configuration."""
    return tuple(
        msgspec.structs.replace(judge_counter(counter, evidence), dry_run=counter.dry_run) for counter in asked
    )


def judge_counter(asked: Counter, evidence: Evidence) -> Criterion:
    """Return the answer for one counter over its latest watched hours."""
    name = watched_name(asked)
    since = max(evidence.since, evidence.epoch.first_at if evidence.epoch else evidence.since)
    rows = latest(
        [r for r in evidence.watches if r.name == name and since <= ends(r, evidence) and r.block_at < evidence.until],
        asked.over_h * HOUR_S,
    )
    hours = sum(row.seconds for row in rows) / HOUR_S
    readings = sum(row.n for row in rows)
    row = Criterion(
        name="counters",
        scope=asked.name,
        unit="ratio" if asked.what == "up" else "number",
        better=Better.lower if asked.most is not None else Better.higher,
        required=asked.most if asked.most is not None else asked.least,
        n=round(readings) if asked.what != "rise" else 0,
        blocks=len(rows),
        since=min((one.block_at for one in rows), default=None),
    )
    if not rows or (not readings and asked.what != "rise"):
        return msgspec.structs.replace(
            row, status=CheckStatus.inconclusive, reason=f"{asked.metric or 'The backend'} was never read."
        )
    value = value_of(asked, rows)
    row = msgspec.structs.replace(row, observed=value)
    if asked.least is not None and value < asked.least:
        row = msgspec.structs.replace(row, better=Better.higher, required=asked.least)
    shown = f"{WORDS[asked.what]} {value:,.6g} in {hours:.1f} watched hours"
    limits = [f"at most {asked.most:,.6g}" if asked.most is not None else "",
              f"at least {asked.least:,.6g}" if asked.least is not None else ""]  # fmt: skip
    wanted = " and ".join(text for text in limits if text)
    if (asked.most is not None and value > asked.most) or (
        asked.least is not None and value < asked.least and (hours + 1e-6 >= asked.over_h or asked.what != "up")
    ):
        return msgspec.structs.replace(row, status=CheckStatus.fail, reason=f"{shown}; {wanted} allowed.")
    if hours + 1e-6 < asked.over_h:
        reason = f"{shown}; {wanted} allowed over {asked.over_h:g} hours, {asked.over_h - hours:.1f} more needed."
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, reason=reason)
    return msgspec.structs.replace(row, status=CheckStatus.passed, reason=f"{shown}; {wanted} allowed.")


WORDS = {"rise": "Rose by", "highest": "Highest reading", "mean": "Mean reading", "up": "Readable in a share of"}


def watched_name(asked: Counter) -> str:
    """Return the name under which the keeper records what a counter asks for."""
    if asked.what == "up":
        return UP
    return f"candidate:{asked.metric}" + (":rise" if asked.what == "rise" else "")


def value_of(asked: Counter, rows: list[WatchRow]) -> float:
    """Return what the rows say of a counter."""
    readings = sum(row.n for row in rows)
    if asked.what == "rise":
        return readings
    if asked.what == "highest":
        return max((row.high for row in rows if row.high is not None), default=0.0)
    return fsum(row.total for row in rows) / readings
