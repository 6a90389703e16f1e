from __future__ import annotations

import pytest

from reports.criteria.trips import judge_trips, latest
from shadow.config.model import Trips
from shadow.ledger.evidence import Epoch, Evidence, WatchRow

HOUR = 3600.0


def armed(hours: int, trips: dict[int, int] | None = None, first_at: float = 0.0, share: float = 1.0) -> Evidence:
    rows = [
        WatchRow(name="breaker:candidate", block_at=hour * HOUR, seconds=share * HOUR, n=(trips or {}).get(hour, 0))
        for hour in range(hours)
    ]
    rows.append(WatchRow(name="breaker:secondary", block_at=0.0, seconds=999 * HOUR, n=5))
    epoch = Epoch(id=1, primary_build="p", candidate_build="c", first_at=first_at, last_at=9e9)
    return Evidence(
        ledger_id="l", path="l", read_at=0.0, since=0.0, until=9e9, epoch=epoch, watches=tuple(rows)
    )


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (armed(48), "pass", "up to 10.5 trips a week plausible"),
        (armed(47), "inconclusive", "1.0 more needed"),
        (armed(0), "inconclusive", "48.0 more needed"),
        (armed(60, {59: 1}), "fail", "1 trip in the last 48.0 armed hours"),
        (armed(60, {12: 2}), "fail", "2 trips"),
        (armed(60, {11: 2}), "pass", "No trip in 48.0 armed hours"),
        (armed(5, {0: 1}), "fail", "1 trip"),
        (armed(90, share=0.5), "inconclusive", "3.0 more needed"),
        (armed(100, {0: 3}, first_at=51 * HOUR), "pass", "No trip"),
        (armed(100, first_at=60 * HOUR), "inconclusive", "7.0 more needed"),
    ],
)
def test_trips(given: Evidence, status: str, said: str) -> None:
    row = judge_trips(Trips(), given)
    assert str(row.status) == status
    assert said in row.reason


def test_the_latest_rows() -> None:
    rows = [WatchRow(name="x", block_at=float(at), seconds=10.0) for at in range(5)]
    assert [row.block_at for row in latest(rows, 25.0)] == [4.0, 3.0, 2.0]
    assert [row.block_at for row in latest(rows, 20.0)] == [4.0, 3.0]
    assert latest(rows, 999.0) == rows[::-1]
