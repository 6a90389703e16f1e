"""Which exchanges are shown in full."""

from __future__ import annotations

from shadow.compare import quota
from shadow.compare.quota import FIRST, Quota


def test_first_ones_then_one_in_a_second() -> None:
    """By the time of the exchanges, whatever their order."""
    granted = Quota()
    assert [granted.grant(["a"], 5.0) for _ in range(FIRST + 2)] == [True] * FIRST + [False] * 2
    assert [granted.grant(["a"], at) for at in (5.9, 6.0, 6.5, 7.0, 5.5, 6.6)] == [False, True, False, True, True, True]


def test_one_that_is_due_is_enough() -> None:
    """A signature that is new shows an exchange full of old ones; nothing shows nothing."""
    granted = Quota()
    for _ in range(FIRST):
        granted.grant(["a"], 1.0)
    assert granted.grant(["a", "b"], 1.0)
    assert not granted.grant(["a"], 1.0)
    assert not granted.grant([], 1.0)


def test_bounded(monkeypatch) -> None:
    """The longest unseen is forgotten, and begins anew."""
    monkeypatch.setattr(quota, "_MOST_SIGNATURES", 3)
    granted = Quota()
    for _ in range(FIRST):
        granted.grant("abc", 1.0)
    assert not granted.grant("b", 1.0)
    granted.grant("d", 1.0)
    assert granted.grant("a", 1.0)
    assert len(granted._granted) == 3
