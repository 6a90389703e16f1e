"""How long the gate and the report take on a large ledger: 10 million exchanges over 60 days, 200 endpoints and 500
signatures, as a mirror leaves it: days, then hours, then the blocks of the last two hours.

    make bench-report
    make bench-report ARGS="--days 10 --endpoints 20"

Each figure is the least of several runs of the whole command, start of the interpreter included; beside it the same
command on an empty ledger, which is the floor.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from shadow.config.model import Ledger
from shadow.ledger import rollup
from shadow.ledger.evidence import WatchRow
from shadow.ledger.histogram import SCALE, bucket_of
from shadow.ledger.rollup import DAY_S, HOUR_S, Rollup, mark
from shadow.ledger.signature import set_id_of, signature_id
from shadow.ledger.writer import LedgerWriter
from shadow.records import (
    Difference,
    Disposition,
    Example,
    Kind,
    Lane,
    Leg,
    LegResult,
    LegState,
    Message,
    Observation,
    Outcome,
)

BLOCK_S = 300.0
BUDGETS = {"gate": "1.5 s", "report": "2 s, 2 MB"}

CONFIG = """\
primary: {{url: 'http://127.0.0.1:1', build: old-1}}
candidate: {{url: 'http://127.0.0.1:2', build: new-1}}
secondary: {{url: 'http://127.0.0.1:3'}}
ledger: {{path: {path}}}
out: {out}
gate: {{profile: cutover}}
"""


def observation(
    seq: int, at: float, endpoint: str, differences: tuple[Difference, ...], rng: random.Random
) -> Observation:
    """One exchange, with an example where it differs."""
    example = None
    if differences:
        items = ", ".join(f'{{"id": {n}, "price": "1.50"}}' for n in range(20))
        body = f'{{"items": [{items}]}}'
        message = Message(start="200", headers=(("content-type", "application/json"),), body=body)
        example = Example(
            observed_at=at, request=Message(start=endpoint), primary=message, candidate=message, differences=differences
        )
    legs = tuple(
        LegResult(leg=leg, state=LegState.answered, status=200, duration_s=rng.lognormvariate(-4, 0.6), build=build)
        for leg, build in ((Leg.primary, "old-1"), (Leg.candidate, "new-1"), (Leg.secondary, "old-1"))
    )
    return Observation(
        lane="bench", seq=seq, started_at=at, endpoint=endpoint,
        outcome=Outcome.mismatch if differences else Outcome.match, legs=legs, differences=differences, example=example,
        secondary_differs=False,
    )  # fmt: skip


def difference(number: int) -> Difference:
    """One of the signatures."""
    group = f"body:$.items[*].field_{number}"
    return Difference(kind=Kind.value, path=group, group=group, old='"1.50"', new="1.5", disposition=Disposition.open)


def cell(at: float, width: int, n: int, sets: list[tuple[str, str, str, int, float]], rng: random.Random) -> Rollup:
    """The counts of one endpoint over an hour or a day."""
    failing = sum(row[3] for row in sets)
    histograms = []
    for leg in Leg:
        counts: dict[int, int] = {}
        for _ in range(min(n, 300)):
            bucket = bucket_of(rng.lognormvariate(-4, 0.6))
            counts[bucket] = counts.get(bucket, 0) + max(1, n // 300)
        histograms.append((leg.value, SCALE, rollup.pack(counts)))
    blocks = [(at + block * BLOCK_S, max(1, n // (width // 300)), 0, 0, 0) for block in range(int(width // BLOCK_S))]
    noisy = [(start, size, int(index < failing), 0, 0) for index, (start, size, *_) in enumerate(blocks)]
    return Rollup(
        outcomes=[("match", "", "pending", n - failing), ("mismatch", "", "confirmed", failing)],
        joints=[("error", n, 0, 0, 0), ("mismatch", n - failing, 0, failing, 0)],
        pairing=(n, 0, 0, 0),
        ratios=[("primary", n, 0.01, n * 0.7), ("secondary", n, 0.01, n * 0.7)],
        histograms=histograms,
        sets=sets,
        errors=mark(blocks, at),
        parity=mark(noisy, at),
    )


def build(path: Path, *, now: float, exchanges: int, days: int, endpoints: int, signatures: int) -> None:
    """Write the ledger."""
    rng = random.Random(1)
    names = [f"GET /area-{n % 20}/things-{n}/{{id}}" for n in range(endpoints)]
    today = now - now % DAY_S
    each = exchanges // (days * endpoints)
    with LedgerWriter.open(path, Ledger()) as writer:
        # The last two hours as blocks, with every signature and its examples.
        recent, seq = [], 0
        for number in range(signatures):
            for _ in range(3):
                seq += 1
                recent.append(observation(seq, now - 60.0, names[number % endpoints], (difference(number),), rng))
        for name in names:
            for block in range(24):
                seq += 1
                recent.append(observation(seq, now - 30.0 - block * BLOCK_S, name, (), rng))
        writer.commit(recent, now=now)
        heart = [
            WatchRow(name=watch, block_at=today - days * DAY_S + hour * HOUR_S, seconds=HOUR_S)
            for hour in range(days * 24)
            for watch in ("mirror", "breaker:candidate")
        ]
        writer.watch(heart)
    db = sqlite3.connect(path)
    ids = dict(db.execute("SELECT name, id FROM endpoint"))
    total = seq
    rows, folded = [], []
    for index, name in enumerate(names):
        own = [number for number in range(signatures) if number % endpoints == index][:3]
        identities = [
            (set_id_of(((signature_id(name, difference(n).group, Kind.value), "open", ""),)), n) for n in own
        ]
        spans = [(today - (day + 1) * DAY_S, int(DAY_S)) for day in range(1, days)]
        spans += [(today - DAY_S + hour * HOUR_S, int(HOUR_S)) for hour in range(24)]
        for at, width in spans:
            n = each if width == DAY_S else max(1, each // 24)
            sets = [("mismatch", key, "confirmed", 1, at) for key, _ in identities] if width == DAY_S else []
            rows.append((width, 1, at, ids[name], n, rollup.encode(cell(at, width, n, sets, rng))))
            folded += [
                (width, 1, at, signature_id(name, difference(number).group, Kind.value), 1, 1, at, at)
                for _, number in identities
                if width == DAY_S
            ]
            total += n
    db.executemany("INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?)", rows)
    db.executemany("INSERT INTO signature_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?)", folded)
    starts = [today - days * DAY_S + block * BLOCK_S for block in range(int(days * DAY_S // BLOCK_S))]
    pooled = exchanges // max(len(starts), 1)
    db.executemany(
        "INSERT INTO block_total VALUES (1, ?, ?, 0, 0, 0, ?, ?)",
        [(at, pooled, pooled, int(rng.random() < 0.1)) for at in starts],
    )
    db.execute("UPDATE epoch SET first_at = ?", (today - days * DAY_S,))
    db.commit()
    db.close()
    with LedgerWriter.open(path, Ledger()) as writer:
        folded_lane = Lane(lane="folded", started_at=0.0, accepted=total - seq, closed=True)
        writer.commit((), (folded_lane, Lane(lane="bench", started_at=now, accepted=seq, handed=seq)), now=now)


def run(words: list[str]) -> tuple[float, float]:
    """Return the wall and CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "shadow", *words], capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode in (1, 2, 3):
        raise SystemExit(done.stderr)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least(words: list[str], runs: int) -> tuple[float, float]:
    """Return the least wall and CPU seconds of several runs."""
    found = [run(words) for _ in range(runs)]
    return min(wall for wall, _ in found), min(cpu for _, cpu in found)


