"""Rows compared by value: merged where keys have an order, held in groups where they have none; the same is found."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus, DataCheck
from verify.classes import TypeClass
from verify.rows import byvalue
from verify.running.job import verify_stores
from verify.store import ColumnSchema, Row, TableSchema
from verify.stores.memory import MemoryStore
from verify.telling.render import render_key

AT = datetime(2026, 1, 1, tzinfo=UTC)
KEYS: dict[TypeClass, Any] = {
    TypeClass.integer: lambda n: n,
    TypeClass.timestamp: lambda n: AT + timedelta(hours=n),  # no order that all engines share
    TypeClass.other: lambda n: n if n % 7 else f"x{n}",
}


def store(kind: TypeClass, rows: list[Row]) -> MemoryStore:
    columns = (
        ColumnSchema(name="k", kind=kind), ColumnSchema(name="v", kind=TypeClass.float),
        ColumnSchema(name="w", kind=TypeClass.text),
    )  # fmt: skip
    return MemoryStore({"t": (TableSchema(name="t", columns=columns), rows)})


def verified(kind: TypeClass, old: list[Row], new: list[Row]) -> dict[str, DataCheck]:
    settings = Verify(old="a", new="b", tables=(TablePair(old="t", key=("k",), tolerance={"v": 0.01}),))
    checks = asyncio.run(verify_stores(settings, store(kind, old), store(kind, new)))
    return {check.check: check for check in checks}


@pytest.mark.parametrize("kind", [*KEYS, TypeClass.text])
def test_only_what_lies_beyond_the_tolerance_is_found(kind: TypeClass, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byvalue, "HELD_ROWS", 40)
    key = KEYS.get(kind, lambda n: f"{n:05}")
    old: list[Row] = [(key(n), n / 7, f"w{n}") for n in range(1, 500)]
    new: list[Row] = [(k, v + 0.009, w) for k, v, w in old]
    random.Random(3).shuffle(new)
    checks = verified(kind, old, new)
    assert checks["rows"].status is CheckStatus.passed, checks["rows"].reason
    assert (checks["rows"].rows_old, checks["rows"].rows_new) == (499, 499)
    at = next(n for n, row in enumerate(new) if row[2] == "w123")
    new[at] = (new[at][0], 123 / 7 + 0.0101, "w123")
    del new[next(n for n, row in enumerate(new) if row[2] == "w200")]
    found = verified(kind, old, new)["rows"].findings
    assert sorted((one.kind, one.column) for one in found) == [("missing_row", ""), ("value", "v")]
    assert {one.key for one in found} == {render_key(("k",), (key(n),)) for n in (123, 200)}
