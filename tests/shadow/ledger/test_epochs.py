"""Which builds an observation counts for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shadow.ledger.caps import MAX_EPOCHS
from shadow.ledger.epochs import BEYOND, UNKNOWN, Builds, EpochBook, named
from shadow.records import LegResult, Observation


@pytest.mark.parametrize(
    ("state", "status", "build", "name"),
    [
        ("answered", 200, "v1", "v1"),
        ("answered", 500, "v1", "v1"),
        ("failed", 0, "v1", "v1"),
        ("answered", 200, "", ""),
        ("answered", 499, "", ""),
        ("answered", 500, "", None),
        ("failed", 0, "", None),
        ("not_called", 0, "", None),
    ],
)
def test_named(leg: Callable[..., LegResult], state: str, status: int, build: str, name: str | None) -> None:
    assert named(leg("candidate", state, status, build=build)) == name


def test_a_walk(leg: Callable[..., LegResult], observe: Callable[..., Observation]) -> None:
    book = EpochBook()
    failed = (leg("primary", build="p1"), leg("candidate", "failed"))
    steps: list[tuple[Observation, Builds, bool]] = [
        (observe(1, 10.0, builds=None), UNKNOWN, False),
        (observe(2, 9.0), ("p1", "c1"), True),  # older than the unnamed one, and named all the same
        (observe(3, 11.0, builds=None), ("p1", "c1"), False),
        (observe(4, 20.0, builds=("p1", "c2")), ("p1", "c2"), True),
        (observe(5, 15.0), ("p1", "c1"), True),  # late: counts where it belongs, and is not current
        (observe(6, 21.0, legs=failed), ("p1", "c2"), False),
        (observe(7, 22.0, legs=(leg("primary", "failed"), leg("candidate", build="c3"))), ("p1", "c3"), True),
        (observe(8, 23.0, builds=("", "")), ("", ""), True),  # both answered and nobody says who they are
        (observe(9, 24.0, builds=None), ("", ""), False),
    ]
    for observation, builds, names in steps:
        assert book.place(observation) == (builds, names), observation.seq


def test_builds_that_change_with_every_answer_do_not_grow_for_ever(observe: Callable[..., Observation]) -> None:
    book = EpochBook()
    placed = [book.place(observe(n, float(n), builds=("p", f"c{n}")))[0] for n in range(MAX_EPOCHS + 3)]
    assert placed[MAX_EPOCHS - 1] == ("p", f"c{MAX_EPOCHS - 1}")
    assert placed[MAX_EPOCHS:] == [BEYOND] * 3
    assert book.place(observe(1, 1e6, builds=("p", "c0")))[0] == ("p", "c0")
