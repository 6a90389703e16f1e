"""The ledger's disk is full, or another process holds its lock: evidence waits, the live side never notices."""

from __future__ import annotations

import resource
import signal
import sqlite3
import time
from typing import Any

import pytest
from fault_traffic import assert_adds_up, recover

from reports.document import Criterion
from reports.judge import judge
from shadow.ledger.reader import STALLED_S, read_evidence
from shadow.records import CheckStatus, GapKind
from shadow.validation import load_config

pytestmark = pytest.mark.e2e


def test_a_full_disk_delays_evidence(faulty: Any) -> None:
    """The keeper's files cannot grow by one byte, as on a full disk; then there is room again."""
    running, live = faulty()
    recover(running, live)
    keeper = running.pids_by_role()["keeper"]
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)
    soft, hard = resource.prlimit(keeper, resource.RLIMIT_FSIZE)
    fill_the_disk(running)
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


def fill_the_disk(running: Any) -> None:
    """From now on the keeper's longest file cannot grow: the write-ahead log, which every commit makes longer."""
    keeper = running.pids_by_role()["keeper"]
    _, hard = resource.prlimit(keeper, resource.RLIMIT_FSIZE)
    size = running.ledger.with_name(running.ledger.name + "-wal").stat().st_size
    resource.prlimit(keeper, resource.RLIMIT_FSIZE, (size, hard))


def completeness(running: Any, at: float) -> Criterion:
    """What the gate would say of it at an instant."""
    config = load_config(running.config)
    evidence = read_evidence(running.ledger, at=at)
    (row,) = [row for row in judge(evidence, config, at=at, tool_version="1").criteria
              if (row.name, row.scope) == ("completeness", "all")]
    return row


def test_with_a_full_disk_the_gate_leaves_completeness_open(faulty: Any) -> None:
    """The counters that a reader finds are old: nothing tells it of what came since, but that nothing was stored."""
    running, live = faulty()
    recover(running, live)
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)
    assert completeness(running, time.time()).status is CheckStatus.passed

    fill_the_disk(running)
    live.send(300)
    running.wait_for(lambda: "the ledger cannot be written, trying again" in running.log.read_text())
    row = completeness(running, time.time() + 2 * STALLED_S)
    assert row.status is CheckStatus.inconclusive
    assert "is at work and has stored nothing for 1" in row.reason


def test_a_mirror_that_is_stopped_with_a_full_disk_exits_with_3_and_the_next_counts(faulty: Any) -> None:
    running, live = faulty(mirror={"drain_s": 1})
    recover(running, live)
    running.wait_for(lambda: running.evidence().outcomes_total == live.asked)
    stored = live.asked
    fill_the_disk(running)
    live.send(50)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 3, running.log.read_text()
    assert "the keeper could not settle this run" in running.log.read_text()
    assert completeness(running, time.time()).status is CheckStatus.inconclusive

    running.start()
    evidence = running.stop()
    assert_adds_up(evidence, live.asked)
    assert live.wrong == []
    (gap,) = [gap for gap in evidence.gaps if gap.kind is GapKind.mirror_down]
    assert gap.lost == live.asked - stored


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
