"""Load: did the candidate bear a multiple of the peak, in a time of load that was marked (`shadow ledger mark-load`).

Cannot see: loads that nobody made, since mirrored traffic comes at the live pace; whether the marked time had the usual
mix of requests, or was one of the live peaks.
"""

from __future__ import annotations

import msgspec

from reports.document import Better, Criterion
from reports.statistics.binomial import upper_bound
from reports.words import count, percent_up
from shadow.config.model import Load
from shadow.ledger.evidence import Evidence
from shadow.records import CheckStatus

CONFIDENCE = 0.95


def judge_load(asked: Load, evidence: Evidence, at: float) -> Criterion:
    """Return the one row: the latest run of this build that is strong and young enough; a failed one stands until a
    later one has passed."""
    build = evidence.epoch.candidate_build if evidence.epoch else ""
    runs = [run for run in evidence.loads if build and run.build == build]
    row = Criterion(name="load", scope="all", unit="factor", better=Better.higher, required=asked.factor)
    if not runs:
        reason = f"No load of {asked.factor:g} times the peak is marked for this build (`shadow ledger mark-load`)."
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, reason=reason)
    strong = [run for run in runs if run.factor >= asked.factor]
    run = strong[0] if strong else max(runs, key=lambda run: run.factor)
    row = msgspec.structs.replace(row, observed=run.factor, n=run.requests, since=run.started_at)
    shown = f"{run.factor:.3g} times the peak, {count(run.requests, 'request')}, {run.failed:,} failed"
    age_h = (at - run.finished_at) / 3600.0
    worst = upper_bound(run.failed, run.requests, CONFIDENCE)
    if run.requests and run.failed / run.requests > asked.max_failed_ratio:
        reason = f"{shown}; {percent_up(asked.max_failed_ratio)} allowed."
        return msgspec.structs.replace(row, status=CheckStatus.fail, reason=reason)
    if not strong:
        reason = f"{shown}; {asked.factor:g} times are asked for."
    elif not -1.0 / 60.0 <= age_h <= asked.max_age_h:
        reason = f"{shown}; that was {age_h:.0f} h ago, at most {asked.max_age_h:g} allowed."
    elif worst > asked.max_failed_ratio:
        reason = f"{shown}; up to {percent_up(worst)} is plausible, {percent_up(asked.max_failed_ratio)} allowed."
    else:
        reason = f"{shown}; at most {percent_up(worst)} is plausible, {percent_up(asked.max_failed_ratio)} allowed."
        return msgspec.structs.replace(row, status=CheckStatus.passed, reason=reason)
    return msgspec.structs.replace(row, status=CheckStatus.inconclusive, reason=reason)
