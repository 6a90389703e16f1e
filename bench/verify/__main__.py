"""`python -m bench.verify [--quick]`: data verification beside its peers and beside the limit.

Rounds are interleaved, each subject once per round; medians and ratios within rounds are printed and written to
`bench/results/verify.json` and `.md`. Server CPU is that of all processes of both servers, read from /proc.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from bench.live.host import facts
from bench.section import RESULTS
from bench.verify import documents, judging
from bench.verify.measuring import ROOT, Case, Host, measured
from bench.verify.mongod import MongoServer, mongo_server
from bench.verify.orders import build, expected
from bench.verify.servers import PostgresServer, Unavailable, postgres_server
from bench.verify.summary import CROSS, DOCUMENTS, MIXED, POSTGRES
from bench.verify.table import render

_PARTS = ("postgres", "mongo", "cross")
VARIANTS = ("same", "10", "1000", "block")
_OURS = ("shadow-fast", "limit-fast", "shadow-default", "limit-default")
_PEER = ROOT / "build" / "datadiffer"
"""The virtual environment of datadiffer, which wants another DuckDB than ours; see the Makefile."""


def main() -> None:
    """Run as the arguments say."""
    chosen = _options()
    rows = chosen.rows or (300_000 if chosen.quick else 5_000_000)
    number = chosen.documents or (100_000 if chosen.quick else 1_000_000)
    parts = chosen.only.split(",")
    started = time.time()
    settings = {"shared_buffers": "2GB", "max_wal_size": "8GB", "wal_level": "minimal", "max_wal_senders": "0"}
    machine = facts({})
    samples, judged, pids = [], [], []
    try:
        with ExitStack() as stack:
            postgres = stack.enter_context(postgres_server(settings=settings))
            pids.append(postgres.pid)
            versions = f"PostgreSQL {postgres.version}, reladiff {version('reladiff')}"
            if "postgres" in parts:
                print(f"building {rows:,} rows ...", file=sys.stderr, flush=True)
                names = build(postgres, rows, VARIANTS)
                host = Host(pids, *_datadiffer(stack))
                samples += measured(_postgres_cases(postgres, names, rows, host), host, chosen.rounds)
                judged.append(_judged(postgres, names, rows))
            if {"mongo", "cross"} & set(parts):
                mongo = stack.enter_context(mongo_server(cache_gb=2.0))
                pids.append(mongo.pid)
                versions += f", MongoDB {mongo.client.server_info()['version']}"
                print(f"building {number:,} documents ...", file=sys.stderr, flush=True)
                cases = _document_cases(postgres, mongo, number, parts)
                samples += measured(cases, Host(pids, {}, {}), chosen.rounds)
    except Unavailable as error:
        raise SystemExit(f"bench-verify: {error}") from error
    result = {
        "day": time.strftime("%Y-%m-%d", time.gmtime(started)), "took_s": time.time() - started, "rows": rows,
        "documents": number, "rounds": chosen.rounds, "machine": machine, "versions": versions, "samples": samples,
        "judged": judged,
    }  # fmt: skip
    table = render(result)
    print(table)
    if set(parts) == set(_PARTS):
        RESULTS.mkdir(exist_ok=True)
        name = "verify-quick" if chosen.quick else "verify"
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
        (RESULTS / f"{name}.md").write_text(table)
    if not all(judging.is_right(each) for each in judged):
        raise SystemExit("bench-verify: ours was wrong, see above")


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="300,000 rows and 100,000 documents")
    options.add_argument("--rows", type=int, default=0, help="rows PostgreSQL → PostgreSQL: 5,000,000")
    options.add_argument("--documents", type=int, default=0, help="documents elsewhere: 1,000,000")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--only", default=",".join(_PARTS), help="parts, with commas; then nothing is written")
    return options.parse_args()


def _postgres_cases(postgres: PostgresServer, names: dict[str, str], rows: int, host: Host) -> list[Case]:
    peers = {"1000": ("reladiff-unsorted",)}
    more = ("datadiffer",) if "datadiffer" in host.programs else ()
    return [
        Case(POSTGRES, variant, (postgres.url(names["old"]), postgres.url(names[variant])), expected(variant, rows),
             (*_OURS, *peers.get(variant, ("reladiff",)), *more))
        for variant in VARIANTS
    ]  # fmt: skip


def _document_cases(postgres: PostgresServer, mongo: MongoServer, number: int, parts: list[str]) -> list[Case]:
    table, collection = documents.build_orders(postgres, mongo, number)
    cases = []
    if "mongo" in parts:
        both = collection, documents.copied(mongo, collection)
        cases.append(Case(DOCUMENTS, "same", both, 0, ("shadow-documents", "raw-reads")))
    if "cross" in parts:
        cases.append(Case(CROSS, "same", (table, collection), 0, ("shadow-cross", "raw-reads")))
        mixed = documents.build_mixed(postgres, mongo, number)
        cases.append(Case(CROSS, MIXED, mixed, 0, ("shadow-cross", "raw-reads")))
    return cases


def _judged(postgres: PostgresServer, names: dict[str, str], rows: int) -> str:
    return judging.null_became_text(
        postgres.url(names["old"]), postgres.url(names["1000"]), expected("1000", rows)
    )


def _datadiffer(stack: ExitStack) -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    """Return how datadiffer is run, nothing where it is not installed. DuckDB looks for extensions in the home."""
    program = _PEER / "bin" / "python"
    found = next(_PEER.glob("lib/python*/site-packages/duckdb_ext/extensions"), None)
    if not program.exists() or found is None:
        print("datadiffer is not there: make build/datadiffer", file=sys.stderr, flush=True)
        return {}, {}
    home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    (home / ".duckdb").mkdir()
    (home / ".duckdb" / "extensions").symlink_to(found)
    return {"datadiffer": [str(program)]}, {"datadiffer": {"HOME": str(home)}}


if __name__ == "__main__":
    main()
