"""The ledger's disk is full, or another process holds its lock: evidence waits, the live side never notices."""

from __future__ import annotations

import resource
import sqlite3
import time
from typing import Any

import pytest
from fault_traffic import assert_adds_up, recover

pytestmark = pytest.mark.e2e


def test_a_full_disk_delays_evidence(faulty: Any) -> None:
    """The keeper's files cannot grow by one byte, as on a full disk; then there is room again."""
    running, live = faulty()
    recover(running, live)
    keeper = running.pids_by_role()["keeper"]
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)
    soft, hard = resource.prlimit(keeper, resource.RLIMIT_FSIZE)

    # The write-ahead log, which every commit makes longer, is by far the longest of them.
    size = running.ledger.with_name(running.ledger.name + "-wal").stat().st_size
    resource.prlimit(keeper, resource.RLIMIT_FSIZE, (size, hard))
    try:
        before = live.asked
        live.send(300)
        running.wait_for(lambda: "the ledger cannot be written, trying again" in running.log.read_text())
        assert running.evidence().outcomes_total == before
    finally:
        resource.prlimit(keeper, resource.RLIMIT_FSIZE, (soft, hard))
    running.wait_for(lambda: "the ledger can be written again" in running.log.read_text())
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)
    recover(running, live)

    assert running.pids_by_role()["keeper"] == keeper
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    assert running.counts() == {"match": live.asked}


def test_a_locked_ledger_delays_evidence(faulty: Any) -> None:
    running, live = faulty()
    recover(running, live)
    pids = running.pids_by_role()
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)

    other = sqlite3.connect(running.ledger, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        held_since = time.monotonic()
        before = live.asked
        live.send(300)
        # Longer than it takes the keeper to commit: several attempts run into the lock.
        running.wait_for(lambda: time.monotonic() - held_since > 1)
        assert running.evidence().outcomes_total == before
        other.execute("ROLLBACK")
    finally:
        other.close()
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)
    recover(running, live)

    assert running.pids_by_role() == pids
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    assert running.counts() == {"match": live.asked}


@pytest.mark.slow
def test_a_ledger_that_is_locked_for_longer_than_the_keeper_waits(faulty: Any) -> None:
    """Past SQLite's own patience the keeper says so, keeps what it has, and tries again."""
    running, live = faulty()
    recover(running, live)
    pids = running.pids_by_role()
    other = sqlite3.connect(running.ledger, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        live.send(300)
        running.wait_for(lambda: "the ledger cannot be written, trying again" in running.log.read_text(), 30)
        live.send(300)
        other.execute("ROLLBACK")
    finally:
        other.close()
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)

    assert running.pids_by_role() == pids
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    assert running.counts() == {"match": live.asked}
