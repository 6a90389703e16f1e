from __future__ import annotations

import pytest

from reports.numbers import SPACE as S
from reports.page.times import between, duration, instant, machine

AT = 1_763_767_865.9  # 2025-11-21 23:31:05.9 UTC


def test_instants_name_their_zone() -> None:
    assert instant(AT) == "2025-11-21 23:31:05 UTC"
    assert machine(AT) == "2025-11-21T23:31:05Z"


@pytest.mark.parametrize("at", [None, 0.0, -1.0, float("nan"), float("inf"), 1e12])
def test_unknown_instants_are_a_dash(at: float | None) -> None:
    assert (instant(at), machine(at)) == ("–", "")


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (AT, AT + 20, "2025-11-21 23:31:05 – 23:31:25 UTC"),
        (AT, AT + 0.05, "2025-11-21 23:31:05 UTC"),
        (AT, AT + 7200, "2025-11-21 23:31 – 2025-11-22 01:31 UTC"),
        (None, AT, "2025-11-21 23:31:05 UTC"),
        (AT, None, "2025-11-21 23:31:05 UTC"),
        (None, None, "–"),
    ],
)
def test_windows(first: float | None, last: float | None, text: str) -> None:
    assert between(first, last) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, f"0.0{S}ms"), (0.0042, f"4.2{S}ms"), (0.00421, f"4.3{S}ms"), (0.151, f"151{S}ms"), (1.51, f"1.51{S}s"),
        (59.99, f"59.99{S}s"), (60.0, f"1{S}min"),
        (60.2, f"1{S}min 1{S}s"), (125.0, f"2{S}min 5{S}s"), (3600.0, f"1{S}h"),
        (3661.0, f"1{S}h 1{S}min"), (86_400.0 * 6 + 4 * 3600, f"6{S}d 4{S}h"), (None, "–"), (float("nan"), "–"),
    ],
)  # fmt: skip
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
