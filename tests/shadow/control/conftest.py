"""Observations in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shadow.control.view import View
from shadow.records import Difference, Leg, LegResult, LegState, Observation, Outcome


def observation(
    endpoint: str = "GET /a",
    outcome: Outcome = Outcome.match,
    *,
    primary: int = 200,
    candidate: int = 200,
    reason: str = "",
    seq: int = 1,
    seconds: float = 0.02,
    differences: tuple[Difference, ...] = (),
) -> Observation:
    """Status 0 is a leg that failed, -1 one that was not called."""
    states = {0: LegState.failed, -1: LegState.not_called}
    legs = tuple(
        LegResult(leg=leg, state=states.get(status, LegState.answered), status=max(status, 0), duration_s=seconds)
        for leg, status in ((Leg.primary, primary), (Leg.candidate, candidate))
    )
    return Observation(lane="l-0", seq=seq, started_at=1.0, endpoint=endpoint, outcome=outcome, reason=reason,
                       legs=legs, differences=differences)


@pytest.fixture
def observed() -> Callable[..., Observation]:
    return observation


@pytest.fixture
def view() -> Any:
    return View(legs=(Leg.primary, Leg.candidate), max_endpoints=3)
