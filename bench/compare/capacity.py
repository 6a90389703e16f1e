"""`shadow mirror` as users start it, at a fixed rate, with answers that all carry a fresh timestamp.

What is counted is the CPU time of sender, comparer and keeper, read from /proc, for each exchange that was completed.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from bench.live.backends import path_of
from bench.live.fixed import open_loop
from bench.live.host import ROOT, Cores, cpu_s, free_port, start, stop, wait_for_port
from bench.live.mirror import Mirror

ROLES = ("sender", "comparer", "keeper")
# High enough that waking up and committing are shared by many, as at capacity.
RATES = {"1 KB": 2000.0, "20 KB": 1000.0}
_RULE = {
    "id": "generated", "what": "ignore", "endpoint": "*", "path": "$.generated_at", "owner": "bench",
    "reason": "made anew for each answer", "created": "2026-01-01", "expires": "2099-01-01",
}  # fmt: skip
WAYS = ("covered by a rule", "a mismatch each", "noise, with a secondary")


def measure(cores: Cores, size: str, way: str, *, seconds: float, warm_up_s: float) -> dict[str, Any]:
    """Return CPU microseconds per completed exchange and role, and the share that was completed."""
    ports = [free_port() for _ in range(3 if way == WAYS[2] else 2)]
    # By name, so that the repository's root is on the path.
    backends = [start([sys.executable, "-m", "bench.compare.stamped", str(port)], cores.rest, cwd=ROOT)
                for port in ports]  # fmt: skip
    try:
        for port, backend in zip(ports, backends, strict=True):
            wait_for_port(port, backend)
        return _run(cores, ports, size, way, seconds, warm_up_s)
    finally:
        for backend in backends:
            stop(backend)


def _run(cores: Cores, ports: list[int], size: str, way: str, seconds: float, warm_up_s: float) -> dict[str, Any]:
    more: dict[str, Any] = {"compare": {"rules": [_RULE]}} if way == WAYS[0] else {}
    if len(ports) > 2:
        more["secondary"] = {"url": f"http://127.0.0.1:{ports[2]}"}
    mirror = Mirror(cores, ports[0], ports[1], more=more)
    try:
        warm = open_loop(cores.rest, mirror.port, RATES[size], warm_up_s, 0.0, path_of(size))
        _wait_settled(mirror, warm["requests"] + warm["errors"])
        pids, before = mirror.pids(), mirror.count()
        spent = {role: cpu_s([pids[role]]) for role in ROLES}
        load = open_loop(cores.rest, mirror.port, RATES[size], seconds, 0.0, path_of(size))
        _wait_settled(mirror, before.accepted + load["requests"] + load["errors"])
        after = mirror.count()
        completed = after.completed - before.completed
        cpu_us = {role: (cpu_s([pids[role]]) - spent[role]) / max(1, completed) * 1e6 for role in ROLES}
        outcomes = {name: n - before.outcomes.get(name, 0) for name, n in after.outcomes.items()}
        return {
            "size": size, "way": way, "rate": RATES[size], "requests": load["requests"], "errors": load["errors"],
            "completed_ratio": completed / max(1, after.accepted - before.accepted), "cpu_us": cpu_us,
            "total_us": sum(cpu_us.values()), "outcomes": {name: n for name, n in outcomes.items() if n},
        }  # fmt: skip
    finally:
        mirror.stop()


def _wait_settled(mirror: Mirror, expected: float) -> None:
    """Wait until as many outcomes are in the ledger as were asked for, or nothing changes any more."""
    deadline, last, since = time.monotonic() + 60, -1, time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < 5:
        settled = sum(mirror.count().outcomes.values())
        if settled >= expected:
            return
        if settled != last:
            last, since = settled, time.monotonic()
        time.sleep(0.1)
