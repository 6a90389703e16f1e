from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.evidence.histogram import Histogram, add_up, histograms_by_leg
from shadow.ledger.evidence import HistogramRow
from shadow.ledger.histogram import bucket_of, quantile
from shadow.records import Leg


def row(bucket: int, n: int, scale: int = 4, block_at: float = 0.0, leg: Leg = Leg.candidate) -> HistogramRow:
    return HistogramRow(block_at=block_at, endpoint="GET /a", leg=leg, scale=scale, bucket=bucket, n=n)


def test_blocks_add_up_bucket_by_bucket() -> None:
    assert add_up([row(-3, 2), row(-3, 5, block_at=300.0), row(7, 1)]) == Histogram(4, ((-3, 7), (7, 1)))


def test_finer_buckets_fold_into_the_coarser_scale() -> None:
    # At scale 4 bucket -3 holds (2**(-3/16), 2**(-2/16)], which lies within bucket -2 of scale 3.
    assert add_up([row(-3, 2), row(-2, 1, scale=3), row(-4, 4)]) == Histogram(3, ((-2, 7),))


def test_nothing_is_no_histogram() -> None:
    assert add_up([]) is None
    assert add_up([row(1, 0)]) is None


@given(st.lists(st.floats(1e-6, 100), min_size=1, max_size=80), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_quantile_lies_within_its_interval(durations: list[float], wanted: float) -> None:
    histogram = add_up([row(bucket_of(duration), 1) for duration in durations])
    assert histogram is not None and histogram.n == len(durations)
    found = histogram.quantile(wanted)
    assert found is not None
    true = sorted(durations)[max(0, -int(-wanted * len(durations) // 1) - 1)]
    assert found.low_s * (1 - 1e-9) < true <= found.high_s * (1 + 1e-9)
    assert found.low_s < found.middle_s < found.high_s
    assert isclose(found.high_s, quantile(dict(histogram.counts), wanted), rel_tol=1e-9)


def test_error_is_the_width_of_a_bucket() -> None:
    histogram = Histogram(4, ((0, 1),))
    assert histogram.error_ratio == pytest.approx(0.0443, abs=1e-4)
    assert histogram.bars() == ((pytest.approx(1.0443, abs=1e-4), 1),)


def test_a_weight_repeats_every_sample() -> None:
    histogram = Histogram(0, ((0, 1), (1, 1)))
    assert [histogram.at_rank(rank, weight=2).high_s for rank in (1, 2, 3, 4)] == [2.0, 2.0, 4.0, 4.0]


@pytest.mark.parametrize("rank", [0, 3])
def test_a_rank_outside_is_refused(rank: int) -> None:
    with pytest.raises(ValueError):
        Histogram(0, ((0, 2),)).at_rank(rank)


def test_legs_are_kept_apart() -> None:
    found = histograms_by_leg([row(1, 2), row(1, 3, leg=Leg.secondary), row(2, 0, leg=Leg.primary)])
    assert {key: histogram.n for key, histogram in found.items()} == {
        ("GET /a", Leg.candidate): 2,
        ("GET /a", Leg.secondary): 3,
    }
