from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import numbers
from reports.numbers import Better, alike, printed, ratio_of

S = numbers.SPACE


@pytest.mark.parametrize(
    ("value", "unit", "better", "text"),
    [
        (0.999999, numbers.PERCENT, Better.higher, f"99.99{S}%"),
        (1.0, numbers.PERCENT, Better.higher, f"100.00{S}%"),
        (0.999, numbers.PERCENT, Better.higher, f"99.90{S}%"),
        (0.0, numbers.PERCENT, Better.lower, f"0.00{S}%"),
        (1e-9, numbers.PERCENT, Better.lower, f"0.01{S}%"),
        (-0.0021, numbers.PERCENT, Better.lower, f"−0.21{S}%"),
        (-1e-9, numbers.PERCENT, Better.lower, f"0.00{S}%"),
        (1.2, numbers.TIMES, Better.lower, "1.20×"),
        (1.2001, numbers.TIMES, Better.lower, "1.21×"),
        (41208.0, numbers.COUNT, Better.lower, "41,208"),
        (0.0421, numbers.MILLISECONDS, Better.lower, f"43{S}ms"),
        (None, numbers.PERCENT, Better.higher, "–"),
        (float("nan"), numbers.PERCENT, Better.higher, "–"),
        (float("inf"), numbers.TIMES, Better.lower, "∞"),
        (float("-inf"), numbers.TIMES, Better.lower, "−∞"),
    ],
)
def test_printed_towards_the_bad_side(value: float | None, unit: numbers.Unit, better: Better, text: str) -> None:
    assert printed(value, unit, better) == text


@given(st.floats(min_value=0, max_value=1), st.sampled_from(list(Better)), st.integers(0, 6))
def test_never_better_than_the_truth(value: float, better: Better, digits: int) -> None:
    shown = Decimal(printed(value, numbers.PERCENT, better, digits).removesuffix(f"{S}%")) / 100
    truth = Decimal(repr(value))
    assert shown <= truth if better is Better.higher else shown >= truth
    assert abs(shown - truth) <= Decimal(1).scaleb(-digits - 2)


@pytest.mark.parametrize(
    ("required", "others", "better", "digits"),
    [
        (0.99, (0.5, 0.2), Better.higher, 2),
        (0.9995, (0.99949999, 0.9), Better.higher, 2),
        (0.99999, (0.999985,), Better.higher, 3),
        (0.005, (0.0050001,), Better.lower, 2),
        (0.001, (0.001,), Better.lower, 2),
        (None, (0.3,), Better.lower, 2),
        (0.5, (None,), Better.lower, 2),
    ],
)
def test_digits_that_keep_the_comparison_true(
    required: float | None, others: tuple[float | None, ...], better: Better, digits: int
) -> None:
    assert alike(required, others, numbers.PERCENT, better) == digits


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(list(Better)))
def test_a_printed_pass_is_a_pass(limit: int, value: int, better: Better) -> None:
    required, observed = limit / 10**6, value / 10**6
    digits = alike(required, (observed,), numbers.PERCENT, better)
    left = printed(observed, numbers.PERCENT, better, digits)
    right = printed(required, numbers.PERCENT, better, digits)
    assert (left == right) == (observed == required)
    assert (Decimal(left[:-2]) < Decimal(right[:-2])) == (observed < required)


def test_share_of_nothing_is_no_share() -> None:
    assert ratio_of(0, 0, Better.lower) == "–"
    assert ratio_of(4999, 5000, Better.higher, 1) == f"99.9{S}%"
    assert ratio_of(1, 5000, Better.lower, 1) == f"0.1{S}%"


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        ([], numbers.FINE_MILLISECONDS), ([0.0099], numbers.FINE_MILLISECONDS), ([0.01, 0.002], numbers.MILLISECONDS),
        ([0.999], numbers.MILLISECONDS), ([1.0, 0.2], numbers.SECONDS),
    ],
)  # fmt: skip
def test_one_unit_for_all_values(values: list[float], unit: numbers.Unit) -> None:
    assert numbers.seconds_unit(values) is unit
