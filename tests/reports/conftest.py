"""Builders of evidence for the tests of the gate and the report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.document import Result
from reports.judge import judge
from shadow.config.model import Config, Primary, ShadowLeg
from shadow.ledger.evidence import Epoch, Evidence, HistogramRow, JointRow, OutcomeRow, ProofRow, RatioRow
from shadow.ledger.histogram import SCALE, bucket_of
from shadow.records import Leg, Outcome, Triage

# Makes the samples importable.
sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("samples", "page")]

AT = 1_700_000_000.0

Endings = dict[str, dict[Any, int]]


def build_config(**fields: Any) -> Config:
    """A configuration with a secondary; sections as keywords."""
    given: dict[str, Any] = {
        "primary": Primary(url="http://old:1"),
        "candidate": ShadowLeg(url="http://new:1"),
        "secondary": ShadowLeg(url="http://old:2"),
    }
    return Config(**(given | fields))


def build_evidence(endings: Endings, **fields: Any) -> Evidence:
    """Evidence of endpoints with their endings: `{"GET /a": {Outcome.match: 5, (Outcome.shed, "tee_full"): 1}}`.

    Joints, timings (10 ms on either side) and totals follow from the endings unless they are given.
    """
    outcomes, joints, timings = [], [], []
    for endpoint, counts in endings.items():
        agreeing = failing = 0
        for key, n in counts.items():
            outcome, reason = key if isinstance(key, tuple) else (key, "")
            outcomes.append(
                OutcomeRow(
                    block_at=AT, endpoint=endpoint, outcome=outcome, reason=reason, triage=Triage.confirmed, n=n
                )
            )
            if outcome in (Outcome.match, Outcome.noise_only, Outcome.expected, Outcome.mismatch):
                agreeing += n
            if outcome is Outcome.candidate_failed:
                failing += n
        joints.append(
            JointRow(
                block_at=AT, endpoint=endpoint, criterion="error",
                both_ok=agreeing, old_bad=0, new_bad=failing, both_bad=0,
            )
        )  # fmt: skip
        timings.append((endpoint, agreeing))
    total = sum(row.n for row in outcomes)
    given: dict[str, Any] = {
        "ledger_id": "l1",
        "path": "ledger.db",
        "read_at": AT,
        "since": AT - 3600,
        "until": AT,
        "epoch": Epoch(id=1, primary_build="old-1", candidate_build="new-1", first_at=AT - 3600, last_at=AT),
        "outcomes": tuple(outcomes),
        "joints": tuple(joints),
        "ratios": tuple(
            RatioRow(block_at=AT, endpoint=name, against=Leg.secondary, n=n, sum_log=0.0, sum_log2=0.0)
            for name, n in timings
            if n
        ),
        "histograms": tuple(
            row for name, n in timings if n for leg in Leg for row in build_timings(name, leg, {0.01: n})
        ),
        "proofs": tuple(
            ProofRow(endpoint=name, mutation="null", detected=True, by="", n=100) for name in endings
        ),
        "accepted_total": total,
        "outcomes_total": total,
    }
    return Evidence(**(given | fields))


def build_timings(endpoint: str, leg: Leg, durations: dict[float, int]) -> tuple[HistogramRow, ...]:
    """Histogram rows of one leg: how many requests took how long."""
    return tuple(
        HistogramRow(block_at=AT, endpoint=endpoint, leg=leg, scale=SCALE, bucket=bucket_of(duration_s), n=n)
        for duration_s, n in durations.items()
    )


@pytest.fixture
def at() -> float:
    return AT


@pytest.fixture
def config() -> Config:
    return build_config()


@pytest.fixture
def config_of() -> Callable[..., Config]:
    return build_config


@pytest.fixture
def evidence_of() -> Callable[..., Evidence]:
    return build_evidence


@pytest.fixture
def timings_of() -> Callable[..., tuple[HistogramRow, ...]]:
    return build_timings


@pytest.fixture
def judged() -> Callable[..., Result]:
    """Judge endings with the default configuration; keywords go to the evidence."""

    def run(endings: Endings, config: Config | None = None, expected: tuple[str, ...] = (), **fields: Any) -> Result:
        return judge(
            build_evidence(endings, **fields),
            config or build_config(),
            at=AT,
            expected_endpoints=expected,
            tool_version="1.0",
        )

    return run
