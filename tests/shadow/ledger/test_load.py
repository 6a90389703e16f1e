from __future__ import annotations

from pathlib import Path

import msgspec

from shadow.config.model import Ledger
from shadow.ledger.load import LoadRun
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter


def test_runs_are_read_the_latest_first_and_one_id_is_one_run(path: Path) -> None:
    run = LoadRun(id="a", build="c", started_at=0.0, finished_at=1.0, factor=2.0, requests=10, failed=0)
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.record_load(run)
        writer.record_load(msgspec.structs.replace(run, failed=3))
        writer.record_load(msgspec.structs.replace(run, id="b", finished_at=5.0))
    assert [(one.id, one.failed) for one in read_evidence(path, at=0.0).loads] == [("b", 0), ("a", 3)]
