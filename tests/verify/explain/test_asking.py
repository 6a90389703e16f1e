from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shadow.config.model import Verify
from shadow.errors import StoreError
from shadow.records import CheckStatus, DataCheck
from verify.classes import TypeClass
from verify.running.job import verify_stores
from verify.store import ColumnSchema, Row, Selection, TableSchema
from verify.stores.memory import MemorySnapshot, MemoryStore

SCHEMA = TableSchema(
    name="t",
    columns=(ColumnSchema(name="id", kind=TypeClass.integer), ColumnSchema(name="tenant", kind=TypeClass.text)),
    primary_key=("id",),
)
ROWS: list[Row] = [(n, f"t{n % 9}") for n in range(90)]


def rows_check(new: list[Row], **settings: Any) -> DataCheck:
    old, other = (MemoryStore({"t": (SCHEMA, rows)}) for rows in (ROWS, new))
    checks = asyncio.run(verify_stores(Verify(old="", new="", **settings), old, other))
    return next(check for check in checks if check.check == "rows")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that the stores were asked."""
    questions: list[str] = []
    latest, tally = MemorySnapshot.latest, MemorySnapshot.tally

    async def counted_latest(self: MemorySnapshot, selection: Selection) -> Row:
        questions.append("latest")
        return await latest(self, selection)

    async def counted_tally(self: MemorySnapshot, selection: Selection, most: int) -> list[tuple[object, int]]:
        questions.append(f"tally {selection.readings[0].column}")
        return await tally(self, selection, most)

    monkeypatch.setattr(MemorySnapshot, "latest", counted_latest)
    monkeypatch.setattr(MemorySnapshot, "tally", counted_tally)
    return questions


def test_nobody_is_asked_where_nothing_differs(asked: list[str]) -> None:
    assert rows_check(ROWS).causes == ()
    assert asked == []


def test_the_side_that_lacks_rows_is_asked_how_far_it_goes(asked: list[str]) -> None:
    check = rows_check(ROWS[:80])
    assert [(cause.kind, cause.column, cause.n) for cause in check.causes] == [("missing_since", "id", 10)]
    assert asked == ["latest"]


def test_a_tenant_is_looked_for_where_its_rows_differ(asked: list[str]) -> None:
    lost = [row for row in ROWS if row[1] != "t3"]
    assert [(cause.kind, cause.n) for cause in rows_check(lost).causes] == [("missing_rows", 10), ("one_value", 10)]
    assert asked == ["latest", "tally tenant"]


def test_whole_columns_are_not_read_where_reading_is_limited(asked: list[str]) -> None:
    check = rows_check(ROWS[:80], max_rows_per_second=10_000_000)
    assert [cause.kind for cause in check.causes] == ["key_gap"]
    assert check.reason.endswith("; causes from the differing rows alone: max_rows_per_second is set")
    assert asked == []


def test_a_store_that_cannot_answer_spoils_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> Row:
        raise StoreError("memory: has died.", "Revive it.")

    monkeypatch.setattr(MemorySnapshot, "latest", failing)
    check = rows_check(ROWS[:80])
    assert (check.status, check.total) == (CheckStatus.fail, 10)
    assert [cause.kind for cause in check.causes] == ["key_gap"]
    assert check.reason.endswith("causes from the differing rows alone: memory: has died. Revive it.")
