"""wrk: as many requests as the proxy answers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from bench.live.backends import SIZES, document, path_of

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class Case(NamedTuple):
    """What is asked, and over how many connections."""

    method: str
    size: str
    connections: int

    @property
    def name(self) -> str:
        """The case in words."""
        return f"{self.method} {self.size}, {self.connections} connection{'s' * (self.connections > 1)}"


class Load(NamedTuple):
    """What wrk saw. `errors` counts socket errors and answers other than 2xx and 3xx."""

    requests: int
    rps: float
    p50_s: float
    p99_s: float
    errors: int


def write_scripts(folder: Path) -> None:
    """Write what makes wrk send a POST of each size."""
    for size, size_bytes in SIZES.items():
        body = document(size_bytes).decode()
        _script(folder, size).write_text(
            f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{body}]==]\n'
        )


def wrk(folder: Path, core: int, port: int, case: Case, seconds: int) -> Load:
    """Run wrk against a port; exits where it does not understand what wrk prints."""
    words = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", "--latency"]
    if case.method == "POST":
        words += ["-s", str(_script(folder, case.size))]
    words.append(f"http://127.0.0.1:{port}{path_of(case.size)}")
    return parse(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def parse(text: str) -> Load:
    """Take wrk's report apart."""
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", text)
    p50, p99 = (re.search(rf"^\s+{share}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.MULTILINE) for share in (50, 99))
    if total is None or p50 is None or p99 is None:
        raise SystemExit(f"wrk's report is not understood:\n{text}")
    errors = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    requests, seconds = int(total[1]), float(total[2]) * _UNITS[total[3]]
    return Load(
        requests=requests, rps=requests / seconds, p50_s=float(p50[1]) * _UNITS[p50[2]],
        p99_s=float(p99[1]) * _UNITS[p99[2]], errors=errors + (int(other[1]) if other else 0),
    )  # fmt: skip


def _script(folder: Path, size: str) -> Path:
    return folder / f"post-{SIZES[size]}.lua"
