"""A process that stands still for long is killed and replaced; one whose machine stood still is not."""

from __future__ import annotations

import http.client
import os
import signal
import time
from typing import Any

import pytest
from fault_traffic import assert_adds_up, recover

HANG_S = 2.0
PATIENCE_S = 40.0

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    "role", ["sender", pytest.param("comparer", marks=pytest.mark.slow), pytest.param("keeper", marks=pytest.mark.slow)]
)
def test_what_stands_still_is_replaced(role: str, faulty: Any) -> None:
    running, live = faulty(mirror={"hang_s": HANG_S})
    recover(running, live)
    pids = running.pids_by_role()

    os.kill(pids[role], signal.SIGSTOP)
    live.send(200)
    running.wait_for(lambda: running.pids_by_role().get(role, pids[role]) != pids[role], PATIENCE_S)
    recover(running, live, timeout_s=PATIENCE_S)

    assert {name: pid for name, pid in running.pids_by_role().items() if name != role} == {
        name: pid for name, pid in pids.items() if name != role
    }
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    (gap,) = evidence.gaps
    assert gap.kind == f"{role}_lost"
    assert gap.ended_at - gap.started_at > HANG_S
    log = running.log.read_text()
    assert f"{role} has shown no sign of life for" in log.replace(f"{role} 0", role)
    assert "stood still for" in gap.detail and "and was killed" in gap.detail


def test_a_listener_that_stands_still_is_replaced_and_its_requests_are_accounted_for(faulty: Any) -> None:
    """Whoever was with it is cut off, as by a death; whoever comes meanwhile is served by the next one."""
    running, live = faulty(mirror={"hang_s": HANG_S})
    recover(running, live)
    asked, victim = live.asked, running.pids_by_role()["listener"]
    caught = http.client.HTTPConnection("127.0.0.1", live.port, timeout=PATIENCE_S)
    caught.request("GET", "/items/1")
    caught.getresponse().read()

    os.kill(victim, signal.SIGSTOP)
    queued = http.client.HTTPConnection("127.0.0.1", live.port, timeout=PATIENCE_S)
    queued.request("GET", "/items/2")
    caught.request("GET", "/items/3")
    with pytest.raises((OSError, http.client.HTTPException)):
        caught.getresponse().read()
    assert queued.getresponse().read()
    for connection in (caught, queued):
        connection.close()
    running.wait_for(lambda: running.pids_by_role().get("listener", victim) != victim)
    live.send(20)

    evidence = running.stop()
    assert live.wrong == []
    # The one that it never read was never accepted.
    assert_adds_up(evidence, asked + 2 + 20)
    assert [gap.kind for gap in evidence.gaps] == ["listener_lost"]


def test_a_machine_that_stood_still_costs_no_process(faulty: Any) -> None:
    """As by a suspended machine or a stopped container: the supervisor saw as little as anybody."""
    running, live = faulty(mirror={"hang_s": HANG_S})
    recover(running, live)
    pids = running.pids_by_role()
    everybody = [running.process.pid, *pids.values()]

    for pid in everybody:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(HANG_S + 1.5)  # what is awaited is that nothing happens
    for pid in everybody:
        os.kill(pid, signal.SIGCONT)
    recover(running, live)

    assert running.pids_by_role() == pids
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    assert not evidence.gaps
    assert "sign of life" not in running.log.read_text()
