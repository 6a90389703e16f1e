"""Derived tables, spread: their parts are read range by range elsewhere, and the answer is that of one process."""

from __future__ import annotations

import json
import sqlite3
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus, DataCheck
from tests.verify.derived.test_tables import (
    CHILDREN,
    EMBEDDED,
    ORDERS,
    flat,
    lines,
    nested,
    order,
    people,
    spoil,
    tables,
)
from tests.verify.scale.test_spread import Here
from verify.running.job import run_verification
from verify.scale.pool import ProcessPool


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.scale.spread.TASK_ROWS", 40)
    monkeypatch.setattr("verify.checks.rows.ROWS_PER_BUCKET", 5)


def compared(old: str, new: str, pair: TablePair, executor: Any = None) -> DataCheck:
    settings = Verify(old=old, new=new, tables=(pair,), settle_s=0)
    return next(one for one in run_verification(settings, executor=nullcontext(executor)) if one.check == "rows")


def result(check: DataCheck) -> tuple[Any, ...]:
    found = sorted((one.kind, one.key, one.column, one.old, one.new, one.note) for one in check.findings)
    return check.status, check.rows_old, check.rows_new, check.total, found


def ranges(here: Here, check: DataCheck) -> int:
    """Return how many ranges each side was cut into, once it is clear that others read all of them."""
    assert f"{len(here.tasks)} ranges by a test" in check.reason, check.reason
    assert not any(task.buckets.hashed for task in here.tasks)
    return min(sum(task.source.side == side for task in here.tasks) for side in ("old", "new"))


@pytest.mark.parametrize("engines", [("mongodb", "postgresql"), ("postgresql", "duckdb")], ids="-".join)
def test_items_are_read_by_the_ranges_of_their_parents(
    engines: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    orders = [order(n) for n in range(1, ORDERS + 1)]
    rows = lines(orders)
    new = flat(engines[1], rows, request.getfixturevalue, tmp_path)
    spoil(orders)
    old = nested(engines[0], orders, request.getfixturevalue, tmp_path)
    here = Here()
    alone, spread = compared(old, new, EMBEDDED), compared(old, new, EMBEDDED, here)
    assert result(spread) == result(alone) and alone.total == 6
    assert ranges(here, spread) > 4
    parents = [task for task in here.tasks if task.source.side == "old"]
    assert all(task.derived is not None for task in parents)


def test_bounds_within_a_parent_lose_nothing_and_count_nothing_twice(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The old side's rows give the bounds, so that a parent of the new side lies in two ranges or three."""
    orders = [order(n) for n in range(1, ORDERS + 1)]
    for one in orders[100:103]:
        one["items"] = [{**orders[1]["items"][0], "qty": at} for at in range(40)]
    old = flat("postgresql", lines(orders), request.getfixturevalue, tmp_path)
    spoil(orders)
    new = nested("mongodb", orders, request.getfixturevalue, tmp_path)
    here = Here()
    alone, spread = compared(old, new, CHILDREN), compared(old, new, CHILDREN, here)
    assert result(spread) == result(alone) and alone.total == 6
    assert ranges(here, spread) > 4
    bounds = {task.keys.low for task in here.tasks if task.keys.low is not None}
    assert any(bound[0] in (101, 102, 103) and bound[1] > 1 for bound in bounds)


@pytest.mark.parametrize("new", ["people + memos", "people | others"])
def test_parts_are_read_range_by_range(new: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    rows = people()
    columns = "id, name, memo"
    parts = {
        "people + memos": {
            "people": ("id, name", [row[:2] for row in rows]),
            "memos": ("person, memo", [(row[0], row[2]) for row in rows if row[2] is not None and row[0] != 10]),
        },
        "people | others": {
            "people": (columns, [row for row in rows if row[0] % 3]),
            "others": (columns, [row for row in rows if row[0] % 3 == 0 and row[0] != 9]),
        },
    }
    urls = (
        tables("sqlite", {"people": (columns, rows)}, request.getfixturevalue, tmp_path / "old"),
        tables("postgresql", parts[new], request.getfixturevalue, tmp_path / "new"),
    )
    pair, here = TablePair(old="people", new=new), Here()
    alone, spread = compared(*urls, pair), compared(*urls, pair, here)
    assert result(spread) == result(alone) and alone.total == 1
    assert ranges(here, spread) > 2


def test_a_parent_outside_of_all_ranges_is_noticed(tmp_path: Path) -> None:
    """A key that is NULL has no place in the order, so both sides are read whole."""
    urls = []
    for name in ("old", "new"):
        with sqlite3.connect(tmp_path / f"{name}.db") as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("CREATE TABLE orders (id INT, items TEXT)")
            values = [(n, json.dumps([{"sku": f"s{n}"}])) for n in range(300)]
            db.executemany("INSERT INTO orders VALUES (?, ?)", values)
            db.execute("INSERT INTO orders VALUES (NULL, ?)", (json.dumps([{"sku": f"of {name}"}]),))
        db.close()
        urls.append(f"sqlite:///{tmp_path}/{name}.db")
    pair, here = TablePair(old="orders.items[]", parent=("id",), key=("_parent", "_position")), Here()
    spread = compared(urls[0], urls[1], pair, here)
    assert spread.status is not CheckStatus.passed and result(spread) == result(compared(urls[0], urls[1], pair))


def test_processes_are_told_what_a_derived_table_is(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProcessPool, "pays_from", 0)
    orders = [order(n) for n in range(1, ORDERS + 1)]
    urls = (
        nested("mongodb", orders, request.getfixturevalue, tmp_path),
        flat("postgresql", lines(orders), request.getfixturevalue, tmp_path),
    )
    with_processes = run_verification(
        Verify(old=urls[0], new=urls[1], tables=(EMBEDDED,), settle_s=0), executor=ProcessPool(2)
    )
    check = next(one for one in with_processes if one.check == "rows")
    assert check.status is CheckStatus.passed and " ranges by 2 processes, " in check.reason, check.reason
