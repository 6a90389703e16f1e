"""Hashes that a server packs: what one side has more of is the same as row by row, whatever their order."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair
from shadow.records import CheckStatus, DataCheck
from tests.verify.verified import verified
from verify.store import BucketDigest, Key, Row
from verify.stores.postgres import compare, offer
from verify.stores.postgres.digest import Strength
from verify.stores.postgres.hashes import Hashes, unmatched_hashes
from verify.stores.postgres.pieces import Pieces
from verify.stores.postgres.side import NativeSide

STRENGTHS = ("fast", "default", "portable")
SMALL = st.integers(-2, 2)


def packed(rows: list[Row], width: int, lanes: int) -> Hashes:
    """Return rows as a server packs them."""
    flat = [value for row in rows for value in row[width:]]
    keys = tuple([row[at] for row in rows] for at in range(width))
    return Hashes(keys, struct.pack(f">{len(rows) * lanes}q", *flat))


@st.composite
def sides(draw: st.DrawFn) -> tuple[int, int, list[list[Row]], list[list[Row]]]:
    """A width of the key, a number of lanes, and the rows of some ranges of both sides: few values, so that rows are
    duplicated, exchanged, lost, and equal in a key or in one lane only."""
    width, lanes = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    ranges = st.lists(st.lists(st.tuples(*[SMALL] * (width + lanes)), max_size=6), min_size=3, max_size=3)
    old = draw(ranges)
    new = draw(ranges)
    if draw(st.booleans()):
        new = [draw(st.one_of(st.just(rows), st.permutations(rows))) for rows in old]
    return width, lanes, old, [list(rows) for rows in new]


@given(sides())
def test_the_rest_is_that_of_the_multisets(case: tuple[int, int, list[list[Row]], list[list[Row]]]) -> None:
    width, lanes, old, new = case
    found = unmatched_hashes(*([packed(rows, width, lanes) for rows in side] for side in (old, new)))
    one, other = (Counter(row for rows in side for row in rows) for side in (old, new))
    assert found == (one - other, other - one)


def test_lanes_stay_with_their_rows() -> None:
    rows: list[Row] = [(1, -5, 2**63 - 1), (2, 7, -(2**63))]
    assert packed(rows, 1, 2).rows == rows
    assert packed([], 1, 2).rows == []


N = 600
CHANGES = {
    "two rows of one bucket": ("UPDATE t SET v = 'x' WHERE id IN (100, 101)", [("value", 100), ("value", 101)]),
    "two rows exchanged": (
        "UPDATE t SET v = 'v' || (603 - id) WHERE id IN (301, 302)", [("value", 301), ("value", 302)],
    ),
    "a row lost in a bucket": ("DELETE FROM t WHERE id = 333", [("missing_row", 333)]),
    "a row come before all": ("INSERT INTO t VALUES (-1, 'x')", [("extra_row", -1)]),
    "a row lost and one come": (
        "DELETE FROM t WHERE id = 333; INSERT INTO t VALUES (334, 'x')", [("extra_row", 334), ("missing_row", 333)],
    ),
    "first and last": ("UPDATE t SET v = 'x' WHERE id IN (1, 600)", [("value", 1), ("value", 600)]),
    "first, last and between": (
        "UPDATE t SET v = 'x' WHERE id IN (1, 200, 400, 600)", [("value", n) for n in (1, 200, 400, 600)],
    ),
    "a bucket emptied": (
        "DELETE FROM t WHERE id BETWEEN 129 AND 192", [("missing_row", n) for n in range(129, 193)],
    ),
    "one of equal rows lost": (
        "DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t WHERE id = 500)", [("missing_row", 500)],
    ),
    "one of equal rows changed": (
        "UPDATE t SET v = 'x' WHERE ctid = (SELECT max(ctid) FROM t WHERE id = 500)", [("value", 500)],
    ),
    "one more of equal rows": ("INSERT INTO t VALUES (500, 'v500')", [("extra_row", 500)]),
    "rows of one key in another order": (
        "DELETE FROM t WHERE id = 510; INSERT INTO t VALUES (510, 'b'), (510, 'a')", [],
    ),
}  # fmt: skip
TABLE = (
    "DROP TABLE IF EXISTS t; CREATE TABLE t (id int NOT NULL, v text); CREATE INDEX ON t (id);"
    f" INSERT INTO t SELECT n, 'v' || n FROM generate_series(1, {N}) n WHERE n NOT IN (334, 510);"
    " INSERT INTO t VALUES (500, 'v500'), (510, 'a'), (510, 'b');"
)


@pytest.fixture(autouse=True)
def small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some thirty buckets, of 18 or 19 rows, in pieces of 2, 4, 8 ...: of the later ones some are digested as one."""
    monkeypatch.setattr(offer, "ROWS_PER_BUCKET", 16)
    monkeypatch.setattr(offer, "FIRST_ROWS", 40)


