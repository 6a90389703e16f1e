"""Second looks and learnt noise with real processes: a race, a wrong field, a flaky one, and an old build that says
stop."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shadow.ledger.certificate import read_certificate
from shadow.ledger.noise import read_noise

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
N = 3


def tools() -> Any:
    spec = importlib.util.spec_from_file_location("e2e_tools", HERE / "conftest.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Backends:
    """The three of them, as a configuration names them."""

    def __init__(self, *options: str) -> None:
        free_port, wait_for_port = tools().free_port, tools().wait_for_port
        self.ports = {role: free_port() for role in ("old", "copy", "new")}
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "triage_backends.py"), json.dumps(self.ports), *options]
        )
        for port in self.ports.values():
            wait_for_port(port, self.process)

    def settings(self, *, secondary: bool = False, build: str = "old 1", **reask: Any) -> dict[str, Any]:
        url = {role: f"http://127.0.0.1:{port}" for role, port in self.ports.items()}
        found: dict[str, Any] = {
            "primary": {"url": url["old"], "build": build},
            "candidate": {"url": url["new"], "build": "new 1"},
            "routes": [{"endpoint": "POST /search", "mirror": "read_only"}],
            "compare": {"reask": {"soon_s": 0.05, "later_s": 0.1, "most_ratio": 1.0, "rate_per_s": 1000, **reask}},
        }
        if secondary:
            found["secondary"] = {"url": url["copy"], "build": build}
        return found

    def asked(self) -> dict[str, int]:
        return dict(json.loads(ask(f"http://127.0.0.1:{self.ports['old']}/asked")))


def ask(url: str, *, method: str = "GET") -> bytes:
    body = b"{}" if method == "POST" else None
    with urllib.request.urlopen(urllib.request.Request(url, method=method, data=body), timeout=10) as answer:
        return bytes(answer.read())


@pytest.fixture
def backends() -> Iterator[Callable[..., Backends]]:
    started: list[Backends] = []

    def start(*options: str) -> Backends:
        started.append(Backends(*options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def triages(evidence: Any) -> Counter[tuple[str, str, str]]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for row in evidence.outcomes:
        triage = str(row.triage) if row.outcome == "mismatch" else ""
        counted[(row.endpoint.split("/")[1], str(row.outcome), triage)] += row.n
    return counted


def test_what_a_second_look_makes_of_each(backends: Callable[..., Backends], mirror: Callable[..., Any]) -> None:
    """Without a secondary, with leave to ask the primary: by the end of the run each mismatch is what it is."""
    behind = backends()
    running = mirror(**behind.settings(triage="primary"))
    for number in range(N):
        for kind in ("race", "wrong", "flaky", "same"):
            ask(f"{running.url}/{kind}/{number}")
    ask(f"{running.url}/search", method="POST")
    evidence = running.stop()
    assert triages(evidence) == {
        ("race", "mismatch", "transient"): N,
        ("wrong", "mismatch", "confirmed"): N,
        ("flaky", "mismatch", "unstable"): N,
        ("same", "match", ""): N,
        # What is not safe is never asked again: it stays pending, and fails.
        ("search", "mismatch", "pending"): 1,
    }
    assert evidence.outcomes_total == evidence.accepted_total == 4 * N + 1
    decided = {row.triage: row.n for row in evidence.sets if row.decided_at}
    assert sum(decided.values()) == 3 * N
    # Two looks at each, and none at what was unsafe or the same.
    assert behind.asked()["old again"] == 2 * 3 * N


def test_an_old_build_that_says_stop_is_left_alone(
    backends: Callable[..., Backends], mirror: Callable[..., Any]
) -> None:
    behind = backends("--limit-again")
    running = mirror(**behind.settings(triage="primary"))
    for number in range(12):
        ask(f"{running.url}/wrong/{number}")
    evidence = running.stop()
    # The first answer says stop; as many more as were under way may have been asked by then.
    assert 1 <= behind.asked()["old again"] <= 2
    # An answer of 429 is no answer about the difference: all of them stay as they were, and fail.
    assert triages(evidence) == {("wrong", "mismatch", "pending"): 12}


def test_noise_outlives_the_mirror_and_ends_with_the_build(
    backends: Callable[..., Backends], mirror: Callable[..., Any], tmp_path: Path
) -> None:
    behind = backends()
    ledger = {"path": str(tmp_path / "kept.db")}
    first = mirror(**behind.settings(secondary=True), ledger=ledger)
    first.ledger = Path(ledger["path"])
    for number in range(8):
        ask(f"{first.url}/noisy/{number}")
    assert triages(first.stop()) == {("noisy", "noise_only", ""): 8}
    groups = [set(each.groups) for each in read_noise(first.ledger)]
    assert groups == [{"body:$.id"}]

    # The next run has no secondary to learn from: it knows what the first one learnt.
    second = mirror(**behind.settings(triage="off"), ledger=ledger)
    second.ledger = first.ledger
    ask(f"{second.url}/noisy/8")
    assert triages(second.stop()) == {("noisy", "noise_only", ""): 9}

    # Another build of the primary begins anew, and in an epoch of its own.
    third = mirror(**behind.settings(triage="off", build="old 2"), ledger=ledger)
    third.ledger = first.ledger
    ask(f"{third.url}/noisy/9")
    assert triages(third.stop()) == {("noisy", "mismatch", "pending"): 1}


def test_without_a_secondary_noise_is_learnt_by_asking_the_primary_again(
    backends: Callable[..., Backends], mirror: Callable[..., Any]
) -> None:
    """Only where it is switched on: by default nobody asks a primary twice."""
    behind = backends()
    running = mirror(**behind.settings(noise_ratio=1.0))
    for number in range(8):
        ask(f"{running.url}/noisy/{number}")
    evidence = running.stop()
    assert triages(evidence) == {("noisy", "noise_only", ""): 8}
    assert behind.asked()["old again"] == 8
    # Like for like: what the sender asked of both.
    assert {row.against: row.n for row in evidence.ratios} == {"primary": 8, "secondary": 8}

    quiet = mirror(**behind.settings())
    ask(f"{quiet.url}/wrong/1")
    assert triages(quiet.stop()) == {("wrong", "mismatch", "pending"): 1}
    assert behind.asked()["old again"] == 8


@pytest.mark.parametrize("secondary", [True, False])
def test_the_old_build_against_itself_before_the_candidate_is_judged(
    backends: Callable[..., Backends], mirror: Callable[..., Any], secondary: bool
) -> None:
    """A/A: nothing reaches the candidate, every request is accounted for, and the certificate says what was found."""
    behind = backends()
    reask = {} if secondary else {"noise_ratio": 1.0}
    running = mirror(**behind.settings(secondary=secondary, **reask), mirror={"judge": "secondary"})
    for number in range(30):
        for kind in ("noisy", "drift"):
            ask(f"{running.url}/{kind}/{number}")
    evidence = running.stop()
    assert "new" not in behind.asked()
    assert running.counts() == {"skipped(aa)": 60} and evidence.outcomes_total == evidence.accepted_total
    held = read_certificate(running.ledger, "old 1")
    assert held is not None
    # The first pairs of an endpoint only teach, until they weigh 20; the copy's one wrong answer is a false alarm.
    assert [(one.endpoint, one.n) for one in held.endpoints] == [("GET /drift/{id}", 9), ("GET /noisy/{id}", 9)]
    found = [(one.endpoint, one.difference, one.n) for one in held.found]
    assert found == ([("GET /drift/{id}", "value body:$.state", 1)] if secondary else [])
    assert held.alarms == len(found)


@pytest.mark.parametrize(
    "role", ["keeper", pytest.param("sender", marks=pytest.mark.slow), pytest.param("comparer", marks=pytest.mark.slow)]
)
def test_a_death_between_the_looks_leaves_the_counts_exact(
    backends: Callable[..., Backends], mirror: Callable[..., Any], role: str
) -> None:
    """What was to be decided by who died stays pending, and fails; a keeper's death costs nothing."""
    behind = backends()
    running = mirror(**behind.settings(triage="primary", soon_s=1.0, later_s=1.0))
    for number in range(6):
        ask(f"{running.url}/wrong/{number}")
    running.wait_for(lambda: running.counts() == {"mismatch": 6})
    victim = running.pids_by_role()[role]
    os.kill(victim, signal.SIGKILL)
    running.wait_for(lambda: running.pids_by_role().get(role, victim) != victim)
    ask(f"{running.url}/same/1")
    running.wait_for(lambda: running.counts() == {"mismatch": 6, "match": 1})
    if role == "keeper":
        running.wait_for(lambda: triages(running.evidence())[("wrong", "mismatch", "confirmed")] == 6)
    evidence = running.stop()
    counted = triages(evidence)
    assert counted.pop(("same", "match", "")) == 1
    assert counted == {("wrong", "mismatch", "confirmed" if role == "keeper" else "pending"): 6}
    assert sum(row.n for row in evidence.sets) == 6 and all(row.n > 0 for row in evidence.sets)
    assert evidence.outcomes_total == evidence.accepted_total == 7
