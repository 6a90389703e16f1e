"""Rounds of measurements: each subject of a case once per round, in turn, so that a slow minute is everybody's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.verify.counting import MongoCounter, PostgresCounter
from bench.verify.relay import Relay

ROOT = Path(__file__).resolve().parents[2]
_TIMEOUT_S = 900


class Case(NamedTuple):
    """Two stores with so many differing rows between them, and who compares them."""

    engines: str
    variant: str
    urls: tuple[str, str]
    expected: int
    subjects: tuple[str, ...]


class Host(NamedTuple):
    """The servers' processes, and the programs that subjects run in where that is not ours."""

    pids: Sequence[int]
    programs: dict[str, Sequence[str]]
    environment: dict[str, dict[str, str]]


def measured(cases: Iterable[Case], host: Host, rounds: int) -> list[dict[str, Any]]:
    """Return one sample per round, case and subject; round -1 warms the caches and counts bytes and queries."""
    samples = []
    for case in cases:
        for number in range(-1, rounds):
            for subject in case.subjects:
                relays = [_relay(url) for url in case.urls] if number < 0 else []
                urls = [_through(url, relay.port) for url, relay in zip(case.urls, relays, strict=False)] or case.urls
                before = server_cpu_s(host.pids)
                answer = _run(subject, urls, host)
                answer |= {
                    "engines": case.engines, "variant": case.variant, "subject": subject, "round": number,
                    "server_cpu_s": server_cpu_s(host.pids) - before, "expected": case.expected,
                }  # fmt: skip
                for relay in relays:
                    relay.close()
                if relays:
                    answer["mb"] = sum(relay.bytes for relay in relays) / 1e6
                    answer["queries"] = sum(relay.queries for relay in relays)
                samples.append(answer)
                print(json.dumps(answer), file=sys.stderr, flush=True)
    return samples


def _relay(url: str) -> Relay:
    counter = PostgresCounter if url.startswith("postgresql") else MongoCounter
    return Relay(_port(url), counter)


def _port(url: str) -> int:
    return int(url.partition("127.0.0.1:")[2].partition("/")[0])


def _through(url: str, port: int) -> str:
    return url.replace(f":{_port(url)}/", f":{port}/")


def _run(subject: str, urls: Sequence[str], host: Host) -> dict[str, Any]:
    program = host.programs.get(subject, (sys.executable,))
    failed = {"found": -1, "status": "failed", "wall_s": 0.0, "client_cpu_s": 0.0, "client_mb": 0.0}
    try:
        done = subprocess.run(
            [*program, "-m", "bench.verify.subject", subject, *urls], cwd=ROOT, capture_output=True, check=False,
            timeout=_TIMEOUT_S, env={**os.environ, **host.environment.get(subject, {})},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {**failed, "note": f"not done after {_TIMEOUT_S} s"}
    if done.returncode:
        return {**failed, "note": done.stderr.decode(errors="replace")[-300:]}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def server_cpu_s(pids: Sequence[int]) -> float:
    """Return the CPU seconds of these processes and their children so far, those that have ended included."""
    time.sleep(0.2)  # sessions that were just closed have to be reaped by the postmaster
    tick = os.sysconf("SC_CLK_TCK")
    wanted = {str(pid) for pid in pids}
    total = 0
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if folder.name in wanted:
            total += sum(map(int, fields[11:15]))
        elif fields[1] in wanted:
            total += sum(map(int, fields[11:13]))
    return total / tick
