from __future__ import annotations

from typing import Any

import pytest

from reports.evidence.latency_blocks import DAYS_ENOUGH, LatencyBlocks
from reports.statistics.bootstrap import LEAST_BLOCKS
from shadow.ledger.evidence import Evidence, HistogramRow, LatencyRow
from shadow.ledger.histogram import SCALE, bucket_of
from shadow.ledger.rollup import pack
from shadow.records import Leg

HOUR, DAY = 3600.0, 86400.0


def evidence(**rows: Any) -> Evidence:
    return Evidence(ledger_id="l", path="l", read_at=0.0, since=0.0, until=9e9, epoch=None, **rows)


def folded(at: float, leg: Leg, durations: dict[float, int], width: float = HOUR, scale: int = SCALE) -> LatencyRow:
    packed = pack({bucket_of(each, scale): n for each, n in durations.items()})
    return LatencyRow(block_at=at, endpoint="GET /", leg=leg, scale=scale, packed=packed, width_s=width)


def hours(n: int, new: float, old: float = 0.01, **more: Any) -> tuple[LatencyRow, ...]:
    return tuple(
        folded(hour * HOUR, leg, {duration: 100}, **more)
        for hour in range(n)
        for leg, duration in ((Leg.candidate, new), (Leg.secondary, old), (Leg.primary, 9.0))
    )


@pytest.mark.parametrize(("new", "ratio"), [(0.01, 1.0), (0.02, 2.0), (0.005, 0.5)])
def test_by_how_much_it_grew(new: float, ratio: float) -> None:
    found = LatencyBlocks(evidence(latencies=hours(12, new)), Leg.secondary, 0.95).grown("GET /", 0.5)
    assert found is not None
    assert (found.ratio, found.blocks) == (pytest.approx(ratio, rel=0.05), 12)


@pytest.mark.parametrize(("n", "enough"), [(LEAST_BLOCKS - 1, False), (LEAST_BLOCKS, True)])
def test_too_few_hours_say_nothing(n: int, enough: bool) -> None:
    found = LatencyBlocks(evidence(latencies=hours(n, 0.01)), Leg.secondary, 0.95).grown("GET /", 0.5)
    assert (found is not None) is enough


def test_an_endpoint_or_a_leg_without_timings_says_nothing() -> None:
    blocks = LatencyBlocks(evidence(latencies=hours(12, 0.01)), Leg.secondary, 0.95)
    assert blocks.grown("GET /other", 0.5) is None
    only = tuple(row for row in hours(12, 0.01) if row.leg is Leg.candidate)
    assert LatencyBlocks(evidence(latencies=only), Leg.secondary, 0.95).grown("GET /", 0.5) is None


def test_blocks_of_an_hour_are_one_hour_and_from_twenty_days_on_a_day_is_the_unit() -> None:
    fine = tuple(
        HistogramRow(block_at=block * 300.0, endpoint="GET /", leg=leg, scale=SCALE, bucket=bucket_of(0.01), n=9)
        for block in range(12 * LEAST_BLOCKS)
        for leg in (Leg.candidate, Leg.secondary, 0.95)
    )
    found = LatencyBlocks(evidence(histograms=fine), Leg.secondary, 0.95).grown("GET /", 0.5)
    assert found is not None and found.blocks == LEAST_BLOCKS
    days = tuple(
        folded(day * DAY + hour * HOUR, leg, {0.01: 9})
        for day in range(DAYS_ENOUGH)
        for hour in (0, 5)
        for leg in (Leg.candidate, Leg.secondary, 0.95)
    )
    found = LatencyBlocks(evidence(latencies=days), Leg.secondary, 0.95).grown("GET /", 0.5)
    assert found is not None and found.blocks == DAYS_ENOUGH


def test_scales_that_differ_are_brought_together() -> None:
    rows = (*(row for row in hours(10, 0.04) if row.leg is not Leg.candidate),
            *(folded(hour * HOUR, Leg.candidate, {0.04: 100}, scale=SCALE - 1) for hour in range(10)))  # fmt: skip
    found = LatencyBlocks(evidence(latencies=rows), Leg.secondary, 0.95).grown("GET /", 0.5)
    assert found is not None and found.ratio == pytest.approx(4.0, rel=0.1)


def test_blocks_of_another_scale_than_folded_hours_are_brought_together_with_them() -> None:
    fine = tuple(
        HistogramRow(block_at=hour * HOUR, endpoint="GET /", leg=leg, scale=scale, bucket=bucket_of(0.04, scale), n=99)
        for hour in range(10)
        for leg, scale in ((Leg.candidate, SCALE + 2), (Leg.secondary, SCALE))
    )
    old = tuple(folded(hour * HOUR, Leg.secondary, {0.01: 900}) for hour in range(10))
    found = LatencyBlocks(evidence(histograms=fine, latencies=old), Leg.secondary, 0.95).grown("GET /", 0.5)
    assert found is not None and found.ratio == pytest.approx(4.0, rel=0.1)
