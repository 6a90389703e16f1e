"""`python -m bench.verify.subject NAME OLD NEW`: compare the table `orders` in one way, print what it cost as JSON.

Wall and CPU are this process's own, from just before it connects until the answer is known; starting Python and
importing are left out for everybody.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

COLUMNS = ("id", "customer", "status", "placed_at", "total", "meta", "paid", "note")


def ours(strength: str) -> Callable[[str, str], dict[str, Any]]:
    """Return our own run, as `shadow verify run` does it."""

    def run(old: str, new: str) -> dict[str, Any]:
        from shadow.config.model import TablePair, Verify
        from verify.job import run_verification

        settings = Verify(
            old=old, new=new, tables=(TablePair(old="orders"),), strength=strength, max_findings=10, settle_s=0  # type: ignore[arg-type]
        )
        checks = {check.check: check for check in run_verification(settings)}
        rows = checks["rows"]
        return {"found": rows.total, "status": str(rows.status), "note": rows.reason}

    return run


def limit(strength: str) -> Callable[[str, str], dict[str, Any]]:
    """Return the bare digest of both sides at once: the expressions of ours in one sum over each table."""

    def run(old: str, new: str) -> dict[str, Any]:
        return asyncio.run(_limit(strength, old, new))

    return run


async def _limit(strength: str, *urls: str) -> dict[str, Any]:
    from verify.stores.postgres_connection import close, connect
    from verify.stores.postgres_digest import Hashed, Strength, row_hash
    from verify.stores.postgres_forms import form_of
    from verify.stores.postgres_schema import describe

    connections = [await connect(url, url) for url in urls]
    table = (await describe(connections[0]))[1]["orders"]
    columns = []
    for name in COLUMNS:
        form = form_of(table.types[name], table.types[name])
        assert form is not None
        columns.append(Hashed(column=name, form=form, nullable=name not in table.not_null))
    hashed = row_hash(columns, Strength(strength), b"0123456789abcdef")
    sums = ", ".join(f"sum({lane})" for lane in hashed.lanes)
    source = f"(SELECT {hashed.once} AS shadow_once FROM orders OFFSET 0) x" if hashed.once else "orders"
    for connection in connections:
        await connection.execute("SET max_parallel_workers_per_gather = 0")
    rows = await asyncio.gather(*(one.fetchrow(f"SELECT count(*), {sums} FROM {source}") for one in connections))
    for connection in connections:
        await close(connection)
    return {"found": int(rows[0] != rows[1]), "status": "", "note": "says only whether there is any difference"}


def reladiff(old: str, new: str) -> dict[str, Any]:
    """Run reladiff's hashdiff as its command line does by default."""
    return _reladiff(old, new, skip_sort_results=False)


def reladiff_unsorted(old: str, new: str) -> dict[str, Any]:
    """The same without sorting what it found, which is where it breaks when a NULL became text."""
    return _reladiff(old, new, skip_sort_results=True)


def _reladiff(old: str, new: str, *, skip_sort_results: bool) -> dict[str, Any]:
    import reladiff as peer

    tables = [
        peer.connect_to_table(url, "orders", "id", extra_columns=COLUMNS[1:], case_sensitive=True) for url in (old, new)
    ]
    try:
        found = list(
            peer.diff_tables(*tables, algorithm=peer.Algorithm.HASHDIFF, skip_sort_results=skip_sort_results)
        )
    except Exception as error:  # noqa: BLE001 (how a peer breaks is part of the result)
        return {"found": -1, "status": "crashed", "note": f"{type(error).__name__}: {error}"[:200]}
    return {"found": len({row[1][0] for row in found}), "status": "", "note": ""}


SUBJECTS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "shadow-fast": ours("fast"),
    "shadow-default": ours("default"),
    "limit-fast": limit("fast"),
    "limit-default": limit("default"),
    "reladiff": reladiff,
    "reladiff-unsorted": reladiff_unsorted,
}


def main() -> None:
    """Run one subject."""
    name, old, new = sys.argv[1:4]
    run = SUBJECTS[name]
    if name.startswith("reladiff"):
        import reladiff as _warm  # noqa: F401 (imported before the clock starts, as for everybody)
    elif name.startswith("shadow"):
        import verify.job
        import verify.stores.postgres_offer  # noqa: F401
    wall, cpu = time.perf_counter(), time.process_time()
    answer = run(old, new)
    answer |= {
        "wall_s": time.perf_counter() - wall,
        "client_cpu_s": time.process_time() - cpu,
        "client_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
