"""Data: did every planned check of every table pair run lately, and pass.

The latest check of each kind per pair counts; an older failure stands until the same check has passed since.
Cannot see: whatever the checks themselves state in `cannot_see`, and writes after the check was made.
"""

from __future__ import annotations

from reports.document import Criterion
from reports.status import rank, worst_of
from reports.words import count, listed
from shadow.config.model import Data, TablePair, Verify
from shadow.records import CheckStatus, DataCheck

WHOLE = "all"
"""The pair of checks that concern all tables at once; they say nothing about the rows of any."""


def latest_checks(checks: tuple[DataCheck, ...]) -> tuple[DataCheck, ...]:
    """Return for each pair and check the one that finished last, the worse one of equals, sorted by pair."""
    found: dict[tuple[str, str], DataCheck] = {}
    for check in checks:
        key = (check.pair, check.check)
        other = found.get(key)
        if other is None or (check.finished_at, -rank(check.status)) > (other.finished_at, -rank(other.status)):
            found[key] = check
    return tuple(found[key] for key in sorted(found))


def pair_names(pair: TablePair) -> tuple[str, ...]:
    """Return the names under which a pair of the plan may have been recorded."""
    new = pair.new or pair.old
    if new == pair.old:
        return (pair.old,)
    return (f"{pair.old} -> {new}", pair.old)


def judge_data(asked: Data, verify: Verify | None, checks: tuple[DataCheck, ...], at: float) -> tuple[Criterion, ...]:
    """Return a row for each pair, worst first; none only where no verification is configured or recorded."""
    latest = latest_checks(checks)
    recorded = {check.pair for check in latest}
    scopes: list[str] = []
    for pair in verify.tables if verify else ():
        names = pair_names(pair)
        scopes.append(next((name for name in names if name in recorded), names[0]))
    scopes.extend(sorted(recorded - set(scopes) - {WHOLE}))
    if not scopes and not recorded and verify is None:
        return ()
    # What was checked on one pair has to be checked on every pair.
    usual = frozenset(check.check for check in latest if check.pair != WHOLE)
    rows = [judge_pair(asked, scope, tuple(c for c in latest if c.pair == scope), usual, at) for scope in scopes]
    if WHOLE in recorded:
        rows.append(judge_pair(asked, WHOLE, tuple(c for c in latest if c.pair == WHOLE), frozenset(), at))
    if not scopes:
        reason = "No check of any table is recorded; run `shadow verify`."
        rows.append(Criterion(name="data", scope=WHOLE, status=CheckStatus.inconclusive, unit="count", reason=reason))
    return tuple(sorted(rows, key=lambda row: (rank(row.status), row.scope)))


def judge_pair(asked: Data, scope: str, checks: tuple[DataCheck, ...], usual: frozenset[str], at: float) -> Criterion:
    """Return the answer for one table pair, of which every usual check has to be recorded."""
    if not checks:
        return Criterion(
            name="data",
            scope=scope,
            status=CheckStatus.inconclusive,
            unit="count",
            required=0.0,
            reason="Planned, but never checked; run `shadow verify`.",
        )
    total = sum(check.total for check in checks)
    answers = [(answer_of(asked, check, at), check) for check in checks]
    absent = sorted(usual - {check.check for check in checks})
    status = worst_of(
        (*(answer for answer, _ in answers), CheckStatus.inconclusive if absent else CheckStatus.passed)
    )
    rows = max(check.rows_old for check in checks)
    if status is CheckStatus.passed:
        on = f" on {count(rows, 'row')}" if rows else ""
        reason = f"{count(len(checks), 'check')} passed{on}: {listed([c.check for c in checks])}."
    elif status is CheckStatus.inconclusive and absent:
        reason = f"Not recorded here, though for other tables: {listed(absent)}; run `shadow verify`."
    else:
        deciding = [check for answer, check in answers if answer is status]
        reason = " ".join(describe(asked, check, at) for check in deciding)
    return Criterion(
        name="data",
        scope=scope,
        status=status,
        unit="count",
        required=0.0,
        observed=float(total),
        n=max(max(check.rows_old, check.rows_new) for check in checks),
        reason=reason,
    )


def answer_of(asked: Data, check: DataCheck, at: float) -> CheckStatus:
    """Return what a check counts for: a pass with findings is a failure, a stale pass is none."""
    if check.status is not CheckStatus.passed:
        return check.status
    if check.total or check.findings:
        return CheckStatus.fail
    return CheckStatus.passed if is_fresh(asked, check, at) else CheckStatus.inconclusive


def is_fresh(asked: Data, check: DataCheck, at: float) -> bool:
    """Tell whether the check finished within `max_age_s`; False for NaN and for the future beyond a minute."""
    return -60.0 <= at - check.finished_at <= asked.max_age_s


def describe(asked: Data, check: DataCheck, at: float) -> str:
    """Return one sentence on why a check did not pass."""
    if check.status is CheckStatus.passed and not (check.total or check.findings):
        return f"{check.check}: the last check is {(at - check.finished_at) / 3600:.1f} h old; run `shadow verify`."
    return f"{check.check}: {check.reason.rstrip('.') or count(max(check.total, len(check.findings)), 'finding')}."
