"""Real processes, killed and starved: what was acknowledged is stored, what failed left nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shadow.config.model import Ledger
from shadow.errors import EnvironmentFailure, LedgerError
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane, Observation

COMMON = """
import os, sys
from pathlib import Path
from shadow.config.model import Ledger
from shadow.errors import ShadowError
from shadow.ledger.writer import LedgerWriter
from shadow.records import Difference, Kind, Lane, Observation, Outcome
path = Path(sys.argv[1])

def batch(first, size):
    return [
        Observation(lane="a", seq=seq, started_at=float(seq), endpoint=f"GET /{seq % 50}", outcome=Outcome.mismatch,
                    differences=(Difference(kind=Kind.value, path="p", group=f"g{seq % 7}"),))
        for seq in range(first, first + size)
    ]

def counted(handed):
    return [Lane(lane="a", started_at=1.0, accepted=handed, handed=handed)]
"""

ENDLESS = (
    COMMON
    + """
with LedgerWriter.open(path, Ledger()) as writer:
    first = 1
    while True:
        acknowledged = writer.commit(batch(first, 500), counted(first + 499), now=1.0)
        print(max(seq for _, seq in acknowledged), flush=True)
        first += 500
"""
)

STARVED = (
    COMMON
    + """
import resource
with LedgerWriter.open(path, Ledger()) as writer:
    writer.commit(batch(1, 500), counted(500), now=1.0)
    size = path.stat().st_size + path.with_name(path.name + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    done = 500
    try:
        while done < 50_000:
            writer.commit(batch(done + 1, 500), counted(done + 500), now=1.0)
            done += 500
    except ShadowError as error:
        print(type(error).__name__, error, sep="|")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(done)
    writer.commit(batch(done + 1, 500), counted(done + 500), now=1.0)
"""
)


@pytest.mark.e2e
def test_killed_in_the_middle_of_a_commit(path: Path, observe: Callable[..., Observation]) -> None:
    """SIGKILL at whatever point the writer is at: all of a batch is stored or none, and never less than it told."""
    told = 0
    for kill_after in (1, 3, 6):
        process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(kill_after):
            told = max(told, int(process.stdout.readline()))
        process.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
        evidence = read_evidence(path, at=0.0)
        assert evidence.outcomes_total % 500 == 0
        assert told <= evidence.outcomes_total <= told + 500
        assert evidence.accepted_total == evidence.outcomes_total + evidence.in_flight_total
        assert sum(row.n for row in evidence.signatures) == evidence.outcomes_total
        assert sum(row.n for row in evidence.sets) == evidence.outcomes_total
    with LedgerWriter.open(path, Ledger()) as writer:
        closed = Lane(lane="a", started_at=1.0, closed=True, accepted=told + 900, open=100, handed=told + 800)
        stored = evidence.outcomes_total
        assert writer.settle(closed, reason="keeper_lost", now=1.0) == told + 900 - stored
        writer.commit([observe(told + 800)], now=1.0)
    evidence = read_evidence(path, at=0.0)
    assert (evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total) == (told + 900, 0, told + 900)


@pytest.mark.e2e
def test_disk_full(path: Path) -> None:
    told = subprocess.run([sys.executable, "-c", STARVED, str(path)], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    error, done = told.stdout.splitlines()
    assert error.startswith(
        f"LedgerError|Cannot write the ledger {path}: the disk is full or a size limit is hit. Free"
    )
    evidence = read_evidence(path, at=0.0)
    assert evidence.outcomes_total == evidence.accepted_total == int(done) + 500
    assert evidence.in_flight_total == 0
    assert sum(row.n for row in evidence.signatures) == evidence.outcomes_total


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can reach, unlike those of pytest."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


NOBODY = """
import sqlite3
from shadow.ledger.reader import read_evidence
if os.geteuid() == 0:  # root ignores permissions; the interpreter itself may lie where only root can read
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
"""


def _as_nobody(script: str, path: Path) -> str:
    """Run a script as a user without rights and return what it printed."""
    command = [sys.executable, "-c", COMMON + NOBODY + script, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


REFUSED = """
try:
    LedgerWriter.open(path, Ledger()).close()
except ShadowError as error:
    print(type(error).__name__, error.message, bool(error.remedy), sep="|")
"""

READ = """
print(read_evidence(path, at=0.0).outcomes_total)
"""


def test_a_folder_that_cannot_be_written(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o555)
    for path in (closed / "ledger.db", closed / "deeper" / "ledger.db"):
        told = _as_nobody(REFUSED, path)
        assert told.startswith(f"EnvironmentFailure|Cannot open the ledger {path}: ")
        assert told.endswith("|True")


def test_a_file_that_cannot_be_written_can_be_read(open_folder: Path, observe: Callable[..., Observation]) -> None:
    path = open_folder / "ledger.db"
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([observe(1)], now=1.0)
    path.chmod(0o444)
    open_folder.chmod(0o555)
    assert _as_nobody(REFUSED, path).startswith(f"EnvironmentFailure|Cannot open the ledger {path}: ")
    assert _as_nobody(READ, path) == "1"
    open_folder.chmod(0o755)


def _text_file(path: Path) -> None:
    path.write_bytes(b"nothing that a database begins with\n" * 200)


def _torn(path: Path) -> None:
    LedgerWriter.open(path, Ledger()).close()
    raw = bytearray(path.read_bytes())
    raw[100:] = b"\x00" * (len(raw) - 100)
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("spoil", "kind", "message"),
    [
        (_text_file, LedgerError, "is not a ledger: the file is not an SQLite database"),
        (_torn, LedgerError, "is corrupt"),
        (Path.mkdir, EnvironmentFailure, "is a folder"),
    ],
)
def test_files_that_cannot_be_used(
    tmp_path: Path, spoil: Callable[[Path], object], kind: type[Exception], message: str
) -> None:
    path = tmp_path / "ledger.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(kind, match=message):
        LedgerWriter.open(path, Ledger())
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.touch()
    LedgerWriter.open(path, Ledger()).close()
    assert read_evidence(path, at=0.0).epoch is None


def test_many_first_openers_make_one_ledger(path: Path) -> None:
    script = COMMON + "LedgerWriter.open(path, Ledger()).close()"
    processes = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    assert len(read_evidence(path, at=0.0).ledger_id) == 16
