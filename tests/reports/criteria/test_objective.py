from __future__ import annotations

import pytest

from reports.criteria.objective import judge_objective, judge_slow, slow
from reports.evidence.histogram import Histogram
from shadow.config.model import Objective
from shadow.ledger.histogram import SCALE, bucket_of
from shadow.records import Leg


def timed(durations: dict[float, int]) -> Histogram:
    return Histogram(SCALE, tuple(sorted((bucket_of(each), n) for each, n in durations.items())))


@pytest.mark.parametrize(
    ("durations", "status", "needed"),
    [
        ({0.1: 58}, "inconclusive", 1),
        ({0.1: 59}, "pass", None),
        ({0.1: 93, 0.5: 1}, "pass", None),
        ({0.1: 50, 0.5: 50}, "fail", None),
        ({0.1: 95, 0.5: 5}, "inconclusive", 108),
    ],
)
def test_slow_answers(durations: dict[float, int], status: str, needed: int | None) -> None:
    row = judge_slow("objective", "GET /", 0.95, 0.2, 0.95, timed(durations))
    assert (str(row.status), row.needed) == (status, needed)
    assert (row.unit, row.required, row.n) == ("s", 0.2, sum(durations.values()))


def test_a_bucket_that_holds_the_limit_counts_against_every_claim() -> None:
    histogram = timed({0.2: 10, 0.1: 10, 0.4: 10})
    assert slow(histogram, 0.2) == (20, 10)


def test_rows() -> None:
    asked = Objective()
    histograms = {
        ("GET /a", Leg.candidate): timed({0.1: 100}),
        ("GET /b", Leg.candidate): timed({0.9: 100}),
        ("GET /c", Leg.candidate): timed({0.1: 5}),
        ("GET /a", Leg.secondary): timed({9.0: 100}),
    }

    def rows(expected: frozenset[str]) -> dict[str, str]:
        return {row.scope: str(row.status) for row in judge_objective(asked, histograms, expected)}

    assert rows(frozenset()) == {"GET /a": "pass", "GET /b": "fail", "GET /c": "inconclusive"}
    assert rows(frozenset({"GET /a"})) == {"GET /a": "pass", "GET /b": "fail"}
    (nothing,) = judge_objective(asked, {}, frozenset())
    assert (nothing.scope, str(nothing.status), nothing.needed) == ("all", "inconclusive", 59)
