"""Between two runs nobody mirrors: that time is a gap, however the first one ended."""

from __future__ import annotations

import os
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shadow.ledger.evidence import Evidence
from shadow.records import GapKind

pytestmark = pytest.mark.e2e

PAUSE_S = 0.5


def ask(running: Any, count: int) -> None:
    for number in range(count):
        with urllib.request.urlopen(f"{running.url}/orders/{number % 3 + 1}", timeout=20) as answer:
            answer.read()


def down(evidence: Evidence) -> tuple[float, float, int]:
    (gap,) = [gap for gap in evidence.gaps if gap.kind is GapKind.mirror_down]
    return gap.started_at, gap.ended_at, gap.lost


@pytest.mark.parametrize("killed", [False, True])
def test_the_time_between_two_runs_is_a_gap(killed: bool, services: Any, mirror: Callable[..., Any]) -> None:
    running = mirror(**services.legs())
    ask(running, 5)
    running.wait_for(lambda: running.evidence().outcomes_total == 5)
    assert running.evidence().gaps == ()
    if killed:
        # Held back, so that it is lost with the run.
        os.kill(running.pids_by_role()["sender"], signal.SIGSTOP)
        ask(running, 3)
        running.wait_for(lambda: running.evidence().accepted_total == 8)
        pids = list(running.pids_by_role().values())
        running.kill()
        wait_until_gone(pids)
    else:
        running.stop()
    ended_at = time.time()
    time.sleep(PAUSE_S)  # this is what the gap is about
    began_at = time.time()
    running.start()
    ask(running, 2)
    evidence = running.stop()
    started_at, until, lost = down(evidence)
    # A run that is killed has stored something at most a heartbeat before.
    assert ended_at - 6 < started_at <= ended_at
    assert began_at <= until <= began_at + 10
    assert lost == (3 if killed else 0)
    assert evidence.accepted_total == evidence.outcomes_total == (10 if killed else 7)
    # The lanes of the first run are a row of their day now.
    assert sorted(row.lane.lane.partition(" ")[0] == "day" for row in evidence.lanes) == [False, True]


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)
