from __future__ import annotations

import math
import random
from statistics import mean, pstdev

import pytest

from verify.distinct import APART, ERROR, Distinct, K, are_apart, estimate, place_of, places_of

RANDOM = random.Random(7)


def sketch_of(n: int) -> frozenset[int]:
    return frozenset(place_of(RANDOM.getrandbits(64)) for _ in range(n))


def test_a_sketch_knows_neither_order_nor_multiplicity() -> None:
    values = [str(n).encode() for n in range(5_000)]
    assert places_of(values) == places_of([*reversed(values), *values])
    assert places_of(values) != places_of([*values, b"another one"]) or estimate(places_of(values)) > K


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_a_handful_is_counted(n: int) -> None:
    distinct = Distinct(hashed="canonical", places=places_of(str(one).encode() for one in range(n)))
    assert (distinct.estimate, distinct.words) == (n, f"about {n}")


@pytest.mark.parametrize(("n", "times"), [(20, 60), (300, 60), (5_000, 40), (60_000, 12)])
def test_the_error_is_what_is_said(n: int, times: int) -> None:
    """Few values have a smaller one; the bounds are four standard errors of what is measured here."""
    found = [estimate(sketch_of(n)) / n for _ in range(times)]
    assert abs(mean(found) - 1) < 4 * ERROR / math.sqrt(times)
    assert pstdev(found) < ERROR * (1 + 4 / math.sqrt(2 * times))
    assert not any(are_apart(one * n, n) for one in found)


def test_the_standard_error_is_that_of_the_formula() -> None:
    assert ERROR == pytest.approx(0.78 / math.sqrt(K), rel=0.01) == pytest.approx(0.0487, abs=1e-4)


def test_all_hashes_have_a_place() -> None:
    assert place_of(2**64 - 1) == 0
    assert place_of(0) == math.floor(K * 54 * math.log(2)) < 2**14


def test_estimates_are_apart_beyond_what_two_hashes_may_make_of_one_number() -> None:
    within = math.exp((APART - 0.1) * math.sqrt(2) * ERROR)
    assert not are_apart(1_000, 1_000 * within) and not are_apart(1_000 * within, 1_000)
    assert are_apart(1_000, 1_600) and are_apart(1_600, 1_000)
    assert are_apart(0, 1) and not are_apart(0, 0)


def test_what_was_counted_is_no_estimate() -> None:
    assert Distinct(hashed="h", places=places_of([b"a", b"b"]), exact=1_234).words == "1,234"
