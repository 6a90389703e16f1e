"""The order of statuses: worst first, and the worst decides."""

from __future__ import annotations

from collections.abc import Iterable

from shadow.errors import EXIT_ERROR, EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS
from shadow.records import CheckStatus

ORDER = tuple(CheckStatus)
"""CheckStatus is declared worst first."""

EXIT_CODES = {
    CheckStatus.error: EXIT_ERROR,
    CheckStatus.fail: EXIT_FAIL,
    CheckStatus.inconclusive: EXIT_INCONCLUSIVE,
    CheckStatus.waived: EXIT_PASS,
    CheckStatus.passed: EXIT_PASS,
}


def rank(status: CheckStatus) -> int:
    """Return 0 for the worst status, more for better ones."""
    return ORDER.index(status)


def worst_of(statuses: Iterable[CheckStatus]) -> CheckStatus:
    """Return the worst status, `error` where there is none: nothing asked is nothing answered."""
    return min(statuses, key=rank, default=CheckStatus.error)
