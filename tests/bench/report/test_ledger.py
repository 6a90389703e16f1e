"""The bench's ledger is one that the gate can judge: its sum holds, and every tier is in it."""

from __future__ import annotations

import time
from pathlib import Path

from bench.report.ledger import build
from shadow.ledger.reader import read_evidence


def test_the_sum_holds_and_every_tier_is_there(tmp_path: Path) -> None:
    path, now = tmp_path / "l.db", time.time()
    build(path, now=now, exchanges=3000, days=3, endpoints=5, signatures=7)
    evidence = read_evidence(path, at=now)
    assert evidence.accepted_total == evidence.outcomes_total + evidence.in_flight_total
    assert abs(evidence.outcomes_total - 3000) < 300
    assert {row.width_s for row in evidence.outcomes} == {0.0, 3600.0, 86400.0}
    assert len({row.endpoint for row in evidence.outcomes}) == 5
    assert len(evidence.signatures) == 7
    assert all(row.examples for row in evidence.signatures)
