"""`python -m bench.compare [--quick]`: measure, write `bench/results/compare.json` and the table beside it."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import time

from bench.compare import capacity, cost, table
from bench.compare.documents import cases
from bench.live.host import ROOT, facts, two_cores

RESULTS = ROOT / "bench" / "results"


def main() -> None:
    """Run as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 KB only, shorter; written to compare-quick.json")
    parser.add_argument("--part", choices=("cost", "capacity"), help="one half only; nothing is written")
    options = parser.parse_args()
    started, machine = time.time(), facts({name: importlib.metadata.version(name) for name in ("deepdiff", "msgspec")})
    measured, loads = [], []
    for case in cases(options.quick) if options.part != "capacity" else ():
        entry = {"name": case.name, "size": case.size, "bytes": len(case.old)}
        entry |= {subject: cost.cost_s(subject, case.old, case.new) for subject in cost.SUBJECTS}  # type: ignore[dict-item]
        measured.append(entry)
        print({key: value for key, value in entry.items() if key != "bytes"}, flush=True)
    for way in capacity.WAYS if options.part != "cost" else ():
        for size in capacity.RATES:
            load = capacity.measure(two_cores(), size, way, seconds=3 if options.quick else 6, warm_up_s=1.5)
            loads.append(load)
            print(load, flush=True)
    result = {
        "started_at": started, "took_s": time.time() - started, "quick": options.quick, "machine": machine,
        "limit_s": cost.LIMIT_S, "cases": measured, "capacity": loads, "targets": table.targets(measured, loads),
    }  # fmt: skip
    if options.part is None:
        RESULTS.mkdir(exist_ok=True)
        name = "compare-quick" if options.quick else "compare"
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
        (RESULTS / f"{name}.md").write_text(table.render(result))
    print(table.render(result))


if __name__ == "__main__":
    main()
