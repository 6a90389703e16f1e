"""The worked example of docs/rules.md, run: a real comparer, a real ledger, the real commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from shadow.cli import main
from shadow.clock import SystemClock
from shadow.validation import load_config

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")

AT = 1_772_366_400.0  # 2026-03-01, noon UTC

ORDER = {"id": 7, "total": 10.25, "currency": "EUR", "note": None, "status": "open"}
ROUNDED = {**ORDER, "total": 10.3}
SHORTER = {key: value for key, value in ORDER.items() if key != "note"}
LOUDER = {**ROUNDED, "status": "OPEN"}
WRONG = {**ORDER, "currency": "USD"}


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?s)```{language}\n(.*?)```", PAGE)


def console() -> list[tuple[list[str], str]]:
    """Return each command with what it prints; a line that ends in a backslash goes on."""
    found: list[tuple[list[str], str]] = []
    for block in blocks("console"):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, output = part.replace("\\\n", " ").partition("\n")
            found.append((shlex.split(command), output))
    return found


@pytest.fixture
def project(tmp_path: Path, history: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the page's files, and a ledger of the traffic that the page tells of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(SystemClock, "now", lambda _: AT + 3600.0)
    files = dict(zip(("shadow.yaml", "rules.yaml"), blocks("yaml"), strict=False))
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    config = load_config(tmp_path / "shadow.yaml")
    history.path = Path(config.ledger.path)
    pairs = [(ORDER, ORDER)] * 40 + [(ORDER, ROUNDED)] * 30 + [(ORDER, SHORTER)] * 20 + [(ORDER, LOUDER)] * 9
    history.record(config.compare, [*pairs, (ORDER, WRONG)], at=AT)
    return tmp_path


def test_the_worked_example(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = console()
    assert len(commands) >= 6
    for command, output in commands:
        if command[0] == "cat":
            told = (project / command[1]).read_text(encoding="utf-8")
        else:
            assert command[0] == "shadow"
            code = main(command[1:])
            told = capsys.readouterr().out
            assert code == (10 if command[1:3] == ["rules", "check"] or command[1] == "gate" else 0), told
            if command[1] == "gate":
                told = "\n".join(re.findall(r"(?m)^NO-GO.*? required\.", told)) + "\n"
        assert told == output, " ".join(command)


@pytest.mark.parametrize("text", re.findall(r"(?m)^\| `(\$[^`]*|header:[^`]*|status|body)` \|", PAGE))
def test_every_path_that_is_shown_can_be_read(text: str) -> None:
    from shadow.paths import parse_pattern

    assert parse_pattern(text)


@pytest.mark.parametrize("row", re.findall(r"(?m)^\| `([^`]+)` \| `([^`]+)` \| (yes|no) \|", PAGE))
def test_every_match_that_is_told(row: tuple[str, str, str]) -> None:
    from shadow.paths import parse_pattern

    pattern, place = parse_pattern(row[0]), parse_pattern(row[1])
    assert pattern.matches(place.area, place.segments) is (row[2] == "yes")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", blocks("yaml")[2:])
def test_every_rule_that_is_shown_is_valid(text: str) -> None:
    from shadow.validation.load import parse_rules

    frame = "    owner: ann\n    reason: agreed\n    created: 2026-01-01\n    expires: 2026-12-31\n"
    items = [item.rstrip() for item in re.split(r"(?m)^(?=  - )", text) if item.strip()]
    whole = "rules:\n" + "".join(f"{item}\n{frame}" for item in items)
    assert len(parse_rules(whole, "docs/rules.md", {})) == len(items)
