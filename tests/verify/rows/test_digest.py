from __future__ import annotations

import random
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.classes import TypeClass
from verify.equality.canonical import encode_row
from verify.rows.digest import Accumulator, RowHasher, bucket_of_hash, is_ordered, order_key
from verify.store import BucketDigest, Buckets, KeyOrderLost, KeyRange, Reading, Row, Selection

SALT = b"0123456789abcdef"
KEYED = Selection(
    table="t",
    readings=(Reading(column="id", kind=TypeClass.integer), Reading(column="v", kind=TypeClass.other)),
    key_width=1,
)
KEYLESS = Selection(table="t", readings=KEYED.readings)
THREE = Buckets(bounds=((10,), (20,)))


def digests(
    rows: list[Row], buckets: Buckets = THREE, selection: Selection = KEYED, salt: bytes = SALT
) -> tuple[BucketDigest, ...]:
    accumulator = Accumulator(selection, buckets, salt)
    accumulator.add(rows)
    return accumulator.digests()


@pytest.mark.parametrize(
    ("key", "bucket"), [(-(2**70), 0), (9, 0), (10, 1), (11, 1), (19, 1), (20, 2), (21, 2), (2**70, 2)]
)
def test_buckets_are_half_open_and_open_ended(key: int, bucket: int) -> None:
    assert [digest.rows for digest in digests([(key, "x")])] == [int(at == bucket) for at in range(3)]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 0, KeyRange(high=(10,))),
        (1, 1, KeyRange(low=(10,), high=(20,))),
        (2, 2, KeyRange(low=(20,))),
        (0, 2, KeyRange()),
        (1, 2, KeyRange(low=(10,))),
    ],
)
def test_the_range_of_buckets_is_what_was_put_into_them(first: int, last: int, expected: KeyRange) -> None:
    assert THREE.range_of(first, last) == expected


def test_composite_keys_find_their_bucket_part_by_part() -> None:
    selection = Selection(
        table="t",
        readings=(Reading(column="a", kind=TypeClass.text), Reading(column="b", kind=TypeClass.integer)),
        key_width=2,
    )
    buckets = Buckets(bounds=(("m", 5),))
    rows: list[Row] = [("m", 4), ("l", 99), ("m", 5), ("n", 0)]
    assert [digest.rows for digest in digests(rows, buckets, selection)] == [2, 2]


@pytest.mark.parametrize("key", [None, "1", 1.0, True, b"1"])
def test_a_key_of_another_type_has_no_bucket(key: Any) -> None:
    with pytest.raises(KeyOrderLost):
        digests([(key, "x")])
    with pytest.raises(KeyOrderLost):
        order_key((key if key not in ("1", b"1") else None, "x"), 1)


@given(
    st.lists(st.tuples(st.integers(-30, 50), st.one_of(st.none(), st.text(max_size=2))), max_size=20), st.randoms()
)
def test_order_does_not_matter_and_parts_add_up(rows: list[Row], chance: random.Random) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert digests(rows) == digests(shuffled)
    accumulator = Accumulator(KEYED, THREE, SALT)
    accumulator.add(rows[:5])
    accumulator.add(rows[5:])
    assert accumulator.digests() == digests(rows)


ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, "", "a", 1, "1"])), max_size=6)


@given(ROWS, ROWS)
def test_digests_agree_exactly_when_the_multisets_do(one: list[Row], other: list[Row]) -> None:
    def multiset(rows: list[Row]) -> list[str]:
        return sorted(repr(row) for row in rows)

    for selection in (KEYED, KEYLESS):
        same = digests(one, Buckets(hashed=3), selection) == digests(other, Buckets(hashed=3), selection)
        assert same == (multiset(one) == multiset(other))


def test_even_multiplicities_are_seen() -> None:
    assert digests([(1, "a")] * 2) != digests([(1, "b")] * 2)
    assert digests([(1, "a")] * 2) != digests([])


def test_the_salt_changes_every_hash() -> None:
    assert digests([(1, "a")]) != digests([(1, "a")], salt=b"another")


def test_lanes_are_the_halves_of_the_salted_hash() -> None:
    whole = blake2b(encode_row((1, "a")), digest_size=16, key=SALT).digest()
    halves = [int.from_bytes(half, "little") for half in (whole[:8], whole[8:])]
    assert digests([(1, "a")])[0] == BucketDigest(rows=1, lane1=halves[0], lane2=halves[1])


def test_lanes_are_sums_modulo_two_to_the_64() -> None:
    one, many = digests([(1, "a")])[0], digests([(1, "a")] * 1000)[0]
    assert many == BucketDigest(rows=1000, lane1=one.lane1 * 1000 % 2**64, lane2=one.lane2 * 1000 % 2**64)
    assert one.lane1 != one.lane2


def test_identity_is_the_key_or_without_one_the_row() -> None:
    keyed, keyless = RowHasher(KEYED, SALT), RowHasher(KEYLESS, SALT)
    assert keyed.identity((1, "a")) == keyed.identity((1, "b"))
    assert keyless.identity((1, "a")) == keyless.hash((1, "a")) != keyless.identity((1, "b"))


def test_hashed_buckets_are_all_used() -> None:
    hasher = RowHasher(KEYED, SALT)
    used = {bucket_of_hash(hasher.identity((n, "")), 8) for n in range(200)}
    assert used == set(range(8))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], True),
        ([(1,), (2,)], True),
        ([("a", 1), ("b", 2)], True),
        ([(1,), ("a",)], False),
        ([(1,), (True,)], False),
        ([(1.5,)], False),
        ([(None,)], False),
    ],
)
def test_keys_are_ordered_when_they_are_of_one_shared_type(keys: list[Any], expected: bool) -> None:
    assert is_ordered(keys) is expected
