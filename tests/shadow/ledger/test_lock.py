"""One keeper per ledger, and anyone for checks."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.errors import LedgerError
from shadow.ledger.lock import KeeperLock, is_kept
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import DataCheck, Observation

RECORD = """
import sys
from pathlib import Path
from shadow.config.model import Ledger
from shadow.ledger.writer import LedgerWriter
from shadow.records import DataCheck
with LedgerWriter.open(Path(sys.argv[1]), Ledger(), sys.argv[2]) as writer:
    for run in range(20):
        check = DataCheck(run_id=str(run), pair="a", check="count", started_at=0.0, finished_at=float(run))
        writer.record_check(check)
"""


def test_take_and_release(path: Path) -> None:
    path.parent.mkdir()
    one, two = KeeperLock(path), KeeperLock(path)
    one.take()
    one.take()
    with pytest.raises(LedgerError) as caught:
        two.take()
    assert caught.value.message == f"The ledger {path} already has a keeper (process {os.getpid()})."
    assert (one.is_held, two.is_held) == (True, False)
    one.release()
    one.release()
    two.take()
    assert two.is_held
    two.release()


def test_asking_whether_there_is_a_keeper(path: Path) -> None:
    path.parent.mkdir()
    assert is_kept(path) is False
    lock = KeeperLock(path)
    lock.take()
    assert is_kept(path) is True
    lock.release()
    assert is_kept(path) is False


def test_one_who_only_asks_keeps_no_keeper_away(path: Path) -> None:
    path.parent.mkdir()
    lock = KeeperLock(path)
    with lock.path.open("w") as asked:
        fcntl.flock(asked, fcntl.LOCK_SH)
        threading.Timer(0.05, fcntl.flock, (asked, fcntl.LOCK_UN)).start()
        lock.take()
    assert lock.is_held
    lock.release()


@pytest.mark.parametrize(
    "act",
    [
        lambda writer: writer.claim(),
        lambda writer: writer.commit([]),
        lambda writer: writer.lanes(),
        lambda writer: writer.missing("a"),
    ],
)
def test_the_second_keeper_is_refused_until_the_first_is_gone(
    path: Path, act: Callable[[LedgerWriter], object]
) -> None:
    with LedgerWriter.open(path, Ledger()) as second:
        with LedgerWriter.open(path, Ledger()) as first:
            first.claim()
            with pytest.raises(LedgerError, match="already has a keeper") as caught:
                act(second)
            assert "ledger.path" in caught.value.remedy
        act(second)


@pytest.mark.parametrize("key", ["", "k1"])
def test_another_process_records_checks_beside_a_keeper(
    path: Path, key: str, observe: Callable[..., Observation]
) -> None:
    with LedgerWriter.open(path, Ledger(), "k1") as keeper:
        keeper.claim()
        process = subprocess.Popen([sys.executable, "-c", RECORD, str(path), key])
        seq = 0
        while process.poll() is None:
            seq += 1
            keeper.commit([observe(seq)], now=1.0)
        assert process.returncode == 0
    evidence = read_evidence(path, at=0.0)
    assert [check.run_id for check in evidence.checks] == ["19"]
    assert evidence.outcomes_total == seq


def test_a_process_that_only_records_checks_locks_nobody_out(path: Path) -> None:
    with LedgerWriter.open(path, Ledger()) as verify, LedgerWriter.open(path, Ledger()) as keeper:
        verify.record_check(DataCheck(run_id="1", pair="a", check="count", started_at=0.0, finished_at=1.0))
        keeper.claim()


@pytest.mark.parametrize(
    ("held", "given", "may_open", "may_keep"),
    [
        ("k1", "k1", True, True),
        ("k1", "k2", False, False),
        ("k1", "", True, False),
        ("", "k1", True, True),
        ("", "", True, True),
    ],
)
def test_redaction_key(path: Path, held: str, given: str, may_open: bool, may_keep: bool) -> None:
    LedgerWriter.open(path, Ledger(), held).close()
    if not may_open:
        with pytest.raises(LedgerError, match="made with key k1, not with k2") as caught:
            LedgerWriter.open(path, Ledger(), given)
        assert "redact.key" in caught.value.remedy
        return
    with LedgerWriter.open(path, Ledger(), given) as writer:
        if not may_keep:
            with pytest.raises(LedgerError, match="this keeper has key"):
                writer.claim()
            with LedgerWriter.open(path, Ledger(), held) as rightful:
                rightful.claim()  # the refused one does not sit on the lock
        else:
            writer.claim()
    assert read_evidence(path, at=0.0).redaction_key_id == (held or given)
