"""Sensitivity: does the comparison find what it should (mutated answers), and nothing where there is nothing (A/A).

Exact bounds for both shares. Cannot see: faults of a kind that no mutation makes, and faults both copies of the old
build share.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from reports.document import Better, Criterion
from reports.selfproof import MASKED
from reports.statistics.binomial import lower_bound, needed_trials, upper_bound
from reports.words import count, listed, percent_down, percent_up
from shadow.config.model import Sensitivity
from shadow.ledger.evidence import Evidence
from shadow.records import CheckStatus

CONFIDENCE = 0.95


def judge_sensitivity(asked: Sensitivity, evidence: Evidence, at: float) -> tuple[Criterion, ...]:
    """Return the row on mutations and the one on false alarms."""
    return judge_detection(asked, evidence), judge_alarms(asked, evidence, at)


def judge_detection(asked: Sensitivity, evidence: Evidence) -> Criterion:
    """Return the answer on mutated answers: of the `n` whose mistake lay outside of what rules and noise mask, the
    share that was found. What a mask hid is counted apart, by mask: to hide it was meant, and shows here."""
    masked: Counter[str] = Counter()
    blind: Counter[str] = Counter()
    for one in evidence.proofs:
        if not one.detected:
            (masked if one.by.startswith(MASKED) else blind)[one.by or "nothing that was recorded"] += one.n
    found = sum(row.n for row in evidence.proofs if row.detected)
    n = found + blind.total()
    hidden = f" {masked.total():,} more lay behind {_by_number(masked)}." if masked else ""
    row = Criterion(
        name="sensitivity", scope="self-proof", better=Better.higher, required=asked.min_detected_ratio, n=n
    )
    if n < asked.min_mutations:
        needed = asked.min_mutations - n
        outside = " outside of what rules and noise mask" if masked else ""
        reason = f"{count(n, 'answer')} mutated{outside}, {asked.min_mutations:,} needed (compare.self_proof_ratio)."
        reason += hidden
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, needed=needed, reason=reason)
    missed = n - found
    bound, best = 1.0 - upper_bound(missed, n, CONFIDENCE), 1.0 - lower_bound(missed, n, CONFIDENCE)
    row = msgspec.structs.replace(row, observed=found / n, bound=bound)
    shown = f"{percent_down(found / n)} of {count(n, 'mutated answer')} were noticed, at least " + (
        f"{percent_down(bound)} is shown, {percent_down(asked.min_detected_ratio)} required"
    )
    reason = shown + (f"; blinded by {_by_number(blind)}." if blind else ".") + hidden
    if bound >= asked.min_detected_ratio - 1e-12:
        status = CheckStatus.passed
    elif best < asked.min_detected_ratio:
        status = CheckStatus.fail
    else:
        total = needed_trials(missed, 1.0 - asked.min_detected_ratio, CONFIDENCE)
        row = msgspec.structs.replace(row, needed=None if total is None else max(total - n, 1))
        status = CheckStatus.inconclusive
    return msgspec.structs.replace(row, status=status, reason=reason)


def _by_number(names: Counter[str]) -> str:
    most_first = sorted(names.items(), key=lambda item: (-item[1], item[0]))
    return listed([f"{name} ({times:,})" for name, times in most_first])


def judge_alarms(asked: Sensitivity, evidence: Evidence, at: float) -> Criterion:
    """Return the answer on the A/A certificate of the primary build: false alarms among its own answers, and its
    age."""
    row = Criterion(name="sensitivity", scope="A/A", required=asked.max_alarm_ratio)
    held = evidence.certificate
    if held is None or held.n == 0:
        reason = "No two answers of the old build were compared; that takes a secondary."
        needed = needed_trials(0, asked.max_alarm_ratio, CONFIDENCE)
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, needed=needed, reason=reason)
    worst, best = upper_bound(held.alarms, held.n, CONFIDENCE), lower_bound(held.alarms, held.n, CONFIDENCE)
    row = msgspec.structs.replace(row, observed=held.alarms / held.n, bound=worst, n=held.n, since=held.first_at)
    shown = f"{held.alarms:,} false alarms in {count(held.n, 'comparison')} of the old build with itself"
    age_h = max(0.0, (at - held.last_at) / 3600.0)
    if best > asked.max_alarm_ratio:
        reason = f"{shown}; at least {percent_down(best, 3)} is shown, {percent_up(asked.max_alarm_ratio, 3)} allowed."
        return msgspec.structs.replace(row, status=CheckStatus.fail, reason=reason)
    if worst > asked.max_alarm_ratio:
        total = needed_trials(held.alarms, asked.max_alarm_ratio, CONFIDENCE)
        needed = None if total is None else max(total - held.n, 1)
        reason = f"{shown}; up to {percent_up(worst, 3)} is plausible, {percent_up(asked.max_alarm_ratio, 3)} allowed."
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, needed=needed, reason=reason)
    if age_h > asked.max_age_h:
        reason = f"{shown}; the last was {age_h:.0f} h ago, at most {asked.max_age_h:g} allowed."
        return msgspec.structs.replace(row, status=CheckStatus.inconclusive, reason=reason)
    reason = f"{shown}; at most {percent_up(worst, 3)} is plausible, {percent_up(asked.max_alarm_ratio, 3)} allowed."
    return msgspec.structs.replace(row, status=CheckStatus.passed, reason=reason)
