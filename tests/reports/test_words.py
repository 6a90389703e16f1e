from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.words import count, listed, percent_down, percent_up, seconds


@pytest.mark.parametrize(
    ("ratio", "down", "up"),
    [
        (1.0, "100 %", "100 %"),
        (0.0, "0 %", "0 %"),
        (0.99999, "99.99 %", "100 %"),
        (0.00001, "0 %", "0.01 %"),
        (0.995, "99.5 %", "99.5 %"),
        (1 - 0.995, "0.5 %", "0.5 %"),
        (0.12345, "12.34 %", "12.35 %"),
        (-0.0012, "-0.12 %", "-0.12 %"),
        (float("nan"), "?", "?"),
        (float("inf"), "?", "?"),
    ],
)
def test_percent_is_cut_off_towards_the_bad_side(ratio: float, down: str, up: str) -> None:
    assert (percent_down(ratio), percent_up(ratio)) == (down, up)


@given(st.floats(0, 1))
def test_percent_never_flatters(ratio: float) -> None:
    assert float(percent_down(ratio).removesuffix(" %")) <= ratio * 100 + 1e-7
    assert float(percent_up(ratio).removesuffix(" %")) >= ratio * 100 - 1e-7


@pytest.mark.parametrize(
    ("duration_s", "text"), [(0.0008, "0.8 ms"), (0.2134, "213 ms"), (1.236, "1.24 s"), (float("nan"), "?")]
)
def test_seconds(duration_s: float, text: str) -> None:
    assert seconds(duration_s) == text


def test_counts_and_lists() -> None:
    assert [count(0, "row"), count(1, "row"), count(1200, "row"), count(2, "mismatch", "mismatches")] == [
        "0 rows",
        "1 row",
        "1,200 rows",
        "2 mismatches",
    ]
    assert listed(["a", "b"]) == "a, b"
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
