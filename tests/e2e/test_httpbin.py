"""Two implementations of one API by different hands: every finding is one that the example's page lists, checked by
hand, and every one of the page's is found."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

HTTPBIN = Path(__file__).resolve().parents[2] / "examples" / "httpbin"
NOISE = {("GET", "/uuid", "value", "body:$.uuid")} | {
    (*endpoint, "extra", "body:$.headers.Shadow-Leg")
    for endpoint in (("GET", "/get"), ("GET", "/headers"), ("GET", "/gzip"), ("POST", "/post"))
}
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        importlib.util.find_spec("httpbin") is None,
        reason="httpbin is not installed (make test installs it; pip install --no-deps httpbin)",
    ),
]


@pytest.fixture
def serve() -> Iterator[Callable[[str], str]]:
    """Start a service of the example; return its URL."""
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str) -> str:
        process = subprocess.Popen([sys.executable, str(HTTPBIN / script), "--port", "0"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().decode().strip()

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def traffic() -> Any:
    spec = importlib.util.spec_from_file_location("httpbin_traffic", HTTPBIN / "traffic.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def listed(endpoints: set[tuple[str, str]]) -> set[tuple[str, str, str, str]]:
    """Return what the page lists, by method, path, kind and place."""
    rows = re.findall(r"^\| (.+?) \| ([a-z-]+) \| `(.+?)` \| .+ \|$", (HTTPBIN / "README.md").read_text(), re.M)
    found = set()
    for where, kind, place in rows:
        named = endpoints if where == "every endpoint" else {tuple(each.split(" ")) for each in where.split(", ")}
        found |= {(method, path, kind, place) for method, path in named}
    return found


def test_every_finding_is_right_and_none_is_missing(serve: Any, mirror: Any) -> None:
    settings = yaml.safe_load((HTTPBIN / "shadow.yaml").read_text())
    del settings["listen"]
    for leg, script in (("primary", "old"), ("candidate", "new"), ("secondary", "old")):
        settings[leg]["url"] = serve(f"{script}_service.py")
    settings["compare"] = {"deadline_s": 10}  # a busy machine is no finding
    running = mirror(**settings)
    n = traffic().send(running.url, 2)
    running.wait_for(lambda: sum(running.counts().values()) == n)
    evidence = running.stop()
    assert running.counts() == {"mismatch": n}
    open_, covered = set(), set()
    for row in evidence.signatures:
        method, _, path = row.endpoint.partition(" ")
        (open_ if row.n_open else covered).add((method, path, row.kind.value, row.group))
    assert covered == NOISE
    endpoints = {(method, path) for method, path, _, _ in open_}
    assert len(endpoints) == 11  # ten, and one that neither has
    assert open_ == listed(endpoints)
