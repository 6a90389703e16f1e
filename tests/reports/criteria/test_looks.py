from __future__ import annotations

import math

import pytest

from reports.criteria.looks import Nightly, hold, span
from reports.document import Criterion
from reports.statistics.bursts import log_burst_e_value
from reports.statistics.sequential import Blocks, e_value
from shadow.records import CheckStatus

HOW = Nightly()


def row(n: int, status: CheckStatus = CheckStatus.passed) -> Criterion:
    return Criterion(name="success", scope="all", status=status, n=n, reason="Fine.")


@pytest.mark.parametrize(("n", "status"), [(199_999, "inconclusive"), (200_000, "pass")])
def test_bursts_are_asked_where_blocks_hold_fewer_requests_than_two_of_them(n: int, status: str) -> None:
    """5,000 blocks; a burst of 3,000 that the blocks do not tell of."""
    blocks = Blocks(quiet=5_000, bursts=(3_000,))
    assert str(hold(row(n), blocks, 0.005, 0.95, HOW).status) == status


def test_the_smaller_evidence_counts_and_the_row_says_what_is_missing() -> None:
    blocks = Blocks(quiet=50)
    held = hold(row(1_900), blocks, 0.05, 0.95, HOW)
    assert math.exp(log_burst_e_value(1_900, (), 0.05, 20)) > 20.0 > e_value(blocks, 0.05)
    assert held.e_value == pytest.approx(e_value(blocks, 0.05))
    assert held.status is CheckStatus.inconclusive
    assert "blocks of 5 minutes without a failure would do" in held.reason and "in a row" not in held.reason
    few = hold(row(1_000), Blocks(quiet=500), 0.05, 0.95, HOW)
    assert few.e_value == pytest.approx(math.exp(log_burst_e_value(1_000, (), 0.05, 20)))
    assert "Failures may come 20 in a row: " in few.reason and "blocks of" not in few.reason
    assert hold(row(1_000 + (few.needed or 0)), Blocks(quiet=500), 0.05, 0.95, HOW).status is CheckStatus.passed


@pytest.mark.parametrize("status", [CheckStatus.fail, CheckStatus.inconclusive, CheckStatus.error])
def test_what_does_not_pass_stays_as_it_is_with_its_evidence(status: CheckStatus) -> None:
    held = hold(row(10**6, status), Blocks(quiet=10_000), 0.05, 0.95, HOW)
    assert (held.status, held.reason) == (status, "Fine.")
    assert held.e_value is not None and held.e_value > 1e100 and held.e_needed == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("seconds", "words"), [(300, "5 minutes"), (60, "1 minute"), (86400, "1 day"), (5400, "1.5 hours"), (5, "5 s")]
)
def test_spans(seconds: float, words: str) -> None:
    assert span(seconds) == words
