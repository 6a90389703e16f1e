"""Pairing of list items."""

from __future__ import annotations

import pytest

from shadow.bodies.parse import NonFinite, parse
from shadow.compare.align import align_as_multisets, align_by_key, fingerprint, is_same_item


def ids(*numbers: object, name: str = "id") -> list[object]:
    """Return rows with a key."""
    return [{name: number, "v": 1} for number in numbers]


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        (ids(1, 2), ids(2, 1), ("id", [(0, 1), (1, 0)], [], [], True)),
        (ids(1, 2, 3), ids(1, 3), ("id", [(0, 0), (2, 1)], [1], [], False)),
        (ids(1), ids(1, 2), ("id", [(0, 0)], [], [1], False)),
        (ids(1, 2, 3), ids(3, 4, 5), None),  # one of three is less than half
        (ids(1, 2), ids(2, 3), ("id", [(1, 0)], [0], [1], False)),
        (ids("1"), ids(1), None),
        (ids(1, 1), ids(1, 2), None),
        (ids(1, None), ids(1, None), None),
        (ids(True), ids(True), None),
        (ids(1, name="order_id"), ids(1, name="order_id"), ("order_id", [(0, 0)], [], [], False)),
        (ids(1, name="total"), ids(1, name="total"), None),
        ([{"id": 1}, 5], [{"id": 1}, 5], None),
        ([], ids(1), None),
        ([1], [1], None),
        (
            [{"id": 1, "code": "a"}, {"id": 2, "code": "b"}],
            [{"id": 8, "code": "b"}, {"id": 9, "code": "a"}],
            ("code", [(0, 1), (1, 0)], [], [], True),
        ),
    ],
)
def test_by_key(old: list[object], new: list[object], want: object) -> None:
    """Unique, scalar, in all items, and shared by at least half."""
    found = align_by_key(old, new)
    assert (found and (found.name, found.pairs, found.gone, found.added, found.moved)) == want


def test_as_multisets() -> None:
    """Equal items pair wherever they stand, once each."""
    found = align_as_multisets([1, 1, 2, True], [True, 1, 3])
    assert (found.pairs, found.gone, found.added, found.moved) == ([(0, 1), (3, 0)], [1, 2], [2], True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, b"1"),
        ("1.0", b"1.0"),
        ([1], [True]),
        ({"a": b"1.0"}, {"a": "MS4w"}),
        (0, False),
        (None, "null"),
        ({"a": b"1.0", "b": "MS4w"}, {"a": "MS4w", "b": b"1.0"}),
        ([NonFinite("NaN")], [{"word": "NaN"}]),
        ([parse(b'{"a":1,"a":2}')], [{"a": 2}]),
        (["\ud800"], ["\udc00"]),
    ],
)
def test_fingerprints_of_different_values_differ(one: object, other: object) -> None:
    """Nothing that could be confused is."""
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(one) and hash(fingerprint(one)) == hash(fingerprint(one))


def test_fingerprints_ignore_the_order_of_members() -> None:
    """Objects are sets of members."""
    assert fingerprint({"a": 1, "b": [b"1.5"]}) == fingerprint({"b": [b"1.5"], "a": 1})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"id": 1, "v": 1}, {"id": 1, "v": 2}, True),
        ({"id": 1}, {"id": 2}, False),
        ({"id": 1}, {"id": True}, False),
        ({"id": 1}, {}, False),
        ({"v": 1}, {"v": 1}, False),
        ([1], [1], False),
        ({"id": None}, {"id": None}, False),
    ],
)
def test_same_item(one: object, other: object, same: bool) -> None:
    """By the first member that could be a key."""
    assert is_same_item(one, other) is same
