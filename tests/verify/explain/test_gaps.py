from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from verify.explain.gaps import Gap, Keys


def keys(of: list[int] | range, most: int = 64) -> Keys:
    found = Keys(most)
    for key in of:
        found.add(key)
    return found


def test_a_range_is_one_gap_however_long_it_is() -> None:
    assert keys(range(500, 20_500)).gaps() == (Gap(500, 20_499),)
    assert keys(range(-20, 20)).gaps() == (Gap(-20, 19),)


def test_scattered_keys_and_short_runs_are_none() -> None:
    assert keys(range(0, 100, 2)).gaps() == ()
    assert keys([*range(9), *range(100, 109)]).gaps() == ()
    assert keys(range(10)).gaps() == (Gap(0, 9),)


def test_two_ranges_and_scattered_keys_between() -> None:
    found = keys([*range(10_000, 11_000), 5_000, *range(100, 200), 5_002], most=4096)
    assert found.gaps() == (Gap(100, 199), Gap(10_000, 10_999))
    assert found.is_exact


def test_a_key_that_comes_twice_is_no_hole_elsewhere() -> None:
    assert keys([*range(20), 5, 22]).gaps() == (Gap(6, 19),)


@given(st.sets(st.integers(-1000, 1000)), st.integers(2, 40), st.randoms(use_true_random=False))
def test_the_result_depends_on_the_set_alone_and_is_never_invented(
    chosen: set[int], most: int, how: random.Random
) -> None:
    ordered = sorted(chosen)
    one = keys(ordered, most)
    how.shuffle(ordered)
    other = keys(ordered, most)
    assert (one.gaps(2), one.is_exact) == (other.gaps(2), other.is_exact)
    for gap in one.gaps(2):
        assert set(range(gap.first, gap.last + 1)) <= chosen
    if one.is_exact:
        longest = [key for key in chosen if key - 1 not in chosen and key + 1 in chosen]
        assert [gap.first for gap in one.gaps(2)] == sorted(longest)


def test_memory_is_bounded() -> None:
    found = keys(range(0, 1_000_000, 7), most=100)
    assert len(found._blocks) <= 100
    assert not found.is_exact
