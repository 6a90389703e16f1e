from __future__ import annotations

import json
from pathlib import Path

import pytest

from shadow.cli import main
from shadow.config.model import Ledger
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import Leg, LegResult, LegState, Observation, Outcome


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


def test_mark_load_refuses_in_words_what_cannot_count(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["ledger", "mark-load", "-c", str(config), "--since", "2001-09-09T00:00Z", "--until"]
    assert main([*words, "2001-09-09T01:00Z"]) == 12
    assert "There is no ledger" in capsys.readouterr().err
    assert main([*words, "2001-09-08"]) == 2
    assert "--since has to lie before --until" in capsys.readouterr().err
    assert main([*words, "tomorrow"]) == 2
    with LedgerWriter.open(tmp_path / "shadow-out" / "ledger.db", Ledger()) as writer:
        writer.commit([Observation(lane="a", seq=1, started_at=1000.0, endpoint="GET /", outcome=Outcome.match)])
    assert main([*words, "2001-09-09T01:00Z"]) == 12
    assert "nothing was mirrored" in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [False, True])
def test_mark_load_says_what_it_counted(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    legs = tuple(
        LegResult(leg=leg, state=LegState.answered, status=200, duration_s=0.1, build="b1")
        for leg in (Leg.primary, Leg.candidate)
    )
    times = [1_000_000_200.0 + n * 300 for n in range(290)] + [1_000_086_600.0 + n * 300 for n in range(2)] * 3
    with LedgerWriter.open(tmp_path / "shadow-out" / "ledger.db", Ledger()) as writer:
        writer.commit([
            Observation(lane="a", seq=n, started_at=at, endpoint="GET /", outcome=Outcome.match, legs=legs)
            for n, at in enumerate(times, 1)
        ])  # fmt: skip
    words = ["--since", "2001-09-10T01:50:00Z", "--until", "2001-09-10T02:00"]
    assert main(["ledger", "mark-load", "-c", str(config), *words, *(["--json"] if as_json else [])]) == 0
    out = capsys.readouterr().out
    if as_json:
        told = json.loads(out)
        assert (told["factor"], told["requests"], told["failed"], told["build"]) == (4.0, 8, 0, "b1")
    else:
        assert "4.00 times the usual peak" in out and "8 requests, 0 failed, candidate b1." in out
