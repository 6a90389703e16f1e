"""A signal for all processes is the supervisor's alone, from the first moment of a process on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM)
ROLES = {"shadow.legs.sender", "shadow.compare.worker", "shadow.keeper.keeper", "shadow.mirror.listener"}


def start(running: Any) -> subprocess.Popen[bytes]:
    """Start the mirror again, in a group of its own, and do not wait for anything."""
    running.stop()
    with running.log.open("wb") as log:
        running.process = subprocess.Popen(
            [sys.executable, "-m", "shadow", "mirror", "-c", str(running.config)],
            cwd=Path(__file__).parents[2], stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    return running.process


def words_of(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return []


def children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def test_a_child_that_is_still_starting_ignores_them(services: Any, mirror: Callable[..., Any]) -> None:
    running = mirror(**services.legs())
    process = start(running)
    hit: dict[int, int] = {}
    deadline = time.monotonic() + 20
    while len(hit) < 4 or min(hit.values()) < 40:
        assert time.monotonic() < deadline, running.log.read_text()
        for pid in children(process.pid):
            # Not before exec: until then it is the supervisor's own code.
            if ROLES & set(words_of(pid)):
                hit[pid] = hit.get(pid, 0) + 1
                for number in SIGNALS:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
        time.sleep(0.002)
    running.wait_for(lambda: len(running.pids_by_role()) == 4)
    assert set(hit) == set(running.pids_by_role().values())
    running.stop()
    assert "starting it again" not in running.log.read_text()


def test_a_signal_of_the_terminal_reaches_the_supervisor_alone(services: Any, mirror: Callable[..., Any]) -> None:
    running = mirror(**services.legs())
    process = start(running)
    # Between fork and exec a child is still in the group of its parent.
    running.wait_for(lambda: any(ROLES & set(words_of(pid)) for pid in children(process.pid)))
    groups = set()
    for pid in children(process.pid):
        if ROLES & set(words_of(pid)):
            groups.add(os.getpgid(pid))
    assert groups and process.pid not in groups
    running.wait_for(lambda: "listening on" in running.log.read_text())
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 0, running.log.read_text()
    assert "SIGINT" not in running.log.read_text()
