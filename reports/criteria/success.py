"""Success: does the candidate answer below 500, overall and on each of several days in a row.

An exact one-sided bound on the share that failed; days after the states of `reports.evidence.days`.
Cannot see: requests that did not reach the candidate (completeness), and answers below 500 that are wrong (parity).
"""

from __future__ import annotations

import msgspec

from reports.criteria.looks import USUAL, Nightly, hold
from reports.document import Better, Criterion, Day
from reports.evidence.days import GREEN, ODD, complete_days, shortest, streak_of
from reports.evidence.tally import JointTally
from reports.statistics.binomial import lower_bound, needed_trials, upper_bound
from reports.statistics.sequential import Blocks
from reports.words import count, percent_down
from shadow.config.model import Success
from shadow.ledger.evidence import Evidence
from shadow.records import CheckStatus

DAYS = "days"
"""The name of the row about days in a row."""


def judge_success(
    asked: Success, evidence: Evidence, joint: JointTally, blocks: Blocks | None, at: float,
    nightly: Nightly = USUAL,
) -> tuple[Criterion, ...]:
    """Return the row on all requests and, where days are asked for, the one on them. `blocks` are given where the
    gate is asked night after night. Raises ValueError for settings that make no bound."""
    row = judge_rate("success", "all", asked.min_ratio, asked.confidence, joint)
    if blocks is not None:
        row = hold(row, blocks, 1.0 - asked.min_ratio, asked.confidence, nightly)
    return (row, judge_days(asked, evidence, at)) if asked.days else (row,)


def judge_rate(name: str, scope: str, required: float, confidence: float, joint: JointTally) -> Criterion:
    """Return the answer for one 2x2 table: fail only where even the optimistic bound is too low."""
    n, failing = joint.pairs, joint.new_bad + joint.both_bad
    row = Criterion(
        name=name, scope=scope, better=Better.higher, required=required, n=n, blocks=joint.blocks
    )
    allowance = 1.0 - required
    total = needed_trials(failing, allowance, confidence)
    if n == 0:
        return msgspec.structs.replace(
            row, status=CheckStatus.inconclusive, needed=total, reason="The candidate was never called."
        )
    worst, best = upper_bound(failing, n, confidence), lower_bound(failing, n, confidence)
    observed = 1.0 - failing / n
    shown = f"{percent_down(observed)} of {count(n, 'request')} answered below 500"
    needed, bound = None, 1.0 - worst
    if worst <= allowance + 1e-12:
        status = CheckStatus.passed
        reason = f"{shown}; at least {percent_down(bound)} is shown, {percent_down(required)} required."
    elif best > allowance:
        status, bound = CheckStatus.fail, 1.0 - best
        reason = f"{shown}; at most {percent_down(bound)} is plausible, {percent_down(required)} required."
    else:
        status = CheckStatus.inconclusive
        needed = None if total is None else max(total - n, 1)
        reason = f"{shown}; only {percent_down(bound)} is shown, {percent_down(required)} required." + (
            "" if needed is None else f" {count(needed, 'more request')} without a failure would show it."
        )
    return msgspec.structs.replace(row, status=status, observed=observed, bound=bound, needed=needed, reason=reason)


def judge_days(asked: Success, evidence: Evidence, at: float) -> Criterion:
    """Return the row on days in a row."""
    days = complete_days(
        evidence, at, required=asked.day_ratio, confidence=asked.confidence, observed=asked.min_observed_ratio
    )
    run = streak_of(days)
    row = Criterion(
        name=DAYS,
        scope="all",
        unit="count",
        better=Better.higher,
        required=float(asked.days),
        observed=float(run.green),
        blocks=len(run.days),
        attempts=run.attempts,
        n=sum(day.n for day in run.days),
        days=days[-60:],
        since=run.days[0].at if run.days else None,
    )
    asks = f"{count(asked.days, 'day')} in a row with at least {percent_down(asked.day_ratio)} shown"
    tries = f"{count(run.attempts, 'attempt')} since this build" if run.attempts else "no attempt since this build"
    window = shortest(run, asked.days)
    if window is not None:
        return msgspec.structs.replace(
            row, status=CheckStatus.passed, since=window[0].at, reason=f"{asks}: yes, {tries}."
        )
    failing, n = sum(day.failing for day in days[-asked.days :]), sum(day.n for day in days[-asked.days :])
    if days and days[-1].state == "red" and lower_bound(failing, n, asked.confidence) > 1.0 - asked.day_ratio:
        return msgspec.structs.replace(
            row,
            status=CheckStatus.fail,
            reason=f"{asks}: no; the last day is red, and the last {count(len(days[-asked.days :]), 'day')} together "
            f"show less than that; {tries}.",
        )
    reason = f"{asks}: {run.green} so far, {tries}."
    if run.green >= asked.days:
        reason += f" Too many days between them are thin or gaps (at most 1 in {ODD}): {odd_words(run.days)}."
    elif run.odd:
        reason += f" Days that do not count: {odd_words(run.days)}."
    if not days:
        reason = f"{asks}: no day of this build is complete yet; today does not count."
    return msgspec.structs.replace(
        row,
        status=CheckStatus.inconclusive,
        reason=f"{reason} {count(max(asked.days - run.green, 1), 'more green day')} needed.",
    )


def odd_words(days: tuple[Day, ...]) -> str:
    """Return what kept days from counting: `2 thin, 1 gap`."""
    found = [(state, sum(day.state == state for day in days)) for state in ("thin", "gap")]
    assert all(day.state in (GREEN, "thin", "gap") for day in days)
    return ", ".join(f"{n} {state}" for state, n in found if n)
