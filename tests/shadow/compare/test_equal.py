"""Strict equality."""

from __future__ import annotations

import pytest

from shadow.compare.equal import same


@pytest.mark.parametrize(
    ("one", "other", "want"),
    [
        (1, 1, True),
        (1, True, False),
        (0, False, False),
        ([1], [True], False),
        ({"a": {"b": 0}}, {"a": {"b": False}}, False),
        ({"a": 1, "b": True}, {"b": True, "a": 1}, True),
        ({"a": 1, "b": True}, {"b": 1, "a": True}, False),
        (b"1.0", b"1.0", True),
        (b"1.0", b"1.00", False),
        (b"1.0", "1.0", False),
        (b"1.0", 1, False),
        ({"a": b"1.0"}, {"a": "MS4w"}, False),
        (["\ud800", True], ["\ud800", True], True),
        (["\ud800", True], ["\ud800", 1], False),
        ({"\ud800": [0]}, {"\ud800": [False]}, False),
        (None, False, False),
        ([], {}, False),
    ],
)
def test_same(one: object, other: object, want: bool) -> None:
    """Types count, the order of members does not; in both directions."""
    assert (same(one, other), same(other, one)) == (want, want)
