"""`shadow notify` as it is used: a real ledger, a real webhook, and both of them failing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from notice_hook import Hook

from reports.notices.memory import memory_path, read_memory
from shadow.cli import main
from shadow.config.model import Ledger
from shadow.ledger.writer import LedgerWriter
from shadow.records import Lane, Leg, LegResult, LegState, Observation, Outcome

SOON = 1_764_000_000.0


def commit(path: Path, n: int, outcome: Outcome = Outcome.match) -> None:
    both = (Leg.primary, Leg.candidate)
    legs = tuple(LegResult(leg=leg, state=LegState.answered, status=200, build="b") for leg in both)
    observations = [
        Observation(lane="l", seq=i + 1, started_at=SOON + i, endpoint="GET /x", outcome=outcome, legs=legs)
        for i in range(n)
    ]
    lane = Lane(lane="l", started_at=SOON, closed=True, accepted=n, handed=n)
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit(observations, (lane,), (), now=SOON + n)


@pytest.fixture
def config(tmp_path: Path, hook: Hook) -> Path:
    path = tmp_path / "shadow.yaml"
    settings: dict[str, Any] = {
        "primary": {"url": "http://127.0.0.1:1"}, "candidate": {"url": "http://127.0.0.1:2"},
        "ledger": {"path": str(tmp_path / "ledger.db")},
        "notify": {"channels": [{"name": "ops", "url": hook.url}], "every_s": 0.05},
    }  # fmt: skip
    path.write_text(json.dumps(settings))
    return path


def test_the_verdict_is_told_once(config: Path, hook: Hook, capsys: Any) -> None:
    commit(config.parent / "ledger.db", 3)
    assert main(["notify", "-c", str(config), "--once", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["event"] == "verdict"
    assert [fields["title"] for _, fields in hook.got] == [said["title"]]
    assert main(["notify", "-c", str(config), "--once"]) == 0
    assert len(hook.got) == 1
    assert capsys.readouterr().out == ""


def test_what_a_channel_does_not_take_waits_for_it(config: Path, hook: Hook, capsys: Any) -> None:
    commit(config.parent / "ledger.db", 3)
    hook.status = 500
    assert main(["notify", "-c", str(config), "--once"]) == 3
    path = memory_path(config.parent / "ledger.db")
    memory = read_memory(path)
    assert [notice.event.value for notice in memory.channels["ops"].notices] == ["verdict"]
    # Too early: nothing is tried, and the channel still counts as broken.
    assert main(["notify", "-c", str(config), "--once"]) == 3
    assert len(hook.got) == 1
    path.write_text(path.read_text().replace(str(memory.channels["ops"].next_at), "0"))
    hook.status = 200
    assert main(["notify", "-c", str(config), "--once"]) == 0
    assert [fields["event"] for _, fields in hook.got] == ["verdict", "verdict"]


def test_a_test_message_says_who_took_it(config: Path, hook: Hook, capsys: Any) -> None:
    assert main(["notify", "-c", str(config), "--test"]) == 0
    hook.status = 404
    assert main(["notify", "-c", str(config), "--test"]) == 3
    assert capsys.readouterr().out.splitlines() == [
        "ops: sent", "ops: NOT sent: the service refused it or is not reachable",
    ]  # fmt: skip


def test_without_a_channel_or_with_a_broken_memory_it_says_what_to_do(config: Path, capsys: Any) -> None:
    commit(config.parent / "ledger.db", 1)
    memory_path(config.parent / "ledger.db").write_text("{")
    assert main(["notify", "-c", str(config), "--once"]) == 3
    assert "Remove it" in capsys.readouterr().err
    settings = json.loads(config.read_text())
    del settings["notify"]
    config.write_text(json.dumps(settings))
    assert main(["notify", "-c", str(config)]) == 2
    assert "notify.channels is empty" in capsys.readouterr().err


def test_it_waits_for_a_ledger_and_ends_on_a_signal(config: Path, hook: Hook) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "shadow", "notify", "-c", str(config)],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stderr is not None
        assert "nothing could be judged" in process.stderr.readline()
        commit(config.parent / "ledger.db", 3)
        assert hook.arrived.wait(20)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