@pytest.fixture(scope="module")
def databases(postgres: PostgresServer) -> tuple[str, str]:
    """The old side, and a new one that is made anew for each change."""
    old = postgres.new_database()
    postgres.execute(old, TABLE)
    return old, postgres.new_database()


def of_rows(postgres: PostgresServer, databases: tuple[str, str], change: str, strength: str) -> DataCheck:
    postgres.execute(databases[1], f"{TABLE} {change}")
    urls = [postgres.url(name) for name in databases]
    return verified(*urls, TablePair(old="t", key=("id",)), strength=strength, max_findings=100)["rows"]


def seen(check: DataCheck) -> list[tuple[str, int]]:
    return sorted((one.kind, int(one.key.partition("=")[2])) for one in check.findings)


@pytest.mark.parametrize(("strength", "change"), list(product(STRENGTHS, CHANGES)))
def test_each_change_is_found_where_it_is(
    postgres: PostgresServer, databases: tuple[str, str], strength: str, change: str
) -> None:
    statement, expected = CHANGES[change]
    check = of_rows(postgres, databases, statement, strength)
    assert seen(check) == sorted(expected), check.reason
    assert f"{strength} digest in the database" in check.reason
    assert 30 <= int(check.reason.partition(" ranges")[0].rpartition(" ")[2]) <= 36


@pytest.mark.parametrize("changed", range(200, 220))
def test_a_change_is_found_at_either_side_of_a_cut(
    postgres: PostgresServer, databases: tuple[str, str], changed: int
) -> None:
    check = of_rows(postgres, databases, f"UPDATE t SET v = 'x' WHERE id = {changed}", "fast")
    assert seen(check) == [("value", changed)]


def test_many_differences_are_fetched_in_groups(
    postgres: PostgresServer, databases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "HELD_ROWS", 100)
    check = of_rows(postgres, databases, "UPDATE t SET v = v || '!' WHERE id % 10 = 1", "fast")
    assert seen(check) == [("value", n) for n in range(1, N, 10)]


@pytest.mark.parametrize("strength", STRENGTHS)
def test_every_lane_is_compared(
    postgres: PostgresServer, databases: tuple[str, str], strength: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[Hashes] = []

    def noted(old: Sequence[Hashes], new: Sequence[Hashes]) -> tuple[Counter[Row], Counter[Row]]:
        handed.extend([*old, *new])
        return unmatched_hashes(old, new)

    monkeypatch.setattr(compare, "unmatched_hashes", noted)
    of_rows(postgres, databases, "UPDATE t SET v = 'x' WHERE id = 100", strength)
    assert {len(row) for one in handed for row in one.rows} == {1 + Strength(strength).lanes}


def test_equal_buckets_are_digested_together(
    postgres: PostgresServer, databases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    really = NativeSide.digests

    async def counted(side: NativeSide, bounds: Sequence[Key]) -> list[BucketDigest]:
        asked.append(len(bounds) - 1)
        return await really(side, bounds)

    monkeypatch.setattr(NativeSide, "digests", counted)
    check = of_rows(postgres, databases, "", "fast")
    assert check.status is CheckStatus.passed, check.reason
    assert 2 * 4 < sum(asked) < 2 * 15, "of both sides about half of thirty buckets"


def test_what_is_kept_of_a_piece_are_all_buckets_that_may_differ(
    postgres: PostgresServer, databases: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    bounds: list[Key] = []
    really = Pieces.finish

    def noted(pieces: Pieces, piece: tuple[int, int], rows: tuple[int, int], differing: list[int]) -> None:
        kept.extend(differing)
        bounds[:] = pieces.buckets.bounds
        really(pieces, piece, rows, differing)

    monkeypatch.setattr(Pieces, "finish", noted)
    of_rows(postgres, databases, "UPDATE t SET v = 'x' WHERE id = 480", "fast")
    assert {bisect_right(bounds, (480,))} < set(kept), "together with their neighbours, where they were digested as one"
