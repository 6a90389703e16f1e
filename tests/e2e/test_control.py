"""The control API of a real mirror: what it counts, how it pauses, and what it says when something is missing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

ON = {"control": {"api": "127.0.0.1:0", "probes": "127.0.0.1:0"}}


class Control:
    """Asks the control API of a mirror."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.file = Path(f"{running.ledger}.control")
        self.wait()

    def wait(self) -> None:
        def both() -> bool:
            try:
                self.at = json.loads(self.file.read_text())
            except (OSError, ValueError):
                return False
            return bool(self.at["api"] and self.at["probes"])

        self.running.wait_for(both)

    def ask(self, method: str, path: str, where: str = "api") -> tuple[int, str]:
        token = Path(f"{self.running.ledger}.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"} if where == "api" else {}
        request = urllib.request.Request(f"http://{self.at[where]}{path}", method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            self.wait()  # the keeper is just being replaced, and its successor has other ports
            return 0, ""

    def metrics(self) -> dict[str, float]:
        _, text = self.ask("GET", "/metrics", "probes")
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                for line in text.splitlines() if line and not line.startswith("#")}

    def adds_up(self) -> bool:
        now = self.metrics()
        ended = sum(value for name, value in now.items() if name.startswith("shadow_outcomes_total{"))
        return now["shadow_accepted_requests_total"] == ended + now["shadow_in_flight_requests"]

    def ready(self) -> tuple[str, ...]:
        status, text = self.ask("GET", "/health/ready", "probes")
        return () if status == 200 else tuple(json.loads(text)["error"]["reasons"]) if text else ("no answer",)


def shadow(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "shadow", *words], capture_output=True, text=True, timeout=60)


def finished(traffic: subprocess.Popen[bytes]) -> None:
    assert traffic.wait(100) == 0
    assert traffic.stdout is not None
    traffic.stdout.close()


def test_counts_pause_and_report(services: Any, mirror: Callable[..., Any], tmp_path: Path) -> None:
    running = mirror(**services.legs(), **ON)
    control = Control(running)
    running.wait_for(lambda: control.ready() == ())
    assert control.ask("GET", "/health", "probes") == (200, '{"status": "alive"}')
    assert control.ask("GET", "/api/metrics", "probes")[0] == 404
    traffic = services.traffic(running.url, 300, tmp_path / "a")
    while traffic.poll() is None:
        assert control.adds_up()
    finished(traffic)
    running.wait_for(lambda: control.metrics()["shadow_in_flight_requests"] == 0)
    now = control.metrics()
    assert now["shadow_accepted_requests_total"] == 300
    mirrored = now['requests_total{leg="candidate",status="success"}']
    assert mirrored == now['response_time_count{leg="candidate"}'] > 200
    assert now['requests_total{leg="primary",status="error"}'] == 0
    # Templates only: no path that was really asked for.
    routes = set(re.findall(r'http_route="([^"]*)"', " ".join(now)))
    assert "/orders/{id}" in routes
    assert [route for route in routes if re.search(r"\d", route)] == []
    told = json.loads(control.ask("GET", "/api/metrics?leg=candidate")[1])
    assert (told["mode"], told["total_requests"], told["success_rate"]) == ("candidate", mirrored, 100.0)
    assert told["endpoints"]["GET /orders/{id}"]["errors"] == 0

    done = shadow("pause", "-c", str(running.config))
    assert (done.returncode, done.stderr) == (0, "")
    running.wait_for(lambda: control.metrics()["shadow_paused"] == 1)
    # A listener that is started during a pause is paused too.
    victim = running.pids_by_role()["listener"]
    os.kill(victim, signal.SIGKILL)
    running.wait_for(lambda: running.pids_by_role().get("listener", victim) != victim)
    running.wait_for(lambda: control.ready() == ())
    finished(services.traffic(running.url, 100, tmp_path / "b"))
    paused = 'shadow_outcomes_total{outcome="skipped",reason="paused"}'
    running.wait_for(lambda: control.metrics()[paused] >= 100)
    now = control.metrics()
    assert now['requests_total{leg="candidate",status="success"}'] == mirrored
    assert now['shadow_process_restarts_total{role="listener"}'] == 1
    # So does the pause outlive the keeper.
    victim = running.pids_by_role()["keeper"]
    os.kill(victim, signal.SIGKILL)
    running.wait_for(lambda: running.pids_by_role().get("keeper", victim) != victim)
    running.wait_for(lambda: control.ready() == ())
    assert control.metrics()["shadow_paused"] == 1
    assert control.adds_up()

    assert shadow("resume", "-c", str(running.config)).returncode == 0
    running.wait_for(lambda: control.metrics()["shadow_paused"] == 0)
    finished(services.traffic(running.url, 50, tmp_path / "c"))
    running.wait_for(lambda: control.metrics().get('requests_total{leg="candidate",status="success"}', 0) > 20)
    status, page = control.ask("GET", "/report")
    assert (status, page[:15]) == (200, "<!doctype html>")
    before = running.evidence().outcomes_total
    status, told = control.ask("POST", "/api/metrics/reset")
    assert (status, json.loads(told)["total_requests"]) == (200, 0)
    assert running.evidence().outcomes_total >= before > 0

    evidence = running.stop()
    assert evidence.accepted_total == evidence.outcomes_total == 450
    (pause,) = [gap for gap in evidence.gaps if gap.kind == "paused"]
    assert pause.ended_at - pause.started_at > 0.1
    assert not Path(f"{running.ledger}.control").exists()
    assert shadow("pause", "-c", str(running.config)).returncode == 3


def test_a_missing_process_is_named_and_breakers_are_seen(
    services: Any, mirror: Callable[..., Any], tmp_path: Path
) -> None:
    legs = services.legs() | {"candidate": {
        "url": "http://127.0.0.1:1", "build": "new", "breaker_failures": 2, "backoff_first_s": 0.001
    }}
    running = mirror(**legs, **ON)
    control = Control(running)
    # A candidate that is not there is no reason not to be ready.
    finished(services.traffic(running.url, 60, tmp_path / "a"))
    opened = 'shadow_breaker_state{leg="candidate",state="open"}'
    running.wait_for(lambda: control.metrics()[opened] == 1)
    running.wait_for(lambda: control.metrics()["shadow_in_flight_requests"] == 0)
    now = control.metrics()
    assert now['circuit_breaker_trips_total{leg="candidate"}'] == 1
    assert now['circuit_breaker_trips_total{leg="secondary"}'] == 0
    assert sum(value for name, value in now.items() if name.startswith("shadow_breaker_trips_total{")) == 1
    told = json.loads(control.ask("GET", "/api/metrics?leg=candidate")[1])
    assert (told["circuit_breaker_trips"], told["success_rate"]) == (1, 0.0)
    running.wait_for(lambda: control.ready() == ())
    stopped = running.pids_by_role()["listener"]
    os.kill(stopped, signal.SIGSTOP)
    try:
        running.wait_for(lambda: any(reason.endswith("is silent") for reason in control.ready()))
    finally:
        os.kill(stopped, signal.SIGCONT)
    running.wait_for(lambda: control.ready() == ())
    running.stop()
