from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.classes import TypeClass
from verify.rows import rowdiff
from verify.rows.digest import RowHasher
from verify.rows.rowdiff import (
    NotAKeyError,
    RowDifference,
    Side,
    differing,
    hashed_differences,
    ordered_differences,
    ranges_of,
)
from verify.store import BucketDigest, Buckets, ColumnSchema, KeyRange, Reading, Row, Selection, TableSchema
from verify.stores.memory import MemorySnapshot

SALT = b"0123456789abcdef"
SCHEMA = TableSchema(name="t", columns=(ColumnSchema(name="k"), ColumnSchema(name="v")))
READINGS = (Reading(column="k", kind=TypeClass.integer), Reading(column="v"))


def side(rows: list[Row], width: int = 1) -> Side:
    selection = Selection(table="t", readings=READINGS, key_width=width)
    return Side(
        snapshot=MemorySnapshot({"t": (SCHEMA, tuple(rows))}),
        selection=selection,
        hasher=RowHasher(selection, SALT),
        scanned=lambda _: None,
    )


def gathered(differences: Callable[[], AsyncIterator[RowDifference]]) -> list[tuple[Row | None, Row | None]]:
    async def run() -> list[tuple[Row | None, Row | None]]:
        return [(found.old, found.new) async for found in differences()]

    return asyncio.run(run())


def ordered(old: list[Row], new: list[Row]) -> list[tuple[Row | None, Row | None]]:
    return gathered(lambda: ordered_differences(side(old), side(new), KeyRange()))


def hashed(old: list[Row], new: list[Row], width: int = 1) -> list[tuple[Row | None, Row | None]]:
    buckets = Buckets(hashed=2)
    sizes = [max(len(old), len(new))] * 2
    return gathered(lambda: hashed_differences(side(old, width), side(new, width), buckets, (0, 1), sizes))


def test_differing_names_the_buckets() -> None:
    one, other = BucketDigest(rows=1, lane1=1), BucketDigest(rows=1, lane1=2)
    assert differing((one, one, one), (one, other, one)) == (1,)
    assert differing((one,), (BucketDigest(rows=1, lane1=1, lane2=1),)) == (0,)


@pytest.mark.parametrize(
    ("which", "limit", "expected"),
    [
        ((), 8, []),
        ((3,), 8, [(3, 3)]),
        ((0, 1, 2), 8, [(0, 2)]),
        ((0, 2, 9), 8, [(0, 0), (2, 2), (9, 9)]),
        ((0, 2, 9), 3, [(0, 0), (2, 2), (9, 9)]),
        ((0, 2, 9), 2, [(0, 2), (9, 9)]),
        ((0, 2, 9), 1, [(0, 9)]),
        ((0, 3, 6, 9), 2, [(0, 9)]),
    ],
)
def test_ranges_close_the_smallest_gaps_first(
    which: tuple[int, ...], limit: int, expected: list[tuple[int, int]]
) -> None:
    buckets = Buckets(bounds=tuple((n,) for n in range(10, 100, 10)))
    assert list(ranges_of(buckets, which, limit)) == [buckets.range_of(*span) for span in expected]


@given(st.sets(st.integers(0, 40)), st.integers(1, 12))
def test_ranges_hold_all_buckets_and_are_few(chosen: set[int], limit: int) -> None:
    buckets = Buckets(bounds=tuple((n,) for n in range(1, 41)))
    ranges = ranges_of(buckets, sorted(chosen), limit)
    assert len(ranges) <= limit
    for bucket in chosen:
        assert any((r.low is None or r.low[0] <= bucket) and (r.high is None or bucket < r.high[0]) for r in ranges)


ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["a", "b", None])), max_size=14, unique_by=lambda r: r[0]
)


@settings(deadline=None)
@given(ROWS, ROWS)
def test_both_ways_agree_with_a_dictionary(old: list[Row], new: list[Row]) -> None:
    left, right = {row[0]: row for row in old}, {row[0]: row for row in new}
    expected = [
        (left.get(key), right.get(key))
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    ]
    assert ordered(old, new) == expected
    assert sorted(hashed(old, new), key=repr) == sorted(expected, key=repr)


def test_rows_of_one_key_are_a_multiset() -> None:
    old: list[Row] = [(1, "a"), (1, "b"), (1, "b")]
    assert ordered(old, [(1, "b"), (1, "a"), (1, "b")]) == []
    assert ordered(old, [(1, "b"), (1, "c")]) == [((1, "a"), (1, "c")), ((1, "b"), None)]
    assert sorted(hashed(old, [(1, "b"), (1, "c")]), key=repr) == [((1, "a"), (1, "c")), ((1, "b"), None)]


def test_without_a_key_nothing_is_paired() -> None:
    assert sorted(hashed([(1, "a"), (1, "a")], [(1, "a"), (1, "b")], 0), key=repr) == [
        ((1, "a"), None),
        (None, (1, "b")),
    ]


def test_a_key_that_spans_batches_is_one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.stores.memory.BATCH_ROWS", 2)
    rows: list[Row] = [(1, "a"), (1, "b"), (1, "c"), (2, "a"), (2, "b")]
    assert ordered(rows, list(reversed(rows))) == []


def test_too_many_rows_of_one_key_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowdiff, "MAX_SAME_KEY", 3)
    assert ordered([(1, "a")] * 3, [(1, "a")] * 3) == []
    with pytest.raises(NotAKeyError, match="more than 3 rows share one key"):
        ordered([(1, "a")] * 4, [(1, "a")] * 4)


def test_memory_is_bounded_and_what_is_beyond_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowdiff, "HELD_ROWS", 10)
    monkeypatch.setattr(rowdiff, "DETAILED_ROWS", 5)
    old: list[Row] = [(n, "a") for n in range(100)]
    new: list[Row] = [(n, "b") for n in range(100)]
    found = hashed(old, new)
    detailed = [pair for pair in found if pair[0] and pair[1]]
    assert len(detailed) == 10
    assert all(one is not None and other is not None and one[0] == other[0] for one, other in detailed)
    assert (found.count(((), None)), found.count((None, ()))) == (90, 90)


def test_many_copies_of_one_row_are_counted_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowdiff, "SAME_DETAILED", 3)
    found = hashed([(1, "a")] * 50, [], 0)
    assert (found.count(((1, "a"), None)), found.count(((), None))) == (3, 47)
