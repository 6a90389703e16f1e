"""How many buckets are digested as one: fewer where much differs, and whatever the number, each bucket once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.stores.postgres.grain import MOST_BUCKETS, Grain


@given(
    st.integers(1, 200),
    st.data(),
    st.lists(st.tuples(st.integers(1, 99), st.integers(0, 9_999), st.integers(0, 99)), max_size=4),
)
def test_every_bucket_of_a_piece_is_digested_once(
    total: int, data: st.DataObject, pieces: list[tuple[int, int, int]]
) -> None:
    first = data.draw(st.integers(0, total - 1))
    last = data.draw(st.integers(first, total - 1))
    grain = Grain()
    for piece in pieces:
        grain.took(*piece)
    spans = grain.spans(first, last, total)
    assert [at for one, other in spans for at in range(one, other + 1)] == list(range(first, last + 1))
    assert all(span == (end, end) for span in spans for end in (0, total - 1) if span[0] <= end <= span[1])
    assert max(other - one + 1 for one, other in spans) <= grain.size <= MOST_BUCKETS


@pytest.mark.parametrize(
    ("rows", "differing", "size"),
    [
        (90, 0, 8), (90, 1, 4), (90, 61, 1), (90, 1000, 1),  # of 1,000 buckets, that of 90 rows
        (10, 0, 16), (300, 0, 2), (1025, 0, 1), (100_000, 0, 1),
    ],
)  # fmt: skip
def test_the_fewer_differ_the_more_are_one(rows: int, differing: int, size: int) -> None:
    grain = Grain()
    assert grain.size == 1, "nothing is known yet"
    grain.took(1000, 1000 * rows, differing)
    assert grain.size == size


def test_it_forgets() -> None:
    grain = Grain()
    grain.took(1000, 90_000, 1000)
    sizes = []
    for _ in range(16):
        grain.took(1000, 90_000, 0)
        sizes.append(grain.size)
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (1, 8)


def test_where_each_bucket_has_to_be_known_it_is() -> None:
    grain = Grain(fixed=True)
    grain.took(1000, 90_000, 0)
    assert grain.spans(0, 9, 20) == [(at, at) for at in range(10)]
