"""`python -m bench.verify [--rows N] [--rounds N]`: PostgreSQL against PostgreSQL, beside reladiff and the bare SQL.

Rounds are interleaved, each subject once per round and variant; the medians are printed and written to
`bench/results/verify.json` and `.md`. Server CPU is that of all PostgreSQL processes, read from /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.verify.orders import build, expected
from bench.verify.relay import Relay
from bench.verify.servers import PostgresServer, Unavailable, postgres_server

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"
VARIANTS = ("same", "10", "1000", "block")
SUBJECTS = ("shadow-fast", "shadow-default", "limit-fast", "limit-default", "reladiff", "reladiff-unsorted")
# What is printed: ratio of ours to a peer, in this variant, with the bound that is aimed at.
BOUNDS = (
    ("same", "shadow-fast", "reladiff", "wall_s", 0.50),
    ("same", "shadow-fast", "reladiff", "server_cpu_s", 0.50),
    ("same", "shadow-default", "reladiff", "wall_s", 0.65),
    ("same", "shadow-default", "reladiff", "server_cpu_s", 0.65),
    ("same", "shadow-fast", "limit-fast", "wall_s", 1.10),
    ("same", "shadow-fast", "limit-fast", "server_cpu_s", 1.10),
    ("same", "shadow-default", "limit-default", "wall_s", 1.10),
    ("same", "shadow-default", "limit-default", "server_cpu_s", 1.10),
    ("10", "shadow-fast", "reladiff", "wall_s", 0.40),
    ("10", "shadow-default", "reladiff", "wall_s", 0.50),
    ("1000", "shadow-fast", "reladiff-unsorted", "wall_s", 0.30),
    ("1000", "shadow-fast", "reladiff-unsorted", "mb", 0.05),
)  # fmt: skip


def main() -> None:
    """Run as the arguments say."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=5_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--variants", default=",".join(VARIANTS))
    options.add_argument("--only", default=",".join(SUBJECTS), help="subjects, with commas")
    chosen = options.parse_args()
    variants, subjects = tuple(chosen.variants.split(",")), tuple(chosen.only.split(","))
    settings = {"shared_buffers": "2GB", "max_wal_size": "8GB", "wal_level": "minimal", "max_wal_senders": "0"}
    try:
        with postgres_server(settings=settings) as server:
            print(f"PostgreSQL {server.version}; building {chosen.rows:,} rows ...", flush=True)
            names = build(server, chosen.rows, variants)
            samples = _measure(server, names, variants, subjects, chosen.rounds, chosen.rows)
    except Unavailable as error:
        raise SystemExit(f"bench-verify: {error}") from error
    table = _table(samples, variants, subjects, chosen.rows)
    print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "verify.json").write_text(json.dumps({"rows": chosen.rows, "samples": samples}, indent=1) + "\n")
    (RESULTS / "verify.md").write_text(table)


def _measure(
    server: PostgresServer, names: dict[str, str], variants: tuple[str, ...], subjects: tuple[str, ...], rounds: int,
    rows: int,
) -> list[dict[str, Any]]:  # fmt: skip
    samples = []
    for number in range(-1, rounds):  # round -1 warms the cache and counts bytes
        for variant in variants:
            for subject in subjects:
                relay = Relay(server.port) if number < 0 else None
                port = relay.port if relay else server.port
                urls = [server.url(names[side]).replace(f":{server.port}/", f":{port}/") for side in ("old", variant)]
                before = _server_cpu(server)
                answer = _run(subject, urls)
                answer |= {
                    "variant": variant, "subject": subject, "round": number,
                    "server_cpu_s": _server_cpu(server) - before, "expected": expected(variant, rows),
                }  # fmt: skip
                if relay is not None:
                    relay.close()
                    answer["mb"] = relay.bytes / 1e6
                samples.append(answer)
                print(json.dumps(answer), file=sys.stderr, flush=True)
    return samples


def _run(subject: str, urls: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.verify.subject", subject, *urls], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode:
        return {"found": -1, "status": "failed", "note": done.stderr.decode(errors="replace")[-300:], "wall_s": 0.0,
                "client_cpu_s": 0.0, "client_mb": 0.0}  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _server_cpu(server: PostgresServer) -> float:
    """Return the CPU seconds of all server processes so far, those that have ended included."""
    time.sleep(0.2)  # sessions that were just closed have to be reaped by the postmaster
    tick = os.sysconf("SC_CLK_TCK")
    total = 0
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        pid, parent = folder.name, fields[1]
        if pid == str(server.pid):
            total += sum(map(int, fields[11:15]))
        elif parent == str(server.pid):
            total += sum(map(int, fields[11:13]))
    return total / tick


def _table(samples: list[dict[str, Any]], variants: tuple[str, ...], subjects: tuple[str, ...], rows: int) -> str:
    lines = [f"PostgreSQL against PostgreSQL, {rows:,} rows, medians of the timed rounds", ""]
    lines += ["| variant | subject | wall s | client CPU s | server CPU s | MB | client MB | found | expected |"]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    middle: dict[tuple[str, str, str], float] = {}
    for variant in variants:
        for subject in subjects:
            ours = [one for one in samples if (one["variant"], one["subject"]) == (variant, subject)]
            timed = [one for one in ours if one["round"] >= 0] or ours
            for name in ("wall_s", "client_cpu_s", "server_cpu_s", "client_mb"):
                middle[variant, subject, name] = statistics.median(one[name] for one in timed)
            middle[variant, subject, "mb"] = next((one["mb"] for one in ours if "mb" in one), 0.0)
            shown = ("wall_s", "client_cpu_s", "server_cpu_s", "mb")
            cells = [f"{middle[variant, subject, name]:.2f}" for name in shown]
            last = timed[-1]
            found = last["found"] if last["found"] >= 0 else f"{last['status']}: {last['note'][:60]}"
            cells += [f"{middle[variant, subject, 'client_mb']:.0f}", str(found), str(timed[-1]["expected"])]
            lines.append(f"| {variant} | {subject} | {' | '.join(cells)} |")
    lines += ["", "| variant | ratio | of | measured | aimed at |", "|---|---|---|---|---|"]
    for variant, subject, peer, name, bound in BOUNDS:
        one, other = middle.get((variant, subject, name)), middle.get((variant, peer, name))
        if one is not None and other:
            lines.append(f"| {variant} | {subject} / {peer} | {name} | {one / other:.3f} | {bound:.2f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
