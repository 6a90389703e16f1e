from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from reports.document import Result
from shadow.cli import main
from shadow.config.model import Ledger
from shadow.ledger.writer import LedgerWriter
from shadow.records import (
    Difference,
    Kind,
    Lane,
    Leg,
    LegResult,
    LegState,
    Observation,
    Outcome,
    Triage,
)

YAML = """
primary: {url: "http://127.0.0.1:1", build: old-1}
candidate: {url: "http://127.0.0.1:2", build: new-1}
secondary: {url: "http://127.0.0.1:3", build: old-1}
ledger: {path: LEDGER}
gate:
  parity: {min_ratio: 0.9}
  error_rate: {margin_ratio: 0.1}
out: OUT
"""

AT = 1_700_000_000.0
Place = Callable[..., Path]


def observe(seq: int, outcome: Outcome) -> Observation:
    """One exchange on three legs that all answer within 10 ms."""
    differs = Difference(kind=Kind.value, path="body:$.total", group="body:$.total", old="1", new="2")
    return Observation(
        lane="lane-1", seq=seq, started_at=AT + seq, endpoint="GET /orders/{id}", outcome=outcome,
        triage=Triage.confirmed,
        legs=tuple(
            LegResult(
                leg=leg, state=LegState.answered, status=200, duration_s=0.01,
                build="new-1" if leg is Leg.candidate else "old-1",
            )
            for leg in Leg
        ),
        differences=(differs,) if outcome is Outcome.mismatch else (),
        secondary_differs=False,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A configuration whose ledger holds so many matches and mismatches; with neither there is no ledger."""

    def build(matches: int = 0, mismatches: int = 0) -> Path:
        ledger = tmp_path / "ledger.db"
        total = matches + mismatches
        if total:
            observations = [observe(n + 1, Outcome.match if n < matches else Outcome.mismatch) for n in range(total)]
            lane = Lane(lane="lane-1", started_at=AT, closed=True, accepted=total, handed=total)
            with LedgerWriter.open(ledger, Ledger(path=str(ledger))) as writer:
                writer.commit(observations, lanes=(lane,), now=AT + total)
        config = tmp_path / "shadow.yaml"
        config.write_text(YAML.replace("LEDGER", str(ledger)).replace("OUT", str(tmp_path / "out")))
        return config

    return build


@pytest.mark.parametrize(
    ("matches", "mismatches", "code", "word"),
    [(400, 0, 0, "GO: "), (200, 200, 10, "NO-GO: parity: 50 % of 400"), (20, 0, 11, "NOT YET: ")],
)
def test_the_exit_code_is_the_verdict(
    place: Place, capsys: pytest.CaptureFixture[str], matches: int, mismatches: int, code: int, word: str
) -> None:
    assert main(["gate", "-c", str(place(matches, mismatches))]) == code
    out = capsys.readouterr().out
    assert out.startswith("status ")
    assert f"\n{word}" in out
    assert "\x1b" not in out


def test_the_document_as_json(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "-c", str(place(200, 200)), "--json"]) == 10
    result = msgspec.json.decode(capsys.readouterr().out, type=Result)
    assert (result.identity.primary_build, result.identity.candidate_build) == ("old-1", "new-1")
    assert (result.accounting.accepted, result.accounting.outcomes, result.accounting.holds) == (400, 400, True)
    assert [(one.kind, one.path, one.n, one.share) for one in result.findings] == [
        ("value", "body:$.total", 200, 0.5)
    ]


def test_out_gets_the_document_and_the_terminal_the_headline(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(place(400))
    assert main(["gate", "-c", config, "--json", "--out", str(tmp_path / "gate.json")]) == 0
    result = msgspec.json.decode((tmp_path / "gate.json").read_bytes(), type=Result)
    assert capsys.readouterr().out == result.headline + "\n"
    assert main(["gate", "-c", config, "--out", str(tmp_path / "gate.txt")]) == 0
    assert (tmp_path / "gate.txt").read_text().endswith(result.headline + "\n")


def test_the_window_narrows_the_evidence(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(place(400))
    assert main(["gate", "-c", config, "--since", "2023-11-16T00:00:00"]) == 11
    assert main(["gate", "-c", config, "--until", "2023-11-16T00:00:00Z"]) == 0
    assert main(["gate", "-c", config, "--until", "2023-11-14T00:00:00+01:00"]) == 11
    capsys.readouterr()
    assert main(["gate", "-c", config, "--since", "yesterday"]) == 2
    assert "Invalid isoformat string: 'yesterday'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("routes", "expected", "code"),
    [
        (["GET /gone"], [], 11),
        (["GET /orders/{id}"], [], 0),
        (["GET /gone"], ["GET /orders/{id}"], 0),
        ([], ["GET /orders/{id}", "GET /gone"], 11),
    ],
)
def test_expected_are_the_named_endpoints_else_those_of_the_routes(
    place: Place, routes: list[str], expected: list[str], code: int
) -> None:
    config = place(400)
    text = config.read_text().replace("gate:\n", f"gate:\n  coverage: {{expected: {json.dumps(expected)}}}\n")
    config.write_text(text + f"routes: {json.dumps([{'endpoint': name} for name in routes])}\n")
    assert main(["gate", "-c", str(config)]) == code


def test_no_ledger_is_one_line_with_a_remedy(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(place())
    for command in ("gate", "report"):
        assert main([command, "-c", config]) == 12
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("error: ") and captured.err.count("\n") == 1
        assert "ledger.db" in captured.err


def test_a_corrupt_ledger_is_one_line(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(place())
    (tmp_path / "ledger.db").write_bytes(b"not a database" * 100)
    assert main(["gate", "-c", config]) == 12
    assert capsys.readouterr().err.count("\n") == 1


def test_no_configuration_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "-c", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_report_writes_the_page_whatever_the_verdict(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(place(200, 200))
    assert main(["report", "-c", config]) == 0
    page = tmp_path / "out" / "report.html"
    assert capsys.readouterr().out == f"{page}\n"
    text = page.read_text()
    assert text.startswith("<!") and "NO-GO" in text
    assert (
        main(["report", "-c", config, "--out", str(tmp_path / "x.html"), "--json-out", str(tmp_path / "x.json")]) == 0
    )
    result = msgspec.json.decode((tmp_path / "x.json").read_bytes(), type=Result)
    assert str(result.status) == "fail"
    assert (tmp_path / "x.html").exists()


def test_all_evidence_lies_beside_the_page_when_it_is_asked_for(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, page, nights = str(place(50, 50)), tmp_path / "p.html", tmp_path / "nights"
    assert main(["report", "-c", config, "--out", str(page)]) == 0
    assert sorted(path.name for path in tmp_path.glob("p.*")) == ["p.html"]
    assert main(["report", "-c", config, "--out", str(page), "--index", str(nights), "--evidence"]) == 0
    night = Path(capsys.readouterr().out.splitlines()[-1])
    for each in (page, night):
        bulk = each.with_name(f"{each.stem}.evidence.jsonl.gz")
        records = [json.loads(line)["record"] for line in gzip.decompress(bulk.read_bytes()).splitlines()]
        assert records[:2] == ["identity", "signature"]
        assert f'href="./{bulk.name}"' in each.read_text()


def test_open_shows_the_page(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []
    monkeypatch.setattr("webbrowser.open", shown.append)
    assert main(["report", "-c", str(place(400)), "--open"]) == 0
    assert shown == [(tmp_path / "out" / "report.html").resolve().as_uri()]


@pytest.mark.parametrize(("command", "words"), [("gate", "11 inconclusive"), ("report", "--json-out result.json")])
def test_help_has_examples(command: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"shadow {command} -c shadow.yaml" in out and words in out


def test_the_gate_starts_without_what_it_does_not_need() -> None:
    code = (
        "import sys, reports.cli; "
        "print([m for m in ('pandas', 'deepdiff', 'scipy.stats', 'jinja2', 'rich', 'aiohttp') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
