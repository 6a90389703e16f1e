"""Nothing to do, and nothing there: both are states a mirror spends most of its life in."""

from __future__ import annotations

import http.client
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from fault_backends import answer_of
from fault_traffic import MB, assert_adds_up, memory_bytes, recover

pytestmark = pytest.mark.e2e


def cpu_s(pid: int) -> float:
    """CPU time that a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_an_idle_mirror_rests_and_wakes(faulty: Any) -> None:
    """With clients that are connected and silent; one of them asks in the end, on its old connection."""
    running, live = faulty()
    recover(running, live)
    silent = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(50)]
    kept = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    kept.connect()
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)
    pids = running.pids_by_role()
    used = {role: cpu_s(pid) for role, pid in pids.items()}
    resident = {role: memory_bytes(pid) for role, pid in pids.items()}

    time.sleep(1.5)

    # Far more than they need (some milliseconds), far less than anything that spins.
    worked = {role: cpu_s(pid) - used[role] for role, pid in pids.items()}
    assert max(worked.values()) < 0.5, worked
    grown = {role: memory_bytes(pid) - resident[role] for role, pid in pids.items()}
    assert max(grown.values()) < 4 * MB, grown
    target = f"/items/{live.asked}"
    live.asked += 1
    kept.request("GET", target)
    assert kept.getresponse().read() == answer_of(target).body
    kept.close()
    for each in silent:
        each.close()
    evidence = running.stop()
    assert_adds_up(evidence, live.asked)
    assert running.counts() == {"match": live.asked}


def test_a_mirror_that_nobody_asked_anything(faulty: Any) -> None:
    running, _ = faulty()
    evidence = running.stop()
    assert_adds_up(evidence, 0)
    assert evidence.outcomes == ()


def test_nothing_at_all_is_there(faulty: Any, backends: Any, primary: Any, candidate: Any) -> None:
    """No primary, no candidate: the client is told so, every time; when they come, all is well without a restart."""
    running, live = faulty()
    primary.close()
    candidate.close()
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    for _ in range(20):
        connection.request("GET", "/items/1")
        response = connection.getresponse()
        assert (response.status, response.read()) == (502, b"shadow: the primary cannot be reached (refused)\n")
    connection.close()
    running.wait_for(lambda: running.counts() == {"primary_failed(refused)": 20})

    backends(port=primary.port)
    backends(port=candidate.port)
    recover(running, live)
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked + 20)
    assert running.counts() == {"match": live.asked, "primary_failed(refused)": 20}
