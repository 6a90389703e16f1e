"""What the migration does to the data: nothing when fixed, one row and one value with its faults."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import migrate
import pytest
import seed
from schema import COLUMNS, column_names, new_column, new_table

FAULTS = frozenset({"audit-row-lost", "note-cut"})
Rows = dict[str, list[tuple[object, ...]]]


def read(path: Path, *, renamed: bool) -> Rows:
    """All rows by old table name, columns in the old order."""
    found: Rows = {}
    with closing(sqlite3.connect(path)) as db:
        for table in COLUMNS:
            names = [new_column(table, name) if renamed else name for name in column_names(table)]
            source = new_table(table) if renamed else table
            found[table] = db.execute(f"SELECT {', '.join(names)} FROM {source} ORDER BY 1, 2").fetchall()
    return found


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "old.db"
    seed.create(path)
    return path


def test_the_seed_makes_the_same_shop_again(old: Path, tmp_path: Path) -> None:
    seed.create(tmp_path / "again.db")
    again, first = read(tmp_path / "again.db", renamed=False), read(old, renamed=False)
    assert again == first
    assert {table: len(rows) for table, rows in first.items()} == {
        "products": 400, "customers": 2000, "orders": 20000, "order_items": 49981, "payments": 24013,
        "shipments": 12000, "invoices": 20000, "customer_notes": 3000, "audit_events": 5000, "intake": 0,
    }  # fmt: skip


def test_an_order_costs_what_its_items_cost(old: Path) -> None:
    with closing(sqlite3.connect(old)) as db:
        wrong = db.execute(
            "SELECT COUNT(*) FROM orders WHERE total_cents <>"
            " (SELECT SUM(quantity * unit_cents) FROM order_items WHERE order_id = orders.id)"
        ).fetchone()
    assert wrong == (0,)


def test_fixed_every_row_arrives_unchanged(old: Path, tmp_path: Path) -> None:
    migrate.migrate(old, tmp_path / "new.db", frozenset())
    assert read(tmp_path / "new.db", renamed=True) == read(old, renamed=False)


def test_with_its_faults_it_loses_one_row_and_cuts_one_value(old: Path, tmp_path: Path) -> None:
    migrate.migrate(old, tmp_path / "new.db", FAULTS)
    was, now = read(old, renamed=False), read(tmp_path / "new.db", renamed=True)
    assert [table for table in was if was[table] != now[table]] == ["customer_notes", "audit_events"]
    lost = set(was["audit_events"]) - set(now["audit_events"])
    assert [row[0] for row in lost] == [3 * seed.PAGE + 1]
    assert set(now["audit_events"]) < set(was["audit_events"])
    changed = [(a, b) for a, b in zip(was["customer_notes"], now["customer_notes"], strict=True) if a != b]
    ((before, after),) = changed
    assert before[0] == after[0] == seed.LONG_NOTE
    assert after[3] == str(before[3])[:120]
    assert (*before[:3], before[4]) == (*after[:3], after[4])


def test_the_schemas_differ_in_the_two_names_only(old: Path, tmp_path: Path) -> None:
    migrate.migrate(old, tmp_path / "new.db", frozenset())
    texts = []
    for path in (old, tmp_path / "new.db"):
        with closing(sqlite3.connect(path)) as db:
            rows = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
        texts.append([row[0] for row in rows])
    before, after = texts
    renamed = [line.replace("order_items", "order_lines").replace(" tel TEXT", " phone TEXT") for line in before]
    assert renamed == after
    assert before != after
