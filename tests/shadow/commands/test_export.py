"""What the command does with its flags; what it writes is in tests/shadow/export and tests/e2e/test_export.py."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shadow.commands.export import export
from shadow.errors import EnvironmentFailure, EvidenceError, LedgerError
from shadow.ledger.writer import LedgerWriter
from shadow.records import Difference, Example, Kind, Leg, LegResult, LegState, Message, Observation, Outcome
from shadow.validation import load_config


@pytest.fixture
def run(tmp_path: Path) -> Any:
    config = tmp_path / "shadow.yaml"
    config.write_text(
        "primary: {url: 'http://old:1', build: a}\ncandidate: {url: 'http://new:2', build: b}\n"
        f"ledger: {{path: {tmp_path}/ledger.db}}\n"
        "mapping: [{endpoint: GET /mapped, answer: {body: [{path: $.data, to: $}]}}]\n"
    )

    def invoke(*arguments: str) -> Any:
        return CliRunner().invoke(export, ["-c", str(config), *arguments], catch_exceptions=False)

    invoke.config = load_config(config)  # type: ignore[attr-defined]
    return invoke


@pytest.fixture
def recorded(run: Any) -> Any:
    """A ledger with one group that can be written, and one whose answers are mapped."""
    settings = run.config.ledger
    with LedgerWriter.open(Path(settings.path), settings) as writer:
        for seq, path in enumerate(("/orders", "/mapped"), 1):
            difference = Difference(kind=Kind.value, path="body:$.n", group="body:$.n", old="1", new="2")
            legs = tuple(
                LegResult(leg=leg, state=LegState.answered, status=200, build=build)
                for leg, build in ((Leg.primary, "a"), (Leg.candidate, "b"))
            )
            example = Example(
                observed_at=time.time(), request=Message(start=f"GET {path}", headers=(("X-Token", "‹token:00aa›"),)),
                primary=Message(start="200", body='{"n": 1}'), differences=(difference,),
                asked=Message(start=f"GET /v2{path}"),
            )  # fmt: skip
            writer.commit([Observation(
                lane="l", seq=seq, started_at=time.time(), endpoint=f"GET {path}", outcome=Outcome.mismatch, legs=legs,
                differences=(difference,), example=example,
            )])  # fmt: skip
    return run


@pytest.mark.parametrize("arguments", [[], ["--list", "--curl"], ["--list", "--pytest", "x"]])
def test_one_thing_at_a_time(run: Any, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "say one of --list, --pytest and --curl" in done.output


def test_without_a_ledger(run: Any) -> None:
    with pytest.raises(LedgerError):
        run("--list")


def test_the_list(recorded: Any) -> None:
    rows = json.loads(recorded("--list", "--json").output)
    assert {(row["endpoint"], row["triage"], row["exchanges"]) for row in rows} == {
        ("GET /orders", "pending", 1), ("GET /mapped", "pending", 1),
    }  # fmt: skip
    assert rows[0]["id"] in recorded("--list").output


def test_a_command_for_each_leg(recorded: Any) -> None:
    (id_,) = [row["id"] for row in json.loads(recorded("--list", "--json").output) if row["endpoint"] == "GET /orders"]
    said = recorded("--curl", "--signature", id_).output
    assert "http://old:1/orders" in said and "http://new:2/v2/orders" in said
    assert "X-Token: ‹token:00aa›" in said


def test_what_is_written_and_what_is_not(recorded: Any, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    told = json.loads(recorded("--pytest", str(folder), "--json").output)
    assert [one["endpoint"] for one in told["written"]] == ["GET /orders"]
    assert [(one["endpoint"], "mapping" in one["reason"]) for one in told["left_out"]] == [("GET /mapped", True)]
    assert [str(path) for path in folder.iterdir()] == told["files"]
    assert "'/v2/orders'" in Path(told["files"][0]).read_text()
    assert recorded("--pytest", str(tmp_path / "test_all.py")).output.endswith("test_all.py.\n")


def test_nothing_to_write_is_no_success(recorded: Any, tmp_path: Path) -> None:
    (id_,) = [row["id"] for row in json.loads(recorded("--list", "--json").output) if row["endpoint"] == "GET /mapped"]
    with pytest.raises(EvidenceError, match="nothing to write: its answers are read through `mapping`"):
        recorded("--pytest", str(tmp_path / "x.py"), "--signature", id_)
    with pytest.raises(EnvironmentFailure, match="cannot be written"):
        recorded("--pytest", str(tmp_path / "ledger.db" / "x.py"))
