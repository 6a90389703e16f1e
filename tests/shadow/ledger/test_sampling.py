"""First, last and a fair sample of the rest."""

from __future__ import annotations

from collections import Counter

import pytest

from shadow.ledger.sampling import slots_for


def _kept(signature: str, n: int, size: int) -> dict[int, int]:
    """Return slot -> position after `n` exchanges."""
    return {slot: nth for nth in range(1, n + 1) for slot in slots_for(signature, nth, size)}


@pytest.mark.parametrize(
    ("nth", "size", "slots"),
    [
        (1, 5, (0,)),
        (2, 5, (1, 2)),
        (3, 5, (1, 3)),
        (4, 5, (1, 4)),
        (1, 1, (0,)),
        (2, 1, ()),
        (99, 1, ()),
        (7, 2, (1,)),
    ],
)
def test_slots(nth: int, size: int, slots: tuple[int, ...]) -> None:
    assert slots_for("s", nth, size) == slots


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_bounded_with_first_and_last(size: int) -> None:
    kept = _kept("s", 200, size)
    assert set(kept) == set(range(size))
    assert kept[0] == 1
    assert kept.get(1, 200) == 200
    assert kept == _kept("s", 200, size)


def test_the_reservoir_is_fair() -> None:
    """Over 2,000 signatures each of the positions 2..21 lands in one of 3 places 300 times, give or take 5 sigma."""
    counts = Counter(nth for i in range(2000) for slot, nth in _kept(f"s{i}", 21, 5).items() if slot >= 2)
    assert set(counts) == set(range(2, 22))
    assert all(220 < n < 380 for n in counts.values())


@pytest.mark.parametrize(("nth", "size"), [(0, 5), (1, 0)])
def test_refuses(nth: int, size: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        slots_for("s", nth, size)
