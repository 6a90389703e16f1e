from __future__ import annotations

from pathlib import Path

from shadow.config.model import Ledger
from shadow.ledger.evidence import WatchRow
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter

DAY = 86400.0


def test_what_was_watched_adds_up(path: Path) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.watch([WatchRow(name="mirror", block_at=0.0, seconds=5.0)])
        writer.watch([WatchRow(name="mirror", block_at=0.0, seconds=4.0, n=1)])
        reading = WatchRow(name="candidate:cpu", block_at=0.0, n=1, low=0.5, high=0.5, total=0.5)
        writer.watch([reading, WatchRow(name="candidate:cpu", block_at=0.0, n=1, low=0.2, high=0.2, total=0.2)])
    assert read_evidence(path, at=0.0).watches == (
        WatchRow(name="candidate:cpu", block_at=0.0, n=2, low=0.2, high=0.5, total=0.7),
        WatchRow(name="mirror", block_at=0.0, seconds=9.0, n=1),
    )


def test_old_rows_become_hours(path: Path) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.watch([WatchRow(name="mirror", block_at=n * 300.0, seconds=300.0, high=float(n)) for n in range(24)])
        writer.compact(2 * DAY + 3600.0, 10)
        rows = read_evidence(path, at=0.0).watches
        assert [(row.block_at, row.seconds, row.high) for row in rows[:2]] == [
            (0.0, 3600.0, 11.0),
            (3600.0, 300.0, 12.0),
        ]
        assert sum(row.seconds for row in rows) == 7200.0
        assert writer.compact(2 * DAY + 3600.0, 10) == 0
