"""`python -m bench.compare [--quick]`: measure, write `bench/results/compare.json` and the table beside it."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import time
from typing import Any

from bench.compare import capacity, cost, table
from bench.compare.documents import cases
from bench.live.host import ROOT, facts, two_cores
from shadow.wire.build import live_path

RESULTS = ROOT / "bench" / "results"


def main() -> None:
    """Run as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 KB only, shorter; written to compare-quick.json")
    parser.add_argument("--part", choices=("cost", "capacity"), help="measure one half, keep the other as it was")
    options = parser.parse_args()
    file = RESULTS / f"compare{'-quick' if options.quick else ''}.json"
    halves = dict(json.loads(file.read_text())["halves"]) if options.part and file.exists() else {}
    for part, measure in (("cost", _cost), ("capacity", _capacity)):
        half = table.COMPILED if part == "capacity" and live_path() == "compiled" else part
        if options.part in (None, part):
            about = {"started_at": time.time(), "machine": facts(_versions())}
            halves[half] = {**about, "rows": measure(options.quick)}
    result = {"limit_s": cost.LIMIT_S, "halves": halves, "targets": table.targets(halves)}
    RESULTS.mkdir(exist_ok=True)
    file.write_text(json.dumps(result, indent=1) + "\n")
    file.with_suffix(".md").write_text(table.render(result))
    print(table.render(result))


def _cost(quick: bool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for case in cases(quick):
        row: dict[str, Any] = {"name": case.name, "size": case.size, "bytes": len(case.old)}
        row |= {subject: cost.cost_s(subject, case.old, case.new) for subject in cost.SUBJECTS}
        rows.append(row)
        print(row, flush=True)
    return rows


def _capacity(quick: bool) -> list[dict[str, Any]]:
    rows = []
    for way in capacity.WAYS:
        for size in capacity.RATES:
            rows.append(capacity.measure(two_cores(), size, way, seconds=3 if quick else 6, warm_up_s=1.5))
            print(rows[-1], flush=True)
    return rows


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in ("deepdiff", "msgspec")}


if __name__ == "__main__":
    main()
