"""Signing from the command line, on a real ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shadow.cli import main
from shadow.config.model import Ledger
from shadow.ledger.signoff import broken_at, read_signoffs
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane, Leg, LegResult, LegState, Observation, Outcome

CONFIG = """\
primary: {url: 'http://127.0.0.1:1', build: p1}
candidate: {url: 'http://127.0.0.1:2', build: c1}
ledger: {path: l.db}
gate:
  parity: {min_ratio: 0.9}
  error_rate: {margin_ratio: 0.1}
  latency: null
  coverage: {min_compared: 1}
"""
APPROVAL = "  approval: {required: 1}\n"


def fill(path: Path, n: int, failing: int = 0, first: int = 1, lane: str = "a") -> None:
    legs = tuple(
        LegResult(leg=leg, state=LegState.answered, status=200, duration_s=0.01, build=build)
        for leg, build in ((Leg.primary, "p1"), (Leg.candidate, "c1"))
    )
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit(
            [
                Observation(
                    lane=lane, seq=seq, started_at=1000.0 + seq, endpoint="GET /x", legs=legs,
                    outcome=Outcome.mismatch if seq < first + failing else Outcome.match,
                )
                for seq in range(first, first + n)
            ],
            (Lane(lane=lane, started_at=1.0, accepted=n, handed=n),), now=2000.0,
        )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHADOW_SIGNER", "ada")
    (tmp_path / "shadow.yaml").write_text(CONFIG + APPROVAL)
    return tmp_path


def test_an_approval_opens_the_gate_until_something_changes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(folder / "l.db", 400)
    assert main(["gate"]) == 13
    assert "WAITING: approval: 1 more approval needed" in capsys.readouterr().out
    assert main(["approve", "--why", "seen"]) == 0
    assert "Signed as ada" in capsys.readouterr().out
    assert main(["gate"]) == 0
    fill(folder / "l.db", 50, lane="b")
    assert main(["gate"]) == 0, "more of the same evidence does not void it"
    (folder / "shadow.yaml").write_text(CONFIG.replace("0.9}", "0.91}") + APPROVAL)
    assert main(["gate"]) == 13
    assert "the configuration (criteria, rules) has changed since" in capsys.readouterr().out


def test_an_approval_for_exactly_this_evidence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "shadow.yaml").write_text(CONFIG + APPROVAL.replace("1}", "1, bind: evidence}"))
    fill(folder / "l.db", 400)
    assert main(["approve", "--why", "seen"]) == 0
    assert main(["gate"]) == 0
    fill(folder / "l.db", 1, lane="b")
    assert main(["gate"]) == 13
    assert "there is further evidence since" in capsys.readouterr().out


def test_what_fails_cannot_be_approved_but_waived_and_then_by_another(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(folder / "l.db", 400, failing=200)
    assert main(["approve", "--why", "seen"]) == 10
    assert "There is nothing to approve. NO-GO" in capsys.readouterr().err
    for scope in ("all", "GET /x"):
        assert main(["waive", "parity", "--scope", scope, "--why", "rounding", "--for", "2h"]) == 0
    assert main(["gate"]) == 13
    out = capsys.readouterr().out
    assert out.count("waived") >= 2 and "pass       parity" not in out
    assert main(["approve", "--why", "seen"]) == 0
    assert main(["gate"]) == 13, "nobody approves a waiver of their own"
    assert main(["approve", "--why", "seen", "--who", "bob"]) == 0
    assert main(["gate"]) == 0
    assert "GO, with 2 overrides" in capsys.readouterr().out
    fill(folder / "l.db", 40, failing=40, lane="b")
    assert main(["gate"]) == 10, "it has become worse than what was waived"


def test_what_may_not_be_waived(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder / "l.db", 400)
    for words, said in (
        (["parity"], "nothing to waive: parity of all is pass"),
        (["completeness"], "cannot be waived"),
        (["latency"], "no latency of all. Criteria: approval, completeness"),
        (["parity", "--scope", "GET /y"], "Scopes of parity: all, GET /x"),
    ):
        assert main(["waive", *words, "--why", "x"]) == 10
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["approve"], "needs its reason"),
        (["approve", "--why", " "], "needs its reason"),
        (["approve", "--why", "x", "--who", " "], "Nobody is named"),
        (["approve", "--why", "x", "--for", "25h"], "longer than gate.approval.max_age_h"),
        (["approve", "--why", "x", "--for", "soon"], "no length of time"),
        (["waive", "parity", "--why", "x", "--for", "15d"], "at most 14d"),
        (["waive", "parity", "--for", "0h", "--why", "x"], "no length of time"),
    ],
)
def test_wrong_usage(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    fill(folder / "l.db", 400)
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_list_revoke_and_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(folder / "l.db", 400)
    assert main(["approve", "--list"]) == 0
    assert "Nobody has signed anything." in capsys.readouterr().out
    assert main(["approve", "--why", "seen", "--json"]) == 0
    signed = json.loads(capsys.readouterr().out)
    name = signed["entry"]["id"]
    assert main(["approve", "--list"]) == 0
    assert f"{name}  approval by ada" in (out := capsys.readouterr().out) and "[holds until" in out
    assert main(["approve", "--revoke", "nobody", "--why", "x"]) == 12
    assert main(["approve", "--revoke", name, "--why", "a fault", "--who", "eve"]) == 0
    capsys.readouterr()
    assert main(["approve", "--list", "--json"]) == 0
    (line,) = json.loads(capsys.readouterr().out)
    assert (line["is_valid"], line["void_because"]) == (False, "revoked by eve: a fault")
    assert main(["gate"]) == 13
    assert main(["approve", "--export", "chain.ndjson"]) == 0
    lines = [json.loads(line) for line in (folder / "chain.ndjson").read_text().splitlines()]
    assert [one["seq"] for one in lines] == [1, 2]
    chain = read_signoffs(folder / "l.db")
    assert [one["hash"] for one in lines] == [one.hash for one in chain] and broken_at(chain) is None


def test_without_a_ledger_nothing_is_signed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["approve", "--why", "x"]) == 12
    assert "There is no ledger" in capsys.readouterr().err
