"""Pairing: of the requests that were meant for both backends, how many got an answer of both.

The four counts are always told. A row is there only as an alarm: where the share of the last day lies below that of all
days before it by more than may be lost, beyond chance (exact bounds). What was compared that day stands for other
traffic than what was compared before, so the question is open until the share is back or somebody knows why.
Cannot see: a share that was low from the first day on; parity and error rate count an answer that is missing.
"""

from __future__ import annotations

from collections import defaultdict

from reports.document import Better, Criterion, Pairing
from reports.evidence.cells import Midnights
from reports.page.trend import date_of
from reports.statistics.binomial import lower_bound, upper_bound
from reports.words import count, percent_down
from shadow.config.model import Completeness
from shadow.ledger.evidence import Evidence
from shadow.records import CheckStatus

PAIRING = "pairing"
"""The scope of the row."""

CONFIDENCE = 0.999
"""As usual for a check of sample ratios: an alarm by chance is one in a thousand."""


def pairing_of(evidence: Evidence) -> Pairing:
    """Return who answered, over the whole window."""
    rows = evidence.pairings
    return Pairing(
        both=sum(row.both for row in rows),
        only_old=sum(row.only_old for row in rows),
        only_new=sum(row.only_new for row in rows),
        neither=sum(row.neither for row in rows),
    )


def judge_pairing(asked: Completeness, evidence: Evidence) -> tuple[Criterion, ...]:
    """Return one inconclusive row where the share of the last day fell, none where it did not."""
    days: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    midnights = Midnights()
    for row in evidence.pairings:
        day = days[midnights[row.block_at]]
        missing = row.only_old + row.only_new + row.neither
        day[0] += row.both + missing
        day[1] += missing
    if len(days) < 2:
        return ()
    last = max(days)
    n, missing = days.pop(last)
    before, missing_before = (sum(column) for column in zip(*days.values(), strict=True))
    if not n or not before:
        return ()
    usual = upper_bound(missing_before, before, CONFIDENCE)
    if lower_bound(missing, n, CONFIDENCE) - usual <= asked.max_lost_ratio:
        return ()
    share, share_before = 1.0 - missing / n, 1.0 - missing_before / before
    return (
        Criterion(
            name="completeness",
            scope=PAIRING,
            status=CheckStatus.inconclusive,
            better=Better.higher,
            required=max(1.0 - usual - asked.max_lost_ratio, 0.0),
            observed=share,
            bound=1.0 - lower_bound(missing, n, CONFIDENCE),
            n=n,
            since=last,
            reason=f"On {date_of(last)} both backends answered {percent_down(share)} of {count(n, 'request')} that "
            f"were meant for both, on the days before {percent_down(share_before)} of {count(before, 'request')}.",
        ),
    )
