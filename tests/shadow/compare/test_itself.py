"""The old build against itself: taught first, then judged by what was learnt before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shadow.compare.itself import LEARNING_PAIRS
from shadow.compare.pipeline import Comparer
from shadow.records import Disposition, Kind, Outcome
from tests.shadow.compare.made import answer, exchange


def told(comparer: Comparer, old: object, second: object, new: object | None = None, **more: Any) -> Any:
    return comparer.observe(
        exchange(answer("primary", 200, old), answer("candidate", 200, old if new is None else new),
                 answer("secondary", 200, second, **more))
    )


def teach(comparer: Comparer, n: int = int(LEARNING_PAIRS)) -> None:
    for number in range(n):
        told(comparer, {"id": number, "name": "a"}, {"id": number + 1, "name": "a"})


def test_the_first_pairs_only_teach(build: Callable[..., Comparer]) -> None:
    comparer = build()
    seen = [told(comparer, {"id": 1}, {"id": 2}).itself for _ in range(int(LEARNING_PAIRS) + 2)]
    assert seen[: int(LEARNING_PAIRS) - 1] == [None] * (int(LEARNING_PAIRS) - 1)
    assert seen[-1] == ()


def test_what_no_noise_covers_is_an_alarm_and_then_teaches(build: Callable[..., Comparer]) -> None:
    comparer = build()
    teach(comparer, 30)
    observed = told(comparer, {"id": 1, "name": "a"}, {"id": 2, "name": "b"})
    assert observed.itself == ("value body:$.name",)
    assert (observed.outcome, observed.secondary_differs) == (Outcome.match, True)
    assert told(comparer, {"id": 1, "name": "a"}, {"id": 2, "name": "a"}).itself == ()


def test_two_builds_are_no_pair(build: Callable[..., Comparer]) -> None:
    """While the old side is being deployed its copies differ for good reasons."""
    comparer = build()
    teach(comparer, 30)
    comparer._builds._known["secondary"] = ("p2", b"")
    observed = told(comparer, {"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 1, "name": "c"})
    assert (observed.itself, observed.secondary_differs) == (None, None)
    assert observed.outcome is Outcome.mismatch


def test_beyond_the_noise_is_a_mismatch_that_says_so(build: Callable[..., Comparer]) -> None:
    comparer = build()
    teach(comparer, 40)
    observed = told(comparer, {"id": 50, "name": "a"}, {"id": 51, "name": "a"}, {"id": 49, "name": "a"})
    (difference,) = observed.differences
    assert (observed.outcome, difference.kind, difference.disposition) == (
        Outcome.mismatch, Kind.value, Disposition.open,
    )  # fmt: skip
    assert "a counter that went back by 1" in difference.note


@pytest.mark.parametrize("status", [500, 404])
def test_a_secondary_that_fails_is_an_alarm(build: Callable[..., Comparer], status: int) -> None:
    comparer = build()
    teach(comparer, 30)
    observed = comparer.observe(
        exchange(answer("primary", 200, {"id": 1}), answer("candidate", 200, {"id": 1}), answer("secondary", status))
    )
    assert observed.itself == ("status status",)
