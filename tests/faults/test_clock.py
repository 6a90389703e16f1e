"""The wall clock jumps. Instants name evidence, they never order or time it: what is counted still adds up.

The processes measure with the monotonic clock (a breaker, a time-out, a sweep), which no administrator can set; so
jumps of the wall clock reach only what is stored, and are tested there, on a real ledger.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shadow.clock import block_start
from shadow.config.model import Ledger
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.legs.breaker import Breaker, BreakerState
from shadow.records import Lane, Leg, LegResult, LegState, Observation, Outcome
from tests.manual_clock import ManualClock

NOW = 1_800_000_000.0
DAY = 86_400.0
BUILDS = (
    LegResult(leg=Leg.primary, state=LegState.answered, status=200, duration_s=0.01, build="old"),
    LegResult(leg=Leg.candidate, state=LegState.answered, status=200, duration_s=0.01, build="new"),
)


@pytest.mark.parametrize(
    "jumps",
    [[-1.0], [-DAY], [DAY], [3650 * DAY], [-NOW], [3600.0, -3600.0], [DAY, -2 * DAY, DAY], [-0.001, 0.001]],
    ids=str,
)
def test_counts_add_up_whatever_the_time_is(tmp_path: Path, jumps: list[float]) -> None:
    path = tmp_path / "ledger.db"
    at, seq = NOW, 0
    blocks = set()
    with LedgerWriter.open(path, Ledger(), "key") as writer:
        for jump in [0.0, *jumps]:
            at += jump
            blocks.add(block_start(at, Ledger().block_s))
            batch = [
                Observation(lane="a", seq=seq + n, started_at=at, endpoint="GET /a", outcome=Outcome.match, legs=BUILDS)
                for n in range(1, 11)
            ]
            seq += 10
            lane = Lane(lane="a", started_at=NOW, accepted=seq + 3, handed=seq, open=1, local={"shed(tee_full)": 2})
            assert len(writer.commit(batch, [lane], now=at)) == 10
            # What came before is told apart from what comes again, whatever its time.
            writer.commit(batch, [lane], now=at)

    # In the last second's view, nothing has gone astray, and nothing lies about when it was seen.
    evidence = read_evidence(path, at=at)
    assert (evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total) == (seq + 3, 1, seq + 2)
    matched = [row for row in evidence.outcomes if row.outcome is Outcome.match]
    assert sum(row.n for row in matched) == seq
    assert {row.block_at for row in matched} == blocks
    assert [(epoch.primary_build, epoch.candidate_build) for epoch in evidence.epochs] == [("old", "new")]


def test_a_breaker_opens_for_as_long_as_it_says() -> None:
    """The candidate is tried again after the time that passed, not after the time that was set."""
    clock = ManualClock(at=5.0)
    breaker = Breaker(failures=2, open_s=60.0)
    for _ in range(2):
        assert breaker.allows(clock.monotonic())
        breaker.failed(clock.monotonic())
    clock.advance(59.9)
    assert not breaker.allows(clock.monotonic())
    clock.advance(0.1)
    assert breaker.allows(clock.monotonic())
    breaker.succeeded()
    assert breaker.state is BreakerState.closed
