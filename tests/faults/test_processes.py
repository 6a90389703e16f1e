"""A process that stands still for a while: nobody waits for it, and what it missed is told or made up for.

Killed ones are in tests/e2e/test_kill.py.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from fault_traffic import MB, assert_adds_up, memory_bytes, recover

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("role", ["sender", "comparer", "keeper"])
def test_a_process_that_stands_still_is_not_waited_for(role: str, faulty: Any) -> None:
    running, live = faulty(mirror={"tee_bytes": 2 << 20})
    recover(running, live)
    pids = running.pids_by_role()
    before = memory_bytes(pids["listener"])

    os.kill(pids[role], signal.SIGSTOP)
    try:
        live.send(1000)
    finally:
        os.kill(pids[role], signal.SIGCONT)
    assert memory_bytes(pids["listener"], "VmHWM") - before < 16 * MB
    recover(running, live)
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)

    assert running.pids_by_role() == pids
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    assert not evidence.gaps
    assert {(row.outcome, row.reason) for row in evidence.outcomes} <= {("match", ""), ("shed", "tee_full")}


def test_a_full_hand_off_sheds_and_counts(faulty: Any) -> None:
    """The sender takes nothing, the tee is small: what does not fit is counted at once, without a message."""
    running, live = faulty(mirror={"tee_bytes": 256 << 10, "max_body_bytes": 64 << 10})
    recover(running, live)
    pids = running.pids_by_role()
    before = memory_bytes(pids["listener"])

    os.kill(pids["sender"], signal.SIGSTOP)
    try:
        live.send(1500)
        running.wait_for(lambda: running.counts().get("shed(tee_full)", 0) > 500)
    finally:
        os.kill(pids["sender"], signal.SIGCONT)
    assert memory_bytes(pids["listener"], "VmHWM") - before < 8 * MB
    recover(running, live)

    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    shed = sum(row.n for row in evidence.outcomes if row.outcome == "shed")
    assert running.counts() == {"match": live.asked - shed, "shed(tee_full)": shed}
