"""How long the gate and the report take on a large ledger: 10 million exchanges over 60 days, 200 endpoints and 500
signatures, as a mirror leaves it.

    make bench-report
    make bench-report ARGS="--days 10 --endpoints 20"

Each figure is the least of several runs of the whole command, start of the interpreter included; beside it the same
command on an empty ledger, which is the floor. At full size the result is written to `bench/results/report.json` and
into the pages that repeat it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.live.host import facts
from bench.report import table
from bench.report.ledger import build

FULL = {"exchanges": 10_000_000, "days": 60, "endpoints": 200, "signatures": 500}

CONFIG = """\
primary: {{url: 'http://127.0.0.1:1', build: old-1}}
candidate: {{url: 'http://127.0.0.1:2', build: new-1}}
secondary: {{url: 'http://127.0.0.1:3'}}
ledger: {{path: {path}}}
out: {out}
gate: {{profile: cutover}}
"""


def run(words: list[str], cache: Path) -> tuple[float, float]:
    """Return the wall and CPU seconds of a command, started as an installed one: its byte code is kept."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(cache)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "shadow", *words], capture_output=True, text=True, check=False, env=environment
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode in (1, 2, 3):
        raise SystemExit(done.stderr)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least(words: list[str], runs: int, cache: Path) -> tuple[float, float]:
    """Return the least wall and CPU seconds of several runs."""
    found = [run(words, cache) for _ in range(runs)]
    return min(wall for wall, _ in found), min(cpu for _, cpu in found)


def measure(sizes: dict[str, dict[str, int]], runs: int) -> list[dict[str, Any]]:
    """Build a ledger of each size, run both commands on it."""
    now = time.time()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size, numbers in sizes.items():
            path, config, page = folder / f"{size}.db", folder / f"{size}.yaml", folder / "report.html"
            config.write_text(CONFIG.format(path=path, out=folder))
            build(path, now=now, **numbers)
            for command, words in {"gate": ["gate"], "report": ["report", "--out", str(page)]}.items():
                wall, cpu = least([*words, "-c", str(config)], runs, folder / "bytecode")
                written = page.stat().st_size if command == "report" else 0
                rows.append({"command": command, "ledger": size, "wall_s": wall, "cpu_s": cpu,
                             "ledger_bytes": path.stat().st_size, "page_bytes": written})  # fmt: skip
                print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure as the arguments say; write the result where they are the usual ones."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, usual in FULL.items():
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--runs", type=int, default=5)
    asked = vars(parser.parse_args())
    runs = asked.pop("runs")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    about = {"started_at": time.time(), "machine": facts({"numpy": importlib.metadata.version("numpy")}), "runs": runs}
    rows = measure({"large": asked, "floor": dict.fromkeys(FULL, 1)}, runs)
    result = {**about, "size": asked, "rows": rows}
    print(table.render(result))
    if asked == FULL:
        table.RESULT.write_text(json.dumps(result, indent=1) + "\n")
        table.RESULT.with_suffix(".md").write_text(table.render(result))
        table.update(result)


if __name__ == "__main__":
    main()
