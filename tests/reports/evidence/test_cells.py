from __future__ import annotations

import pytest

from reports.evidence.cells import DAY_S, Midnights, cells_of, midnight
from shadow.ledger.evidence import OutcomeRow
from shadow.records import Outcome, Triage


def row(at: float, outcome: Outcome, n: int, endpoint: str = "GET /", reason: str = "") -> OutcomeRow:
    return OutcomeRow(block_at=at, endpoint=endpoint, outcome=outcome, reason=reason, triage=Triage.pending, n=n)


def test_rows_of_one_place_are_together_in_their_order_and_none_is_lost() -> None:
    rows = [
        row(0.0, Outcome.match, 3), row(0.0, Outcome.shed, 1, reason="tee_full"), row(300.0, Outcome.match, 0),
        row(0.0, Outcome.match, 5, endpoint="GET /b"), row(0.0, Outcome.match, 2),
    ]  # fmt: skip
    assert cells_of(rows) == {
        ("GET /", Outcome.match, "", Triage.pending): [(0.0, 3), (300.0, 0), (0.0, 2)],
        ("GET /", Outcome.shed, "tee_full", Triage.pending): [(0.0, 1)],
        ("GET /b", Outcome.match, "", Triage.pending): [(0.0, 5)],
    }
    assert cells_of([]) == {}


@pytest.mark.parametrize("at", [0.0, 1.5, DAY_S - 0.001, DAY_S, 20_000 * DAY_S + 300.0, -1.0])
def test_midnight_is_the_start_of_the_utc_day(at: float) -> None:
    assert midnight(at) <= at < midnight(at) + DAY_S
    assert midnight(at) % DAY_S == 0.0
    known = Midnights()
    assert known[at] == known[at] == midnight(at)
