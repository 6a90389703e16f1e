"""`shadow rules` at its edges; the ordinary way is the worked example of docs/rules.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shadow.cli import main
from shadow.clock import SystemClock

CONFIG = """\
primary: {url: "http://127.0.0.1:9001", build: a}
candidate: {url: "http://127.0.0.1:9002", build: b}
compare: {rules_file: rules.yaml}
"""
ADD = [
    "rules", "add", "r1", "--endpoint", "*", "--path", "$.note", "--owner", "ann", "--reason", "agreed",
]  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: float) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(SystemClock, "now", lambda _: start + 3600.0)
    (tmp_path / "shadow.yaml").write_text(CONFIG)
    (tmp_path / "rules.yaml").write_text("rules: []\n")
    return tmp_path


def failed(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    assert main(arguments) == 2
    return capsys.readouterr().err


def test_without_a_ledger(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list"]) == 0
    assert main([*ADD, "--yes"]) == 0
    said = capsys.readouterr().out
    assert "There are no rules." in said and "There is no ledger yet" in said
    assert main(["rules", "check"]) == 0
    assert main(["rules", "suggest"]) == 0
    assert "expires: 2026-05-30" in (folder / "rules.yaml").read_text()  # ninety days


def test_nothing_is_saved_unless_somebody_agrees(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ADD) == 10
    assert "Not saved. Add --yes" in capsys.readouterr().err
    assert main([*ADD, "--dry-run"]) == 0
    assert (folder / "rules.yaml").read_text() == "rules: []\n"


@pytest.mark.parametrize("answer", ["y", "n"])
def test_a_terminal_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda text: "rules.yaml" in text and answer == "y")
    assert main(ADD) == (0 if answer == "y" else 10)
    assert ("id: r1" in (folder / "rules.yaml").read_text()) is (answer == "y")


def test_json(history: Any, compare: Any, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    history.path = folder / "shadow-out" / "ledger.db"
    history.record(compare(), [({"note": 1}, {"note": 2})] * 3)
    assert main(["rules", "suggest", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["rule"]["path"], found["n"], found["clean"]) == ("$.note", 3, 3)
    assert main([*ADD, "--yes", "--json"]) == 0
    added = json.loads(capsys.readouterr().out)
    assert added["saved"] is True
    assert (added["dry_run"]["compared"], added["dry_run"]["clean"]) == (3, 3)
    assert main(["rules", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["id"], listed["state"], listed["owner"]) == ("r1", "in force", "ann")
    assert main(["rules", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--path", "$.**"], "covers everything"),
        (["--path", "note"], "begins with none of"),
        (["--kind", "valeu"], "Did you mean 'value'?"),
        (["--expires", "soon"], "is not a date"),
        (["--what", "map", "--value", "open"], "Write it as OLD=NEW"),
        (["--what", "tolerate"], "tolerates nothing"),
        (["--endpoint", "orders"], "endpoint"),
    ],
)
def test_a_rule_that_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert message in failed(capsys, [*ADD, *arguments, "--yes"])
    assert (folder / "rules.yaml").read_text() == "rules: []\n"


def test_places_that_cannot_be_changed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "shadow.yaml").write_text(CONFIG.replace("compare: {rules_file: rules.yaml}", ""))
    assert "compare.rules_file is not set" in failed(capsys, [*ADD, "--yes"])
    (folder / "shadow.yaml").write_text(CONFIG)
    assert main([*ADD, "--yes"]) == 0
    assert "there is a rule 'r1' already" in failed(capsys, [*ADD, "--yes"])
    assert "was created today" in failed(capsys, ["rules", "expire", "r1"])
    (folder / "rules.yaml").unlink()
    assert "compare.rules_file: there is no rules.yaml" in failed(capsys, ["rules", "list"])


def test_an_expired_rule_makes_the_check_fail(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = "{id: old, endpoint: '*', path: $.a, owner: ann, reason: r, created: 2025-01-01, expires: 2026-02-01}"
    (folder / "rules.yaml").write_text(f"rules:\n  - {rule}\n")
    assert main(["rules", "check"]) == 10
    assert "old: expired: expired on 2026-02-01 and covers nothing any more" in capsys.readouterr().out


def test_a_message_names_the_file_and_the_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules.yaml").write_text("rules:\n  - id: a\n    endpoint: '*'\n    pth: $.a\n")
    message = "rules.yaml:4: 'pth' is not a known key of rules[0]. Did you mean 'path'?"
    assert message in failed(capsys, ["rules", "list"])
