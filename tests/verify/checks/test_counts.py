from __future__ import annotations

import pytest

from shadow.records import CheckStatus, DataFinding
from verify.checks.counts import judge_counts


@pytest.mark.parametrize(
    ("old", "new", "status", "reason"),
    [
        (0, 0, CheckStatus.passed, "0 rows on both sides"),
        (7, 7, CheckStatus.passed, "7 rows on both sides"),
        (7, 6, CheckStatus.fail, "7 rows became 6 (-1)"),
        (0, 1, CheckStatus.fail, "0 rows became 1 (+1)"),
        (2000, 3000, CheckStatus.fail, "2,000 rows became 3,000 (+1,000)"),
    ],
)
def test_counts(old: int, new: int, status: CheckStatus, reason: str) -> None:
    answer = judge_counts("t", old, new)
    assert (answer.status, answer.reason, answer.rows_old, answer.rows_new) == (status, reason, old, new)


def test_the_finding_has_both_numbers() -> None:
    assert judge_counts("t", 7, 6).findings == (
        DataFinding(kind="count", table="t", old="7", new="6", note="-1 rows"),
    )
