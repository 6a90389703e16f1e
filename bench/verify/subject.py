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

_BATCH_DOCUMENTS = 2_000
"""As ours: the driver's default, 16 MB, makes a bare read half as dear again."""
COLUMNS = ("id", "customer", "status", "placed_at", "total", "meta", "paid", "note")


def ours(strength: str) -> Callable[[str, str], dict[str, Any]]:
    """Return our own run, as `shadow verify run` does it."""

    def run(old: str, new: str) -> dict[str, Any]:
        from shadow.config.model import TablePair, Verify

        settings = Verify(
            old=old, new=new, tables=(TablePair(old="orders"),), strength=strength, max_findings=10, settle_s=0  # type: ignore[arg-type]
        )
        return _verified(settings)

    return run


def shadow_documents(old: str, new: str) -> dict[str, Any]:
    """Return our own run of a collection against another."""
    from shadow.config.model import TablePair, Verify

    return _verified(Verify(old=old, new=new, tables=(TablePair(old="orders"),), max_findings=10, settle_s=0))


def shadow_cross(old: str, new: str) -> dict[str, Any]:
    """Return our own run of a table against a collection, which holds milliseconds and keeps the id as `_id`."""
    from shadow.config.model import TablePair, Verify

    pair = TablePair(
        old="orders", rename={"id": "_id"}, truncate={"placed_at": "milliseconds"}, missing_is_null=True
    )
    return _verified(Verify(old=old, new=new, tables=(pair,), max_findings=10, settle_s=0))


def _verified(settings: Any) -> dict[str, Any]:
    from verify.running.job import run_verification

    rows = {check.check: check for check in run_verification(settings)}["rows"]
    return {
        "found": rows.total, "status": str(rows.status), "note": rows.reason, "rows": [rows.rows_old, rows.rows_new],
        "rows_s": rows.finished_at - rows.started_at,
    }  # fmt: skip


def raw_reads(old: str, new: str) -> dict[str, Any]:
    """Return what it costs only to receive both sides in the order of their keys, with the same drivers."""

    async def run() -> int:
        return sum(await asyncio.gather(*(_received(url) for url in (old, new))))

    return {"found": 0, "status": "", "note": f"{asyncio.run(run()):,} bytes received and thrown away"}


async def _received(url: str) -> int:
    size = 0
    if url.startswith("mongodb"):
        from verify.stores.mongo.driver import Mongo

        mongo = Mongo(url)
        try:
            async with mongo.session() as session:
                async for batch in mongo.raw_batches("orders", session, sort=[("_id", 1)], batch=_BATCH_DOCUMENTS):
                    size += len(batch)
        finally:
            mongo.close()
        return size
    from verify.stores.postgres.connection import close, connect

    connection = await connect(url, url)

    async def take(data: bytes) -> None:
        nonlocal size
        size += len(data)

    await connection.copy_from_query("SELECT * FROM orders ORDER BY id", output=take, format="binary")
    await close(connection)
    return size


def datadiffer(old: str, new: str) -> dict[str, Any]:
    """Run datadiffer, which pulls both sides into DuckDB; in a virtual environment of its own, see the Makefile."""
    from datadiffer import diff

    rows = diff("orders", "orders", source=old, target=new, keys=["id"], attribution="off", sample_limit=10).rows
    return {"found": rows.modified + rows.added + rows.removed, "status": "", "note": ""}


def limit(strength: str) -> Callable[[str, str], dict[str, Any]]:
    """Return the bare digest of both sides at once: the expressions of ours in one sum over each table."""

    def run(old: str, new: str) -> dict[str, Any]:
        return asyncio.run(_limit(strength, old, new))

    return run


async def _limit(strength: str, *urls: str) -> dict[str, Any]:
    from verify.stores.postgres.connection import close, connect
    from verify.stores.postgres.digest import Hashed, Strength, row_hash
    from verify.stores.postgres.forms import form_of
    from verify.stores.postgres.schema import describe

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
    "shadow-documents": shadow_documents,
    "shadow-cross": shadow_cross,
    "raw-reads": raw_reads,
    "datadiffer": datadiffer,
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
        import verify.columnar.offer
        import verify.running.job
        import verify.stores.mongo.compare
        import verify.stores.postgres.offer
    elif name == "raw-reads":
        import verify.stores.mongo.driver
        import verify.stores.postgres.connection  # noqa: F401
    elif name == "datadiffer":
        import datadiffer as _also_warm  # type: ignore[import-not-found]  # noqa: F401
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
