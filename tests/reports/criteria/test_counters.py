from __future__ import annotations

from typing import Any

import pytest

from reports.criteria.counters import judge_counters
from reports.document import Better
from shadow.config.model import Counter
from shadow.ledger.evidence import Epoch, Evidence, WatchRow

HOUR = 3600.0


def watched(name: str, hours: int, **fields: Any) -> tuple[WatchRow, ...]:
    return tuple(WatchRow(name=name, block_at=hour * HOUR, seconds=HOUR, **fields) for hour in range(hours))


def judged(counter: Counter, rows: tuple[WatchRow, ...]):
    epoch = Epoch(id=1, primary_build="p", candidate_build="c", first_at=0.0, last_at=9e9)
    given = Evidence(ledger_id="l", path="l", read_at=0.0, since=0.0, until=9e9, epoch=epoch, watches=rows)
    (row,) = judge_counters((counter,), given)
    return row


MEMORY = Counter(name="memory", metric="rss", what="highest", most=512e6)
CPU = Counter(name="cpu", metric="cpu", what="mean", most=0.5)
UP = Counter(name="uptime", what="up", least=0.999)
RISE = Counter(name="trips", metric="trips_total", what="rise", most=0)


@pytest.mark.parametrize(
    ("counter", "rows", "status", "observed"),
    [
        (MEMORY, watched("candidate:rss", 48, n=240, high=300e6), "pass", 300e6),
        (MEMORY, watched("candidate:rss", 48, n=240, high=512e6), "pass", 512e6),
        (MEMORY, watched("candidate:rss", 48, n=240, high=512e6 + 1), "fail", 512e6 + 1),
        (MEMORY, watched("candidate:rss", 47, n=240, high=300e6), "inconclusive", 300e6),
        (MEMORY, watched("candidate:rss", 1, n=1, high=900e6), "fail", 900e6),
        (MEMORY, (), "inconclusive", None),
        (MEMORY, watched("candidate:rss", 48), "inconclusive", None),
        (CPU, watched("candidate:cpu", 48, n=2, total=0.9, high=0.9), "pass", 0.45),
        (CPU, watched("candidate:cpu", 48, n=2, total=1.1, high=0.9), "fail", 0.55),
        (UP, watched("candidate:up", 48, n=1000, total=999), "pass", 0.999),
        (UP, watched("candidate:up", 48, n=1000, total=998), "fail", 0.998),
        (UP, watched("candidate:up", 2, n=1000, total=998), "inconclusive", 0.998),
        (RISE, watched("candidate:trips_total:rise", 48), "pass", 0.0),
        (RISE, watched("candidate:trips_total:rise", 48, n=0.5), "fail", 24.0),
        (RISE, watched("candidate:trips_total:rise", 5), "inconclusive", 0.0),
        (RISE, (), "inconclusive", None),
    ],
)
def test_counters(counter: Counter, rows: tuple[WatchRow, ...], status: str, observed: float | None) -> None:
    row = judged(counter, rows)
    assert (str(row.status), row.observed, row.scope) == (status, observed, counter.name)


@pytest.mark.parametrize(
    ("high", "status", "better", "required"),
    [(300.0, "pass", Better.lower, 500.0), (600.0, "fail", Better.lower, 500.0), (50.0, "fail", Better.higher, 100.0)],
)
def test_between_two_limits_the_row_names_the_one_that_is_broken(
    high: float, status: str, better: Better, required: float
) -> None:
    counter = Counter(name="workers", metric="workers", what="highest", most=500.0, least=100.0)
    row = judged(counter, watched("candidate:workers", 48, n=10, high=high))
    assert (str(row.status), row.better, row.required) == (status, better, required)


def test_dry_run_is_marked() -> None:
    assert judged(Counter(name="x", what="up", least=1.0, dry_run=True), ()).dry_run
