from __future__ import annotations

import json
from pathlib import Path

import pytest

from shadow.cli import main
from shadow.config.model import Ledger
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import Observation, Outcome


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shadow.yaml"
    path.write_text("primary: {url: 'http://127.0.0.1:1'}\ncandidate: {url: 'http://127.0.0.1:2'}\n")
    return path


def test_compact_folds_what_has_aged(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = tmp_path / "shadow-out" / "ledger.db"
    with LedgerWriter.open(ledger, Ledger()) as writer:
        seen = Observation(lane="a", seq=1, started_at=1000.0, endpoint="GET /", outcome=Outcome.match)
        writer.commit([seen], now=1000.0)
    assert main(["ledger", "compact", "-c", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ledger": "shadow-out/ledger.db", "steps": 2}
    assert [row.width_s for row in read_evidence(ledger, at=0.0).outcomes] == [86400.0]
    assert main(["ledger", "compact", "-c", str(config)]) == 0
    assert "folded in 0 steps" in capsys.readouterr().out


def test_a_ledger_that_is_not_there_is_not_made(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "compact", "-c", str(config)]) == 12
    assert "There is no ledger" in capsys.readouterr().err
    assert not (tmp_path / "shadow-out").exists()
