"""A candidate that hangs or floods for long, at full speed: the listener's memory is flat, whatever is lost."""

from __future__ import annotations

import threading
import time
from typing import Any

import fault_backends as does
import pytest
from fault_traffic import MB, assert_adds_up, memory_bytes, recover

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

TEE_BYTES = 16 << 20
SECONDS = 60.0


@pytest.mark.parametrize("fault", [does.hang_on_accept, does.hang_in_the_body, does.flood], ids=lambda f: f.__name__)
def test_memory_stays_flat(faulty: Any, candidate: does.Backend, fault: Any) -> None:
    """No breaker helps: every exchange is tried, and the tee is full most of the time."""
    running, live = faulty(
        candidate={"breaker_failures": 1_000_000_000, "timeout_s": 2}, mirror={"tee_bytes": TEE_BYTES, "drain_s": 10}
    )
    recover(running, live)
    live.send(400)
    listener = running.pids_by_role()["listener"]
    before = memory_bytes(listener)

    candidate.behave(fault)
    stop = threading.Event()
    threads = live.until_stopped(stop, clients=6)
    time.sleep(SECONDS)
    stop.set()
    for thread in threads:
        thread.join()
    assert memory_bytes(listener, "VmHWM") - before < TEE_BYTES + 10 * MB

    candidate.behave(does.good)
    recover(running, live, timeout_s=60)
    assert running.pids_by_role()["listener"] == listener
    evidence = running.stop()
    assert live.wrong == []
    assert live.asked > 100 * SECONDS
    assert_adds_up(evidence, live.asked)
