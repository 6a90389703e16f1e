"""No statement sorts a table: where a server would, the table is compared in another way, with the same answer."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair, Verify
from shadow.records import DataCheck
from verify.running.job import run_verification
from verify.stores.postgres.plans import sorted_rows

ROWS = 5_000
TABLE = f"CREATE TABLE t (id int NOT NULL, v text); INSERT INTO t SELECT n, 'v' || n FROM generate_series(1, {ROWS}) n"


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.stores.postgres.plans.SORTED_ROWS", 1_000)


def sorts(node: str, rows: int, *below: dict[str, object]) -> dict[str, object]:
    return {"Node Type": node, "Plan Rows": rows, "Plans": list(below)}


SCAN: dict[str, object] = {"Node Type": "Seq Scan", "Relation Name": "t", "Plan Rows": 9_000}


@pytest.mark.parametrize(
    ("plan", "rows"),
    [
        (SCAN, 0),
        (sorts("Sort", 9_000, SCAN), 9_000),
        (sorts("Limit", 1, sorts("Incremental Sort", 7_000, sorts("Gather", 7_000, SCAN))), 7_000),
        (sorts("Sort", 16, sorts("Aggregate", 16, SCAN)), 0),
        (sorts("Aggregate", 16, sorts("Sort", 9_000, SCAN)), 9_000),
        (sorts("Sort", 16, sorts("Aggregate", 16, sorts("Gather Merge", 9_000, sorts("Sort", 4_500, SCAN)))), 4_500),
        (sorts("Sort", 5, {"Node Type": "Function Scan", "Plan Rows": 5}), 0),
    ],
)
def test_sorts_of_tables_are_told_from_sorts_of_groups(plan: dict[str, object], rows: float) -> None:
    assert sorted_rows(plan) == rows


def filled(postgres: PostgresServer, name: str, sql: str, *settings: str) -> str:
    postgres.execute(name, f"{sql}; ANALYZE t")
    for setting in settings:
        postgres.execute("postgres", f'ALTER DATABASE "{name}" SET {setting}')
    return postgres.url(name)


def rows(old: str, new: str) -> DataCheck:
    settings = Verify(old=old, new=new, settle_s=0, tables=(TablePair(old="t", key=("id",)),))
    return next(check for check in run_verification(settings) if check.check == "rows")


def files(postgres: PostgresServer, name: str) -> int:
    postgres.fetch(name, "SELECT pg_stat_clear_snapshot()")
    found = postgres.fetch(name, f"SELECT temp_files FROM pg_stat_database WHERE datname = '{name}'")
    return int(found[0][0])


@pytest.mark.parametrize("hashes", ["on", "off"])
def test_a_scan_that_would_sort_is_not_made(postgres: PostgresServer, hashes: str) -> None:
    """Without an index buckets are hashes; a server that may not group by hashing would sort the table for them."""
    names = postgres.new_database(), postgres.new_database()
    old = filled(postgres, names[0], TABLE, f"enable_hashagg = {hashes}")
    new = filled(postgres, names[1], f"{TABLE}; UPDATE t SET v = 'x' WHERE id = 7; DELETE FROM t WHERE id = 9")
    answer = rows(old, new)
    assert (answer.total, answer.rows_old, answer.rows_new) == (2, ROWS, ROWS - 1)
    assert ("digest in the database" in answer.reason) is (hashes == "on")


@pytest.mark.parametrize("index", ["", "; CREATE UNIQUE INDEX ON t (id)"])
def test_rows_are_read_in_order_only_where_an_index_has_it(
    postgres: PostgresServer, tmp_path: Path, index: str
) -> None:
    """Against another engine: the log of statements shows who sorted."""
    name = postgres.new_database()
    old = filled(postgres, name, TABLE + index)
    with sqlite3.connect(tmp_path / "new.db") as db:
        db.execute("CREATE TABLE t (id INT, v TEXT)")
        db.executemany("INSERT INTO t VALUES (?, ?)", ((n, "x" if n == 7 else f"v{n}") for n in range(1, ROWS + 1)))
    db.close()
    before = (postgres.folder / "log").read_text(errors="replace").count("ORDER BY")
    postgres.execute("postgres", f"ALTER DATABASE \"{name}\" SET log_statement = 'all'")
    answer = rows(old, f"sqlite:///{tmp_path / 'new.db'}")
    log = (postgres.folder / "log").read_text(errors="replace")
    assert (answer.total, answer.findings[0].key, answer.findings[0].column) == (1, "id=7", "v")
    ordered = [
        line for line in log.splitlines()
        if '"t"' in line and "ORDER BY" in line and "execute" in line and "EXPLAIN" not in line
    ]  # fmt: skip
    assert bool(ordered) is bool(index), ordered
    assert log.count("ORDER BY") > before, "the planner was asked"
