from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from verify.explain.samples import Sample, rank_of


@given(st.lists(st.integers(), unique=True), st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_same_few_are_kept_in_whatever_order_they_come(items: list[int], size: int, how: random.Random) -> None:
    kept = []
    for _ in range(2):
        sample: Sample[int] = Sample(size)
        for item in items:
            sample.add(rank_of(str(item).encode()), lambda item=item: item)  # type: ignore[misc]
        kept.append(sample.kept())
        assert sample.seen == len(items)
        how.shuffle(items)
    assert kept[0] == kept[1]
    assert len(kept[0]) == min(size, len(items))
    assert set(kept[0]) <= set(items)


def test_nothing_is_made_of_what_is_not_kept() -> None:
    made: list[int] = []
    sample: Sample[int] = Sample(3)
    for item in range(10_000):
        sample.add(rank_of(str(item).encode()), lambda item=item: made.append(item) or item)  # type: ignore[misc, func-returns-value]
    assert len(made) < 200
