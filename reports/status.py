"""The order of statuses: worst first, and the worst decides."""

from __future__ import annotations

from collections.abc import Iterable

from reports.document import Criterion
from shadow.errors import EXIT_ERROR, EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS, EXIT_WAITING
from shadow.records import CheckStatus

WORST_FIRST = tuple(CheckStatus)
"""CheckStatus is declared worst first."""

EXIT_CODES = {
    CheckStatus.error: EXIT_ERROR,
    CheckStatus.fail: EXIT_FAIL,
    CheckStatus.inconclusive: EXIT_INCONCLUSIVE,
    CheckStatus.waived: EXIT_WAITING,
    CheckStatus.passed: EXIT_PASS,
}


def rank(status: CheckStatus) -> int:
    """Return 0 for the worst status, more for better ones."""
    return WORST_FIRST.index(status)


def worst_of(statuses: Iterable[CheckStatus]) -> CheckStatus:
    """Return the worst status, `error` where there is none: nothing asked is nothing answered."""
    return min(statuses, key=rank, default=CheckStatus.error)


def exit_code(criteria: tuple[Criterion, ...]) -> int:
    """Return the exit code of the criteria: 13 where only people are waited for.

    Overrides wait for an approval by others, and only with one do they open the gate; the status stays `waived`.
    """
    deciding = [row for row in criteria if not row.dry_run]
    signatures = [row for row in deciding if row.name == "approval"]
    others = worst_of(row.status for row in deciding if row.name != "approval")
    if others not in (CheckStatus.passed, CheckStatus.waived):
        return EXIT_CODES[worst_of((others, *(row.status for row in signatures)))]
    if any(row.status is CheckStatus.error for row in signatures):
        return EXIT_ERROR
    if all(row.status is CheckStatus.passed for row in signatures) and (signatures or others is CheckStatus.passed):
        return EXIT_PASS
    return EXIT_WAITING
