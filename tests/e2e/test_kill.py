"""Killing any process but the listener under load costs evidence, never a live answer, and the loss is counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shadow.ipc.lanes import LaneFile

REQUESTS = 1500

pytestmark = pytest.mark.e2e


def summary(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    out, _ = process.communicate(timeout=100)
    return dict(json.loads(out.decode().strip().splitlines()[-1]))


@pytest.fixture(scope="module")
def direct(services: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The digests of the answers without a mirror in between."""
    record = tmp_path_factory.mktemp("direct") / "answers"
    assert summary(services.traffic(services.primary, REQUESTS, record))["failed"] == 0
    return record.read_bytes()


@pytest.mark.parametrize(
    ("role", "reason"), [("sender", "sender_lost"), ("comparer", "comparer_lost"), ("keeper", "")]
)
def test_a_killed_process_harms_nothing_and_is_accounted_for(
    role: str, reason: str, services: Any, mirror: Callable[..., Any], direct: bytes, tmp_path: Path
) -> None:
    running = mirror(**services.legs())
    record = tmp_path / "answers"
    traffic = services.traffic(running.url, REQUESTS, record, rate=300)
    lanes = LaneFile(Path(f"{running.ledger}.lanes"))
    running.wait_for(lambda: sum(lane.accepted for lane in lanes.read()) > 150)
    lanes.close()
    # Held back until what was asked is compared: on a busy machine it would be over before all processes are up.
    traffic.send_signal(signal.SIGSTOP)
    running.wait_for(lambda: sum(running.counts().values()) > 100, timeout_s=60)
    traffic.send_signal(signal.SIGCONT)
    victim = running.pids_by_role()[role]
    if reason:
        # Held still for a moment, so that it certainly has something in hand when it dies.
        os.kill(victim, signal.SIGSTOP)
        seen = running.evidence().accepted_total
        running.wait_for(lambda: running.evidence().accepted_total > seen + 100)
    os.kill(victim, signal.SIGKILL)

    back_s = running.wait_for(lambda: running.pids_by_role().get(role, victim) != victim)

    told = summary(traffic)
    assert (told["failed"], told["ok"]) == (0, REQUESTS)
    assert record.read_bytes() == direct
    assert back_s < 3
    evidence = running.stop()
    assert evidence.accepted_total == REQUESTS
    assert evidence.in_flight_total == 0
    assert evidence.outcomes_total == REQUESTS
    gaps = [gap for gap in evidence.gaps if gap.kind == f"{role}_lost"]
    assert len(gaps) == 1
    assert f"{role}" in gaps[0].detail and "SIGKILL" in gaps[0].detail
    lost = sum(row.n for row in evidence.outcomes if row.outcome == "shed" and row.reason == reason)
    if reason:
        # The gap tells what had been handed over; what a listener sheds while it has no sender is in its own counters.
        unsent = sum(row.lane.local.get(f"shed({reason})", 0) for row in evidence.lanes)
        assert lost - unsent == gaps[0].lost > 0
    else:
        # The keeper's death loses time only: whoever reported keeps what was not committed.
        assert not [row for row in evidence.outcomes if row.outcome == "shed"]
    assert not [row for row in evidence.outcomes if row.outcome in ("mismatch", "candidate_failed")]
