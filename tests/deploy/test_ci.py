"""The examples of pipelines: they parse, name commands and options that exist, and the webhook answers the verdict."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from shadow.cli import COMMANDS, load_command
from shadow.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_WAITING

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "ci"
FILES = sorted(path.name for path in FOLDER.glob("*.y*ml"))


def commands(value: Any) -> Iterator[list[str]]:
    """Yield every `shadow …` command line in a parsed file."""
    if isinstance(value, dict):
        if value.get("args"):
            yield ["shadow", *value["args"]]
        for each in value.values():
            yield from commands(each)
    elif isinstance(value, list):
        for each in value:
            yield from commands(each)
    elif isinstance(value, str):
        for line in value.replace("\\\n", " ").splitlines():
            for part in re.split(r"\|\||&&|;", line):
                words = shlex.split(part, comments=True)
                if len(words) > 1 and words[0] == "shadow":
                    yield words


@pytest.mark.parametrize("name", FILES)
def test_it_is_yaml_and_its_commands_exist(name: str) -> None:
    documents = list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))
    assert documents and all(isinstance(document, dict) for document in documents)
    for words in commands(documents):
        rest = words[2:]
        command = load_command(words[1], COMMANDS[words[1]])
        while isinstance(command, click.Group):
            command = command.commands[rest[0]]
            rest = rest[1:]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("-")} <= known, words
        # click itself reads the line, so that a wrong choice or a missing value is found.
        arguments = rest[: rest.index(">")] if ">" in rest else rest
        command.make_context("shadow", list(arguments), resilient_parsing=False).close()


def test_there_is_one_for_each() -> None:
    assert FILES == [
        "argo-rollouts.yaml", "flagger.yaml", "github-actions-verify.yml", "github-actions.yml", "gitlab-ci.yml"
    ]  # fmt: skip
    found = {" ".join(words[1:3]) for name in FILES for words in commands(list(yaml.safe_load_all(text(name))))}
    assert {"verify run", "verify migration"} <= found


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def test_the_data_jobs_fail_with_the_verdict_and_keep_what_was_found() -> None:
    """The step's own exit code is the job's; bash on GitHub ends at the first that is not 0."""
    jobs = load("github-actions-verify.yml")["jobs"]
    for job in jobs.values():
        names = [step.get("run", step.get("uses", "")) for step in job["steps"]]
        (at,) = [n for n, name in enumerate(names) if name.startswith("shadow verify")]
        assert subprocess.run(["bash", "-n"], input=names[at], text=True, check=False).returncode == 0
        assert "||" not in names[at] and not job["steps"][at].get("continue-on-error")
        upload = job["steps"][at + 1]
        assert upload["if"] == "always()" and names[at].split()[-1] == upload["with"]["path"]
    assert jobs["nightly"]["if"] != jobs["migration"]["if"]


def test_the_nightly_job_is_that_of_cron(deploy: Path) -> None:
    workflow = load("github-actions-verify.yml")
    # YAML reads the key `on` as true.
    (schedule,) = workflow[True]["schedule"]
    line = next(line for line in (deploy / "cron" / "shadow-verify").read_text().splitlines() if line[:1].isdigit())
    assert schedule["cron"] == " ".join(line.split()[:5])


def test_no_password_is_written_down() -> None:
    for name, value in load("github-actions-verify.yml")["jobs"]["nightly"]["env"].items():
        assert value == "${{ secrets." + name + " }}"


def load(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def test_the_job_on_github_fails_unless_the_gate_is_open() -> None:
    steps = load("github-actions.yml")["jobs"]["gate"]["steps"]
    assert steps[-1]["run"] == "exit ${{ steps.gate.outputs.code }}"
    asked = next(step for step in steps if step.get("id") == "gate")
    assert subprocess.run(["bash", "-n"], input=asked["run"], text=True, check=False).returncode == 0


@pytest.mark.parametrize("code", [0, 10, 13])
def test_the_step_on_github_hands_the_code_on(tmp_path: Path, code: int) -> None:
    asked = next(step for step in load("github-actions.yml")["jobs"]["gate"]["steps"] if step.get("id") == "gate")
    (tmp_path / "shadow").write_text(f"#!/bin/sh\necho '# x' > gate.md\nexit {code}\n")
    (tmp_path / "shadow").chmod(0o755)
    environ = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(tmp_path / "out"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    done = subprocess.run(["bash", "-e", "-c", asked["run"]], cwd=tmp_path, env=environ, check=False)
    assert done.returncode == 0
    assert (tmp_path / "out").read_text() == f"code={code}\n"
    assert (tmp_path / "summary").read_text() == "# x\n"


def test_on_gitlab_only_what_may_yet_become_a_pass_is_a_warning() -> None:
    job = load("gitlab-ci.yml")["cutover-gate"]
    assert job["allow_failure"]["exit_codes"] == [EXIT_INCONCLUSIVE, EXIT_WAITING]
    assert EXIT_FAIL not in job["allow_failure"]["exit_codes"]
    assert job["artifacts"]["reports"]["junit"] == "gate.xml"
    assert job["script"][-1].startswith("shadow gate"), "its exit code is the job's"


@pytest.fixture
def webhook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    import importlib.util
    from http.server import HTTPServer

    spec = importlib.util.spec_from_file_location("flagger_webhook", FOLDER / "flagger-webhook.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "shadow.yaml"
    config.write_text(
        "primary: {url: 'http://127.0.0.1:1', build: p}\ncandidate: {url: 'http://127.0.0.1:2', build: c}\n"
        "ledger: {path: l.db}\ngate: {parity: {min_ratio: 0.9}, error_rate: null, latency: null, coverage: null}\n"
    )
    server = HTTPServer(("127.0.0.1", 0), module.handler(str(config)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", tmp_path / "l.db"
    server.shutdown()
    thread.join()
    server.server_close()


def post(url: str) -> tuple[int, str]:
    request = urllib.request.Request(url, data=b'{"name": "orders"}')
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_flagger_goes_on_only_where_the_gate_is_open(webhook: tuple[str, Path]) -> None:
    from shadow.config.model import Ledger
    from shadow.ledger.writer import LedgerWriter
    from shadow.records import Lane, Leg, LegResult, LegState, Observation, Outcome

    url, path = webhook
    status, words = post(url)
    assert status == 403 and "There is no ledger" in words
    legs = tuple(
        LegResult(leg=leg, state=LegState.answered, status=200, build=build)
        for leg, build in ((Leg.primary, "p"), (Leg.candidate, "c"))
    )
    with LedgerWriter.open(path, Ledger()) as writer:
        for first, lane in ((1, "a"), (11, "b")):
            writer.commit(
                [
                    Observation(lane=lane, seq=n, started_at=9.0, endpoint="GET /", outcome=Outcome.match, legs=legs)
                    for n in range(1, first * 10)
                ],
                (Lane(lane=lane, started_at=0.0, accepted=first * 10 - 1, handed=first * 10 - 1),), now=9.0,
            )  # fmt: skip
            status, words = post(url)
            assert (status, words[:2]) == ((403, "11") if first == 1 else (200, "0 "))


def test_the_webhook_is_a_program() -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "flagger-webhook.py"), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "--listen" in done.stdout