def main() -> None:
    """Build both ledgers, run both commands on each, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exchanges", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--endpoints", type=int, default=200)
    parser.add_argument("--signatures", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    now = time.time()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = {
            "large": (asked.exchanges, asked.days, asked.endpoints, asked.signatures),
            "floor": (1, 1, 1, 1),
        }
        print(f"{'command':<8} {'ledger':<8} {'wall s':>7} {'cpu s':>7}   size", flush=True)
        for size, (exchanges, days, endpoints, signatures) in sizes.items():
            path, config = folder / f"{size}.db", folder / f"{size}.yaml"
            config.write_text(CONFIG.format(path=path, out=folder))
            build(path, now=now, exchanges=exchanges, days=days, endpoints=endpoints, signatures=signatures)
            page = folder / "report.html"
            commands = {"gate": ["gate"], "report": ["report", "--out", str(page)]}
            for command, words in commands.items():
                wall, cpu = least([*words, "-c", str(config)], asked.runs)
                made = f"{page.stat().st_size / 1e6:.2f} MB page" if command == "report" else (
                    f"{path.stat().st_size / 1e6:.0f} MB ledger"
                )  # fmt: skip
                budget = f", budget {BUDGETS[command]}" if size == "large" else ""
                print(f"{command:<8} {size:<8} {wall:>7.2f} {cpu:>7.2f}   {made}{budget}", flush=True)


if __name__ == "__main__":
    main()
