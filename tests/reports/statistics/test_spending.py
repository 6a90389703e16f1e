from __future__ import annotations

import numpy as np
import pytest

from reports.statistics.binomial import upper_bound
from reports.statistics.spending import DAY_S, look_of, spent


def test_all_looks_together_spend_the_error_and_no_more() -> None:
    assert spent(0.95, 1) == pytest.approx(0.975)
    assert sum(1.0 - spent(0.95, look) for look in range(1, 100_000)) == pytest.approx(0.05, rel=1e-4)
    assert sum(1.0 - spent(0.95, look) for look in range(1, 100_000)) <= 0.05


@pytest.mark.parametrize(("hours", "look"), [(-5, 1), (0, 1), (23.9, 1), (24, 2), (7 * 24 + 1, 8)])
def test_looks_are_nights(hours: float, look: int) -> None:
    assert look_of(1000 * DAY_S, 1000 * DAY_S + hours * 3600) == look


def test_there_is_no_look_before_the_first() -> None:
    with pytest.raises(ValueError, match="from 1"):
        spent(0.95, 0)


@pytest.mark.parametrize("is_spent", [True, False])
def test_thirty_nightly_looks_at_the_margin(is_spent: bool) -> None:
    """Without spending one in five passes falsely, with it well below one in twenty."""
    rate, per_night = 0.01, 500
    most = []
    for look in range(1, 31):
        confidence = spent(0.95, look) if is_spent else 0.95
        failing = 0
        while upper_bound(failing, per_night * look, confidence) <= rate:
            failing += 1
        most.append(failing - 1)
    seen = np.random.default_rng(1).binomial(per_night, rate, size=(5_000, 30)).cumsum(axis=1)
    passed = float((seen <= np.array(most)).any(axis=1).mean())
    assert passed <= 0.05 if is_spent else passed > 0.15
