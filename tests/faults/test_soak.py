"""A candidate that hangs or floods for long, at full speed: the listener's memory is flat, whatever is lost.

A few seconds in `make test`, ten minutes in `make test-full`; SHADOW_SOAK_S sets other seconds for the long one.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any

import fault_backends as does
import pytest
from fault_traffic import MB, assert_adds_up, memory_bytes, recover

TEE_BYTES = 16 << 20
SHORT_S = 5.0
FLOOD_S = 60.0
# Beside the buffer, for any length.
SPARE = 10 * MB
LONG_S = float(os.environ.get("SHADOW_SOAK_S", "600"))

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        pytest.param(does.hang_on_accept, SHORT_S, id="hung"),
        pytest.param(does.hang_on_accept, LONG_S, id="hung for long",
                     marks=[pytest.mark.slow, pytest.mark.timeout(LONG_S + 300)]),
        pytest.param(does.hang_in_the_body, FLOOD_S, id="hung in the body", marks=pytest.mark.slow),
        pytest.param(does.flood, FLOOD_S, id="flooding", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_memory_stays_flat(faulty: Any, candidate: does.Backend, fault: Any, seconds: float) -> None:
    """No breaker helps: every exchange is tried, and the tee is full most of the time."""
    running, live = faulty(
        candidate={"breaker_failures": 1_000_000_000, "timeout_s": 2}, mirror={"tee_bytes": TEE_BYTES, "drain_s": 10}
    )
    recover(running, live)
    live.send(400)
    listener = running.pids_by_role()["listener"]
    before = memory_bytes(listener)
    asked = live.asked

    candidate.behave(fault)
    stop = threading.Event()
    began = time.monotonic()
    threads = live.until_stopped(stop, clients=6)
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    took_s = time.monotonic() - began
    grown = memory_bytes(listener, "VmHWM") - before
    sys.stdout.write(f"{live.asked - asked:,} requests in {took_s:.0f} s, listener grew by {grown / MB:.1f} MB\n")
    assert grown < TEE_BYTES + SPARE

    candidate.behave(does.good)
    recover(running, live, timeout_s=60)
    assert running.pids_by_role()["listener"] == listener
    evidence = running.stop()
    assert live.wrong == []
    assert live.asked - asked > 100 * seconds
    assert_adds_up(evidence, live.asked)
