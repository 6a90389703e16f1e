"""What second looks made of mismatches, what they changed in hindsight, and the old build against itself."""

from __future__ import annotations

from datetime import UTC, datetime

from reports.evidence.tally import EndpointTally
from reports.statistics.binomial import upper_bound
from reports.words import count, listed, percent_up
from shadow.ledger.evidence import Evidence
from shadow.records import Triage

CONFIDENCE = 0.95


def about_second_looks(evidence: Evidence, pooled: EndpointTally) -> list[str]:
    """Say how many mismatches were not confirmed, with their rates, and which decisions changed what was counted
    before."""
    found = []
    if pooled.excused:
        transient, unstable = (pooled.triages.get(each, 0) for each in (Triage.transient, Triage.unstable))
        total = pooled.compared + pooled.excused
        found.append(
            f"{count(pooled.excused, 'mismatch', 'mismatches')} of {total:,} compared "
            f"({percent_up(pooled.excused / total)}) were not confirmed by a second look and count neither way: "
            f"{transient:,} transient (the data had changed), {unstable:,} unstable (a backend contradicted itself)."
        )
    late = [row for row in evidence.sets if row.decided_at > row.block_at + (row.width_s or evidence.block_s)]
    if late:
        last = datetime.fromtimestamp(max(row.decided_at for row in late), UTC).strftime("%Y-%m-%d %H:%M UTC")
        found.append(
            f"{count(sum(row.n for row in late), 'mismatch', 'mismatches')} were decided by second looks when their "
            f"block was over, the last at {last}: earlier reports counted them as pending."
        )
    return found


def about_itself(evidence: Evidence) -> list[str]:
    """Say which false alarms the comparison raised between two answers of the old build (A/A)."""
    held = evidence.certificate
    if held is None or not held.alarms:
        return []
    worst = upper_bound(held.alarms, held.n, CONFIDENCE)
    what = listed([f"{one.difference} at {one.endpoint} ({one.n:,})" for one in held.found], most=3)
    return [
        f"That every difference is the candidate's: {count(held.alarms, 'false alarm')} in "
        f"{count(held.n, 'comparison')} of the old build with itself, up to {percent_up(worst)} plausible: {what}."
    ]
