"""A derivation that loses something of arrays, joins or unions is found out before a run."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus
from tests.verify.verified import verified
from verify.classes import MONGO, POSTGRES, SQLITE, Dialect, TypeClass
from verify.derived import joined, unwound
from verify.derived.joined import Joined
from verify.derived.source import Source
from verify.derived.united import United
from verify.derived.unwound import POSITION, VALUE, Unwound
from verify.planning.plan import Pair
from verify.rehearsal import derivation
from verify.store import ColumnSchema, Reading, Selection, TableSchema

SALT = b"0123456789abcdef"
FIELDS = {
    "sku": TypeClass.text, "qty": TypeClass.integer, "price": TypeClass.decimal, "paid": TypeClass.boolean,
    "at": TypeClass.timestamp, "raw": TypeClass.bytes, "owner": TypeClass.uuid, "more": TypeClass.json,
}  # fmt: skip


def table(called: str, key: tuple[str, ...], /, **columns: TypeClass) -> TableSchema:
    found = tuple(ColumnSchema(name=each, kind=kind) for each, kind in columns.items())
    return TableSchema(name=called, columns=found, primary_key=key)


def pair_of(
    source: Source, columns: dict[str, TypeClass], key: tuple[str, ...], side: str = "old", *, ordered: bool = True,
    missing_is_null: bool = False,
) -> Pair:
    """Return a derived table beside a table in SQLite that holds the same, its columns called `f_…`."""
    names = (*key, *(name for name in columns if name not in key))
    selections = [
        Selection(
            table=name, key_width=len(key),
            readings=tuple(
                Reading(column=prefix + each, kind=columns[each], carried=dialect.hands_over(columns[each]),
                        missing_is_null=missing_is_null)
                for each in names
            ),
        )
        for name, prefix, dialect in ((source.name, "", source.dialect), ("flat", "f_", SQLITE))
    ]  # fmt: skip
    tables = [
        TableSchema(
            name=each.table,
            columns=tuple(ColumnSchema(name=reading.column, kind=reading.kind) for reading in each.readings),
        )
        for each in selections
    ]
    first, second = (0, 1) if side == "old" else (1, 0)
    old, new = ([one.column for one in selections[at].readings] for at in (first, second))
    return Pair(
        rename=dict(zip(old, new, strict=True)),
        name="p", old=tables[first], new=tables[second], old_selection=selections[first],
        new_selection=selections[second], ordered=ordered,
        old_source=source if side == "old" else None, new_source=source if side == "new" else None,
    )  # fmt: skip


def items(dialect: Dialect = MONGO, path: tuple[str, ...] = ("items",), first: int = 1) -> Unwound:
    parent = table("orders", ("_id",), _id=TypeClass.integer, items=TypeClass.json, cart=TypeClass.json)
    return Unwound("orders.items[]", parent, path, ("_id",), first, dialect)


PLACED = {"_parent": TypeClass.integer, POSITION: TypeClass.integer}
PEOPLE = (
    table("people", ("id",), id=TypeClass.integer, name=TypeClass.text, born=TypeClass.date),
    table("memos", ("person",), person=TypeClass.integer, memo=TypeClass.text, n=TypeClass.integer),
    table("marks", ("id",), id=TypeClass.integer, mark=TypeClass.boolean),
)
JOINED = Joined("people + memos + marks", PEOPLE, POSTGRES, ())
JOINED_COLUMNS = {"id": TypeClass.integer, "name": TypeClass.text, "born": TypeClass.date, "memo": TypeClass.text,
                  "n": TypeClass.integer, "mark": TypeClass.boolean}  # fmt: skip
YEARS = (
    table("y1", ("id",), id=TypeClass.integer, v=TypeClass.text),
    table("y2", ("id",), note=TypeClass.text, id=TypeClass.integer, v=TypeClass.text),
    table("y3", ("id",), id=TypeClass.integer, v=TypeClass.text),
)
UNITED = United("y1 | y2 | y3", YEARS, POSTGRES)
UNITED_COLUMNS = {"id": TypeClass.integer, "note": TypeClass.text, "v": TypeClass.text}

BY_PLACE, BY_ID = ("_parent", POSITION), ("id",)
PAIRS: dict[str, Callable[[], Pair]] = {
    "documents": lambda: pair_of(items(), PLACED | FIELDS, BY_PLACE),
    "json": lambda: pair_of(items(POSTGRES), PLACED | FIELDS, BY_PLACE),
    "the new side": lambda: pair_of(items(), PLACED | FIELDS, BY_PLACE, "new"),
    "below a field": lambda: pair_of(items(path=("cart", "of", "items"), first=0), PLACED | FIELDS, BY_PLACE),
    "json below a field": lambda: pair_of(items(POSTGRES, ("cart", "items")), PLACED | FIELDS, BY_PLACE),
    "by a field": lambda: pair_of(items(), PLACED | FIELDS, ("_parent", "sku")),
    "by a field alone": lambda: pair_of(items(), FIELDS, ("qty",), ordered=False),
    "without a key": lambda: pair_of(items(), {"_parent": TypeClass.integer} | FIELDS, (), ordered=False),
    "values": lambda: pair_of(items(), PLACED | {VALUE: TypeClass.text}, BY_PLACE),
    "missing is NULL": lambda: pair_of(items(), PLACED | FIELDS, BY_PLACE, missing_is_null=True),
    "a join": lambda: pair_of(JOINED, JOINED_COLUMNS, BY_ID),
    "a join, without order": lambda: pair_of(JOINED, JOINED_COLUMNS, BY_ID, "new", ordered=False),
    "a union": lambda: pair_of(UNITED, UNITED_COLUMNS, BY_ID, "new"),
    "a union without a key": lambda: pair_of(UNITED, UNITED_COLUMNS, (), ordered=False),
    "a union where missing is NULL": lambda: pair_of(UNITED, UNITED_COLUMNS, BY_ID, missing_is_null=True),
}


def survivors(wanted: Pair) -> tuple[str, ...]:
    return asyncio.run(derivation.survivors(wanted, Verify(old="a", new="b"), SALT))


@pytest.mark.parametrize("name", PAIRS)
def test_the_real_derivation_notices_everything(name: str) -> None:
    assert survivors(PAIRS[name]()) == ()


def test_what_is_not_derived_is_not_tried() -> None:
    pair = PAIRS["documents"]()
    from msgspec.structs import replace

    assert survivors(replace(pair, old_source=None)) == ()


REAL_UNWOUND, REAL_ITEMS, REAL_JOINED = Unwound._unwound, Unwound._items, Joined._joined
REAL_WIDENED, REAL_GROUPS = United._widened, unwound.groups


def but_the_last(self: Unwound, value: Any) -> list[Any]:
    return REAL_ITEMS(self, value)[:-1]


def each_once(self: Unwound, value: Any) -> list[Any]:
    found: list[Any] = []
    for item in REAL_ITEMS(self, value):
        found += [item] if item not in found else []
    return found


def by_content(self: Unwound, value: Any) -> list[Any]:
    return sorted(REAL_ITEMS(self, value), key=repr)


def from_nought(self: Unwound, parent: Any, places: Any) -> Any:
    self.first = 0
    return REAL_UNWOUND(self, parent, places)


def without_a_field(self: Unwound, parent: Any, places: Any) -> Any:
    return REAL_UNWOUND(self, parent, [(at, "qty" if name == "sku" else name, absent) for at, name, absent in places])


def of_one_parent(self: Unwound, parent: Any, places: Any) -> Any:
    return REAL_UNWOUND(self, (parent[0] // 2 * 2, *parent[1:]), places)


async def first_of_each(*given: Any) -> Any:
    async for key, rows in REAL_GROUPS(*given):
        yield key, rows[:1]


def inner(self: Joined, places: Any, key: Any, rows: Any) -> Any:
    return REAL_JOINED(self, places, key, rows) if all(rows) else []


def only_the_first(self: Joined, places: Any, key: Any, rows: Any) -> Any:
    return REAL_JOINED(self, places, key, rows)[:1]


def shifted(self: United, part: Any, selection: Any, rows: Any) -> Any:
    found = REAL_WIDENED(self, part, selection, rows)
    return [(row[0], row[2], row[1]) for row in found] if part.name == "y3" else found


FAULTS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None], str]] = {
    "the last item": ("documents", lambda patch: patch.setattr(Unwound, "_items", but_the_last), "equal rows|item 3"),
    "the last item, json": ("json", lambda patch: patch.setattr(Unwound, "_items", but_the_last), "item 3"),
    "copies": ("without a key", lambda patch: patch.setattr(Unwound, "_items", each_once), "item 1 of 3 was dup"),
    "the order": (
        "documents", lambda patch: patch.setattr(Unwound, "_items", by_content), "two items exchanged places",
    ),
    "the first position": ("values", lambda patch: patch.setattr(Unwound, "_unwound", from_nought), "item 1 of 3"),
    "a field": ("json", lambda patch: patch.setattr(Unwound, "_unwound", without_a_field), "sku: another value"),
    "the parent": (
        "by a field", lambda patch: patch.setattr(Unwound, "_unwound", of_one_parent), "item 1 of 3 moved",
    ),
    "a bound": (
        "documents", lambda patch: patch.setattr(unwound, "_after", lambda key: (key[0] - 1,)), "item",
    ),
    "rows without a partner": (
        "a join", lambda patch: patch.setattr(Joined, "_joined", inner), "memos: a row was lost",
    ),
    "the second of a key": (
        "a join", lambda patch: patch.setattr(Joined, "_joined", only_the_first), "memos: a row was duplicated",
    ),
    "the second of a part": (
        "a join", lambda patch: patch.setattr(joined, "groups", first_of_each), "marks: a row was duplicated",
    ),
    "a part's columns": ("a union", lambda patch: patch.setattr(United, "_widened", shifted), "y3: v: another value"),
    "a column that a part lacks": (
        "a union", lambda patch: patch.setattr(United, "_widened", lambda _, part, selection, rows: [
            (*row, None) if len(row) < 3 else row for row in rows]), "y1: a row was duplicated",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_derivation_that_loses_something_is_found_out(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, plant, wanted = FAULTS[fault]
    pair = PAIRS[name]()
    plant(monkeypatch)
    found = survivors(pair)
    assert found
    assert any(word in each for each in found for word in wanted.split("|")), found


def test_a_run_with_a_broken_derivation_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nested, flat = tmp_path / "nested.duckdb", tmp_path / "flat.db"
    rows = [(n, [{"sku": f"s{n}{at}", "qty": at} for at in range(n % 4)]) for n in range(30)]
    with duckdb.connect(str(nested)) as db:
        db.execute("CREATE TABLE orders (id BIGINT PRIMARY KEY, items JSON)")
        db.executemany("INSERT INTO orders VALUES (?, ?)", [(n, json.dumps(each)) for n, each in rows])
    with sqlite3.connect(flat) as lite:
        lite.execute(
            "CREATE TABLE items (order_id INTEGER, line INTEGER, sku TEXT, qty INTEGER, PRIMARY KEY (order_id, line))"
        )
        lite.executemany(
            "INSERT INTO items VALUES (?, ?, ?, ?)",
            [(n, at, one["sku"], one["qty"]) for n, each in rows for at, one in enumerate(each, 1)],
        )
    lite.close()
    table = TablePair(old="orders.items[]", new="items", rename={"_parent": "order_id", "_position": "line"},
                      first_position=1)  # fmt: skip
    urls = f"duckdb:///{nested}", f"sqlite:///{flat}"
    checks = verified(*urls, table)
    assert {name: check.status for name, check in checks.items() if name in ("self_proof", "rows")} == {
        "self_proof": CheckStatus.passed, "rows": CheckStatus.passed,
    }  # fmt: skip
    monkeypatch.setattr(Unwound, "_items", but_the_last)
    broken = verified(*urls, table)["self_proof"]
    assert broken.status is CheckStatus.error
    assert "orders.items[]: item 1 of 3" in broken.reason
