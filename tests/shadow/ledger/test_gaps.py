"""Gaps that follow each other closely are one row, and every sum stays exact."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.ledger import schema
from shadow.ledger.gaps import MERGE_S, MOST_DETAIL, down_gap, in_order, joined, length_s, load_gaps, store_gaps
from shadow.records import Gap, GapKind

EVER: dict[str, object] = {"since": float("-inf"), "until": float("inf")}


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = made()
    yield connection
    connection.close()


def made() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.create(connection, block_s=60.0, created_at=5.0)
    return connection


def gap(at: float, to: float, *, kind: GapKind = GapKind.sender_lost, lost: int = 0, detail: str = "x") -> Gap:
    return Gap(kind=kind, started_at=at, ended_at=to, lost=lost, detail=detail)


def test_close_ones_of_a_kind_are_one_row(db: sqlite3.Connection) -> None:
    store_gaps(db, [gap(0, 1, lost=2, detail="a"), gap(5, 6, kind=GapKind.paused)])
    store_gaps(db, [gap(1 + MERGE_S, 2 + MERGE_S, lost=3, detail="b")])
    store_gaps(db, [gap(3 + 2 * MERGE_S, 4 + 2 * MERGE_S, lost=7)])
    first, paused, later = load_gaps(db, EVER)
    assert (first.started_at, first.ended_at, first.lost, first.times, length_s(first)) == (0, 2 + MERGE_S, 5, 2, 2.0)
    assert first.detail == "a; b"
    assert (paused.times, length_s(paused)) == (1, 1.0)
    assert (later.lost, later.times, length_s(later)) == (7, 1, 1.0)


def test_a_process_that_dies_for_a_day_is_one_row(db: sqlite3.Connection) -> None:
    for second in range(0, 86_400, 30):
        store_gaps(db, [gap(second, second + 0.5, lost=1, detail=f"sender {second % 2} died")])
    (one,) = load_gaps(db, EVER)
    assert (one.lost, one.times, length_s(one)) == (2880, 2880, 1440.0)
    assert one.detail == "sender 0 died"


def test_details_are_bounded() -> None:
    one = gap(0, 1, detail="a")
    for number in range(100):
        one = joined(one, gap(0, 1, detail=f"listener {number}"))
    assert len(one.detail) <= MOST_DETAIL


def test_no_gap_ends_before_it_begins(db: sqlite3.Connection) -> None:
    """The clock went back by an hour while a process was down."""
    store_gaps(db, [gap(3600, 1, lost=4)])
    (one,) = load_gaps(db, EVER)
    assert (one.started_at, one.ended_at, one.lost, length_s(one)) == (1, 1, 4, 0.0)


@pytest.mark.parametrize(
    ("stored_at", "started_at", "lasted_s", "said"),
    [(100.0, 160.0, 60.0, "no mirror was running"), (100.0, 100.0, 0.0, "no mirror was running"),
     (160.0, 100.0, 0.0, "the clock went back by 60 s or more")],
)  # fmt: skip
def test_the_time_without_a_mirror(stored_at: float, started_at: float, lasted_s: float, said: str) -> None:
    found = down_gap(stored_at, started_at, 3)
    assert (found.kind, found.lost, length_s(found), found.ended_at) == (GapKind.mirror_down, 3, lasted_s, started_at)
    assert found.started_at <= found.ended_at
    assert said in found.detail


def test_an_older_ledger_has_no_sums(db: sqlite3.Connection) -> None:
    db.execute("DROP TABLE gap_merged")
    db.execute("INSERT INTO gap (kind, started_at, ended_at, lost, detail) VALUES ('paused', 1, 2, 0, '')")
    assert load_gaps(db, EVER) == (gap(1, 2, kind=GapKind.paused, detail=""),)
    schema.complete(db)
    store_gaps(db, [gap(3, 4, kind=GapKind.paused, detail="")])
    assert [one.times for one in load_gaps(db, EVER)] == [2]


GAPS = st.lists(
    st.builds(
        Gap,
        kind=st.sampled_from([GapKind.sender_lost, GapKind.paused]),
        started_at=st.integers(-1000, 1000).map(float),
        ended_at=st.integers(-1000, 1000).map(float),
        lost=st.integers(0, 9),
        detail=st.sampled_from(["a", "b", "c"]),
    ),
    max_size=20,
)


@given(GAPS, st.integers(1, 5))
def test_sums_stay_exact(gaps: list[Gap], at_once: int) -> None:
    connection = made()
    try:
        for start in range(0, len(gaps), at_once):
            store_gaps(connection, gaps[start : start + at_once])
        stored = load_gaps(connection, EVER)
    finally:
        connection.close()
    wanted = [in_order(one) for one in gaps]
    for kind in GapKind:
        given_ones = [one for one in wanted if one.kind is kind]
        rows = [one for one in stored if one.kind is kind]
        assert sum(one.lost for one in rows) == sum(one.lost for one in given_ones)
        assert sum(one.times for one in rows) == len(given_ones)
        assert sum(length_s(one) for one in rows) == sum(length_s(one) for one in given_ones)
        if given_ones:
            assert min(one.started_at for one in rows) == min(one.started_at for one in given_ones)
            assert max(one.ended_at for one in rows) == max(one.ended_at for one in given_ones)
    assert Counter(one.kind for one in stored) <= Counter(one.kind for one in wanted)
