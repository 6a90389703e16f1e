from __future__ import annotations

import numpy as np
import pytest

from reports.statistics.bootstrap import LEAST_BLOCKS, RESAMPLES, Resampled, grown, reached, weights

EDGES = np.array([0.01, 0.02, 0.04, 0.08, 0.16])


def sides(new: np.ndarray, old: np.ndarray, quantile: float = 0.5, blocks: int = 30):
    return grown(Resampled(new), Resampled(old), EDGES, quantile, 0.95, blocks)


def test_weights_draw_as_many_blocks_as_there_are() -> None:
    drawn = weights(12)
    assert drawn.shape == (RESAMPLES, 12)
    assert (drawn.sum(axis=1) == 12).all()
    assert abs(drawn.mean() - 1.0) < 1e-6


@pytest.mark.parametrize(("quantile", "column"), [(0.1, 0), (0.5, 1), (0.51, 3), (1.0, 3)])
def test_the_place_of_a_quantile(quantile: float, column: int) -> None:
    found = Resampled(np.tile([2, 3, 0, 5, 0], (9, 1))).places(quantile)
    assert set(found.tolist()) == {column}


@pytest.mark.parametrize("quantile", [0.01, 0.5, 0.95, 0.99, 1.0])
@pytest.mark.parametrize("spread", [0.0, 3.0, 30.0])
def test_the_narrow_look_finds_what_the_whole_would(quantile: float, spread: float) -> None:
    """However far the blocks lie apart."""
    rng = np.random.default_rng(int(spread) + 1)
    buckets = np.clip(rng.normal(60 + rng.normal(0, spread, size=(20, 1)), 8.0, size=(20, 200)), 0, 119).astype(int)
    counts = np.stack([np.bincount(block, minlength=120) for block in buckets])
    whole = np.cumsum(weights(20) @ counts.astype(np.float32), axis=1)
    rank = np.maximum(whole[:, -1:] * np.float32(quantile), np.float32(0.5))
    assert Resampled(counts).places(quantile).tolist() == np.argmax(whole >= rank, axis=1).tolist()


def test_equal_sides_did_not_grow() -> None:
    counts = np.tile([50, 30, 15, 5, 0], (30, 1))
    found = sides(counts, counts)
    assert found is not None and (found.ratio, found.increase_s) == (1.0, 0.0)


def test_a_slower_side_shows_by_how_much() -> None:
    old, new = np.tile([100, 0, 0, 0, 0], (30, 1)), np.tile([0, 0, 100, 0, 0], (30, 1))
    found = sides(new, old)
    assert found is not None and (found.ratio, round(found.increase_s, 9)) == (4.0, 0.03)


def test_one_bad_hour_widens_the_bound_where_single_requests_would_not() -> None:
    old = np.tile([100, 0, 0, 0, 0], (10, 1))
    new = old.copy()
    new[0] = [0, 0, 0, 0, 80]
    found = sides(new, old, quantile=0.95, blocks=10)
    assert found is not None and found.ratio == 16.0


def test_bounds_hold_as_often_as_they_say() -> None:
    """Sides with equal medians and random hours: 1.0 lies below the upper bound in at least 90 % of the draws."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(60):
        level = rng.normal(0.0, 0.5, size=(2, 40))
        counts = []
        for side in level:
            bucket = np.clip(rng.normal(side[:, None] + 2.0, 1.0, size=(40, 60)).round(), 0, 4).astype(int)
            counts.append(np.stack([(bucket == column).sum(axis=1) for column in range(5)], axis=1))
        found = sides(counts[0], counts[1], blocks=40)
        held += found is not None and found.ratio >= 1.0
    assert held >= 54


@pytest.mark.parametrize("blocks", [0, 1, LEAST_BLOCKS - 1])
def test_too_few_blocks_say_nothing(blocks: int) -> None:
    counts = np.tile([5, 0, 0, 0, 0], (max(blocks, 1), 1))
    assert sides(counts, counts, blocks=blocks) is None


def test_a_side_that_is_empty_in_a_resample_says_nothing() -> None:
    full, thin = np.tile([5, 0, 0, 0, 0], (8, 1)), np.zeros((8, 5))
    thin[0, 0] = 5
    assert sides(thin, full, blocks=8) is None


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("n", [1, 2, 20, 1000])
def test_the_value_at_a_confidence_is_numpys(n: int, confidence: float) -> None:
    values = np.random.default_rng(n).lognormal(size=n)
    assert reached(values, confidence) == np.quantile(values, confidence, method="higher")


def test_a_value_that_is_none_leaves_nothing_to_claim() -> None:
    assert np.isnan(reached(np.array([1.0, np.nan, 2.0]), 0.5))
