"""Makers of records, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.records import (
    Difference,
    Disposition,
    Example,
    Kind,
    Leg,
    LegResult,
    LegState,
    Message,
    Observation,
    Outcome,
)

Observe = Callable[..., Observation]


@pytest.fixture
def settings() -> Ledger:
    return Ledger()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out" / "ledger.db"


@pytest.fixture(scope="session")
def leg() -> Callable[..., LegResult]:
    def make(
        name: str = "primary", state: str = "answered", status: int = 200, s: float = 0.01, build: str = ""
    ) -> LegResult:
        return LegResult(leg=Leg(name), state=LegState(state), status=status, duration_s=s, build=build)

    return make


@pytest.fixture(scope="session")
def differ() -> Callable[..., Difference]:
    def make(
        group: str = "body:$.a", disposition: str = "open", by: str = "", kind: str = "value", note: str = ""
    ) -> Difference:
        return Difference(
            kind=Kind(kind),
            path=group,
            group=group,
            old="1",
            new="2",
            disposition=Disposition(disposition),
            by=by,
            note=note,
        )

    return make


@pytest.fixture(scope="session")
def observe(leg: Callable[..., LegResult]) -> Observe:
    """An observation; `builds` fills primary and candidate legs, `shown` adds an example."""

    def make(
        seq: int = 1,
        at: float = 1000.0,
        *,
        lane: str = "a",
        endpoint: str = "GET /x",
        outcome: str = "match",
        builds: tuple[str, str] | None = ("p1", "c1"),
        shown: bool = False,
        legs: tuple[LegResult, ...] | None = None,
        **others: object,
    ) -> Observation:
        if legs is None:
            legs = () if builds is None else (leg("primary", build=builds[0]), leg("candidate", build=builds[1]))
        example = None
        if shown:
            message = Message(start=f"GET /x?{seq}")
            example = Example(observed_at=at, request=message, primary=message, candidate=message)
        return Observation(
            lane=lane,
            seq=seq,
            started_at=at,
            endpoint=endpoint,
            outcome=Outcome(outcome),
            legs=legs,
            example=example,
            **others,  # type: ignore[arg-type]
        )

    return make
