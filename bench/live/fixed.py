"""p99 at a fixed rate with a healthy, a hung and a flooding candidate, each beside mirror off in the same round."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.live.backends import Backend, path_of
from bench.live.host import Cores, free_port, start, stop, wait_for_port
from bench.live.mirror import Mirror

CANDIDATES = ("healthy", "hung", "flooding")
# The flood takes what processor is left, not what primary and load generator need on the core they share with it.
_FLOOD_NICE = 19


def measure(cores: Cores, primary: Backend, candidate: Backend, rate: float, kind: str, *, seconds: float,
            warm_up_s: float, reverse: bool) -> dict[str, Any]:  # fmt: skip
    """Return quantiles with the mirror off and on, measured one right after the other."""
    found: dict[str, Any] = {"candidate": kind, "rate": rate}
    for ratio in (1.0, 0.0) if reverse else (0.0, 1.0):
        faulty: subprocess.Popen[bytes] | None = None
        port = candidate.port
        if kind != "healthy":
            port = free_port()
            script = str(Path(__file__).with_name("faulty.py"))
            faulty = start([sys.executable, script, kind, str(port)], cores.rest, nice=_FLOOD_NICE)
            wait_for_port(port, faulty)
        mirror = Mirror(cores, primary.port, port, sample_ratio=ratio)
        try:
            before = mirror.count()
            found["on" if ratio else "off"] = open_loop(cores.rest, mirror.port, rate, seconds, warm_up_s)
            if ratio:
                after = mirror.settle(10.0)
                found["completed_ratio"] = (after.completed - before.completed) / (after.accepted - before.accepted)
        finally:
            mirror.stop()
            if faulty is not None:
                stop(faulty)
    return found


def open_loop(core: int, port: int, rate: float, seconds: float, warm_up_s: float,
              path: str = path_of("1 KB")) -> dict[str, float]:  # fmt: skip
    """Run the fixed-rate client on a core; exits where it fails."""
    script = str(Path(__file__).with_name("open_loop.py"))
    words = ["taskset", "-c", str(core), sys.executable, script, str(port), path, str(rate), str(seconds),
             str(warm_up_s)]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the fixed-rate client failed: {done.stderr.strip()}")
    return dict(json.loads(done.stdout))
