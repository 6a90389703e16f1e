"""Embedded arrays against child tables, one table against several: equal data passes, each planted fault is found with
its key, its parent and its column, on every pair of engines."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from bson import Decimal128, Int64, ObjectId

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair
from shadow.errors import ConfigError
from shadow.records import CheckStatus
from tests.verify.verified import verified

ORDERS = 400
EMPTY = 13
"""Every 13th order has no items."""


def order(n: int) -> dict[str, Any]:
    """Return an order with up to four items; notes and amounts vary."""
    items = [
        {"sku": f"s{n}-{at}", "qty": n % 5 + at, "price": Decimal(n * 7 + at) / 4, "note": f"Zoë {at}" if at else None}
        for at in range(0 if n % EMPTY == 0 else n % 4 + 1)
    ]
    return {"_id": n, "customer": f"c{n % 9}", "total": Decimal(n) / 2, "memo": f"memo {n}" * (n % 3), "items": items}


def nested(kind: str, orders: list[dict[str, Any]], where: Any, tmp_path: Path) -> str:
    """Return the URL of a store that embeds items in orders."""
    if kind == "mongodb":
        server: MongoServer = where("mongo")
        database = server.new_database()
        server.client[database]["orders"].insert_many([_bson(one) for one in orders])
        return server.url(database)
    rows = [(one["_id"], one["customer"], json.dumps(one["items"], default=float)) for one in orders]
    if kind == "postgresql":
        postgres: PostgresServer = where("postgres")
        name = postgres.new_database()

        async def fill(connection: Any) -> None:
            await connection.execute("CREATE TABLE orders (_id bigint PRIMARY KEY, customer text, items jsonb)")
            await connection.executemany("INSERT INTO orders VALUES ($1, $2, $3)", rows)

        postgres.use(name, fill)
        return postgres.url(name)
    path = tmp_path / "nested.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute("CREATE TABLE orders (_id BIGINT PRIMARY KEY, customer VARCHAR, items JSON)")
        marks = ", ".join(["(?, ?, ?)"] * len(rows))
        db.execute(f"INSERT INTO orders VALUES {marks}", [value for row in rows for value in row])
    return f"duckdb:///{path}"


def _bson(order: dict[str, Any]) -> dict[str, Any]:
    items = [{**item, "qty": Int64(item["qty"]), "price": Decimal128(item["price"])} for item in order["items"]]
    return {**order, "total": Decimal128(order["total"]), "items": items}


DDL = {
    "order_items": "CREATE TABLE order_items (order_id {int}, line {int}, sku {text}, qty {int}, price {decimal},"
    " note {text}, PRIMARY KEY (order_id, line))"
}
NAMES = {
    "postgresql": {"int": "bigint", "text": "text", "decimal": "numeric(12,2)"},
    "sqlite": {"int": "INTEGER", "text": "TEXT", "decimal": "DECIMAL(12,2)"},
    "duckdb": {"int": "BIGINT", "text": "VARCHAR", "decimal": "DECIMAL(12,2)"},
}


def flat(kind: str, rows: list[tuple[Any, ...]], where: Any, tmp_path: Path) -> str:
    """Return the URL of a store with the table `order_items`."""
    ddl = DDL["order_items"].format(**NAMES[kind])
    if kind == "postgresql":
        postgres: PostgresServer = where("postgres")
        name = postgres.new_database()

        async def fill(connection: Any) -> None:
            await connection.execute(ddl)
            await connection.copy_records_to_table("order_items", records=rows)

        postgres.use(name, fill)
        return postgres.url(name)
    if kind == "sqlite":
        path = tmp_path / "flat.db"
        with sqlite3.connect(path) as db:
            db.execute(ddl)
            values = [tuple(str(v) if isinstance(v, Decimal) else v for v in row) for row in rows]
            db.executemany("INSERT INTO order_items VALUES (?, ?, ?, ?, ?, ?)", values)
        db.close()
        return f"sqlite:///{path}"
    path = tmp_path / "flat.duckdb"
    with duckdb.connect(str(path)) as duck:
        duck.execute(ddl)
        marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(rows))
        duck.execute(f"INSERT INTO order_items VALUES {marks}", [value for row in rows for value in row])
    return f"duckdb:///{path}"


def lines(orders: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (one["_id"], at, item["sku"], item["qty"], item["price"], item["note"])
        for one in orders
        for at, item in enumerate(one["items"], start=1)
    ]


EMBEDDED = TablePair(
    old="orders.items[]", new="order_items", rename={"_parent": "order_id", "_position": "line"}, first_position=1
)
CHILDREN = TablePair(
    old="order_items", new="orders.items[]", rename={"order_id": "_parent", "line": "_position"}, first_position=1
)
PAIRS = [("mongodb", "postgresql"), ("mongodb", "sqlite"), ("postgresql", "duckdb"), ("duckdb", "postgresql")]


def spoil(orders: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Plant one fault of each kind; return what is to be found."""
    orders[6]["items"][2]["note"] = "another"
    orders[10]["items"].pop()
    orders[EMPTY - 1]["items"] = [{"sku": "x", "qty": 1, "price": Decimal(1), "note": None}]
    orders[-1]["items"][-1]["qty"] += 1
    del orders[200]
    return {
        ("value", "_parent=7, _position=3", "note"),
        ("extra_row", "_parent=11, _position=4", ""),
        ("missing_row", f"_parent={EMPTY}, _position=1", ""),
        ("value", f"_parent={ORDERS}, _position=1", "qty"),
        ("extra_row", "_parent=201, _position=1", ""),
        ("extra_row", "_parent=201, _position=2", ""),
    }


@pytest.mark.parametrize("engines", PAIRS, ids="-".join)
def test_embedded_items_are_the_rows_of_a_child_table(
    engines: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    orders = [order(n) for n in range(1, ORDERS + 1)]
    old = nested(engines[0], orders, request.getfixturevalue, tmp_path)
    new = flat(engines[1], lines(orders), request.getfixturevalue, tmp_path)
    checks = verified(old, new, EMBEDDED)
    for name in ("schema", "rows", "counts", "self_proof"):
        assert checks[name].status is CheckStatus.passed, (checks[name].reason, checks[name].findings)
    assert checks["rows"].rows_old == checks["rows"].rows_new == len(lines(orders))
    checks = verified(new, old, CHILDREN)
    assert checks["rows"].status is CheckStatus.passed, checks["rows"].reason


@pytest.mark.parametrize("engines", PAIRS[:2], ids="-".join)
def test_each_fault_is_found_with_parent_and_position(
    engines: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    orders = [order(n) for n in range(1, ORDERS + 1)]
    new = flat(engines[1], lines(orders), request.getfixturevalue, tmp_path)
    wanted = spoil(orders)
    old = nested(engines[0], orders, request.getfixturevalue, tmp_path)
    check = verified(old, new, EMBEDDED)["rows"]
    assert {(one.kind, one.key, one.column) for one in check.findings} == wanted
    assert check.total == len(wanted)


def test_items_by_a_key_of_their_own(mongo: MongoServer, postgres: PostgresServer, tmp_path: Path) -> None:
    orders = [order(n) for n in range(1, ORDERS + 1)]
    new = flat("postgresql", lines(orders), lambda _: postgres, tmp_path)
    for one in orders:
        one["items"].reverse()
    orders[8]["items"][0]["price"] += 1
    old = nested("mongodb", orders, lambda _: mongo, tmp_path)
    pair = TablePair(
        old="orders.items[]", new="order_items", key=("_parent", "sku"), rename={"_parent": "order_id"},
        ignore=("_position", "line"),
    )  # fmt: skip
    check = verified(old, new, pair)["rows"]
    assert [(one.key, one.column) for one in check.findings] == [('_parent=9, sku="s9-1"', "price")]




def tables(kind: str, wanted: dict[str, tuple[str, list[tuple[Any, ...]]]], where: Any, folder: Path) -> str:
    """Return the URL of a store with tables of these columns (text but for the first, which is the key) and rows."""
    folder.mkdir(exist_ok=True)
    if kind == "mongodb":
        server: MongoServer = where("mongo")
        database = server.new_database()
        for table, (columns, rows) in wanted.items():
            names = columns.split(", ")
            documents = [dict(zip(names, row, strict=True)) for row in rows]
            server.client[database][table].insert_many(documents)
        return server.url(database)
    statements = []
    for table, (columns, rows) in wanted.items():
        first, *rest = columns.split(", ")
        statements.append(f"CREATE TABLE {table} ({first} bigint PRIMARY KEY, {', '.join(f'{c} text' for c in rest)})")
        values = [", ".join("NULL" if value is None else repr(value) for value in row) for row in rows]
        statements.append(f"INSERT INTO {table} VALUES ({'), ('.join(values)})")
    if kind == "postgresql":
        postgres: PostgresServer = where("postgres")
        name = postgres.new_database()
        postgres.execute(name, ";".join(statements))
        return postgres.url(name)
    path = folder / f"store.{kind}"
    if kind == "sqlite":
        with sqlite3.connect(path) as db:
            db.executescript(";".join(statements).replace("bigint", "INTEGER"))
        db.close()
    else:
        with duckdb.connect(str(path)) as duck:
            duck.execute(";".join(statements))
    return f"{kind}:///{path}"


def people() -> list[tuple[Any, ...]]:
    return [(n, f"c{n}", None if n % 4 == 0 else f"memo {n}") for n in range(1, 151)]


@pytest.mark.parametrize("engines", [("sqlite", "postgresql"), ("postgresql", "duckdb"), ("duckdb", "sqlite")])
def test_one_table_and_its_parts_joined_by_key(
    engines: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rows = people()
    whole = {"people": ("id, name, memo", rows)}
    parts = {
        "people": ("id, name", [row[:2] for row in rows]),
        "memos": ("person, memo", [(row[0], row[2]) for row in rows if row[2] is not None]),
    }
    old = tables(engines[0], whole, request.getfixturevalue, tmp_path / "old")
    new = tables(engines[1], parts, request.getfixturevalue, tmp_path / "new")
    pair = TablePair(old="people", new="people + memos")
    checks = verified(old, new, pair)
    assert checks["rows"].status is CheckStatus.passed, (checks["rows"].reason, checks["rows"].findings)
    assert checks["schema"].status is CheckStatus.passed, checks["schema"].findings
    assert checks["counts"].rows_new == 150
    parts["memos"][1][4:6] = [(parts["memos"][1][4][0], "changed")]
    parts["memos"][1].append((999, "of nobody"))
    new = tables(engines[1], parts, request.getfixturevalue, tmp_path / "other")
    found = [(one.kind, one.key, one.column) for one in verified(old, new, pair)["rows"].findings]
    assert sorted(found) == [("extra_row", "id=999", ""), ("value", "id=6", "memo"), ("value", "id=7", "memo")]


@pytest.mark.parametrize(
    "engines", [("mongodb", "postgresql"), ("postgresql", "mongodb"), ("sqlite", "duckdb"), ("duckdb", "sqlite")]
)
def test_one_table_and_the_union_of_several(
    engines: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rows = people()
    columns = "_id, name, memo"
    whole = {"people": (columns, rows)}
    parts = {"p_even": (columns, [row for row in rows if row[0] % 2 == 0]),
             "p_odd": (columns, [row for row in rows if row[0] % 2])}  # fmt: skip
    old = tables(engines[0], whole, request.getfixturevalue, tmp_path / "old")
    new = tables(engines[1], parts, request.getfixturevalue, tmp_path / "new")
    pair = TablePair(old="people", new="p_even | p_odd")
    checks = verified(old, new, pair)
    assert checks["rows"].status is CheckStatus.passed, (checks["rows"].reason, checks["rows"].findings)
    parts["p_odd"][1][3] = (7, "c7", "changed")
    parts["p_even"][1].append((9, "c9", "memo 9"))  # in both parts
    del parts["p_even"][1][0]
    new = tables(engines[1], parts, request.getfixturevalue, tmp_path / "other")
    found = [(one.kind, one.key, one.column) for one in verified(old, new, pair)["rows"].findings]
    assert sorted(found) == [("extra_row", "_id=9", ""), ("missing_row", "_id=2", ""), ("value", "_id=7", "memo")]
    filtered = TablePair(old="people", new="p_even | p_odd", where="_id > 20")
    if "mongodb" not in engines:
        assert verified(old, new, filtered)["rows"].status is CheckStatus.passed


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (TablePair(old="peple + memos"), "there is no table 'peple'. Did you mean 'people'?"),
        (TablePair(old="people | people"), "a table occurs twice"),
        (TablePair(old="people.memos[]"), "people has no column 'memos'. Did you mean 'memo'?"),
        (TablePair(old="peopl.memo[]"), "no table 'peopl' with an array. Write it as table.field[]. Did you mean"),
        (TablePair(old="people.memo[]", parent=("nam",)), "people has no column 'nam'. Did you mean 'name'?"),
        (TablePair(old="people + memos", where="id = 1"), "`where` has no meaning for a join"),
        (TablePair(old="people + memos", key=("name",)), "memos has no"),
    ],
)
def test_names_that_do_not_exist_are_refused(pair: TablePair, message: str, tmp_path: Path) -> None:
    wanted = {"people": ("id, name, memo", people()[:3]), "memos": ("person, memo", [(1, "x")])}
    url = tables("sqlite", wanted, None, tmp_path / "old")
    with pytest.raises(ConfigError) as error:
        verified(url, tables("sqlite", wanted, None, tmp_path / "new"), pair)
    assert message in str(error.value)


def test_parents_known_by_text_by_several_columns_and_through_a_path(
    mongo: MongoServer, postgres: PostgresServer
) -> None:
    rows = [(f"t{n % 3}", f"{n:04}", at, n + at) for n in range(300) for at in range(3)]
    database, name = mongo.new_database(), postgres.new_database()
    documents = [
        {
            "_id": ObjectId(), "tenant": f"t{n % 3}", "no": f"{n:04}",
            "cart": {"items": [{"q": n + at} for at in range(3)]},
        }
        for n in range(300)
    ]
    mongo.client[database]["orders"].insert_many(documents)
    mongo.client[database]["orders"].update_one({"no": "0200"}, {"$set": {"cart.items.2.q": 9.5}})

    async def fill(connection: Any) -> None:
        columns = "tenant text, no text, at int, q int, PRIMARY KEY (tenant, no, at)"
        await connection.execute(f"CREATE TABLE lines ({columns})")
        await connection.copy_records_to_table("lines", records=rows)

    postgres.use(name, fill)
    for parent, old, ignored in (
        (("tenant", "no"), ("_parent.tenant", "_parent.no"), ()), (("no",), ("_parent",), ("tenant",))
    ):  # fmt: skip
        pair = TablePair(
            old="orders.cart.items[]", new="lines", parent=parent, key=(*old, "_position"), ignore=ignored,
            rename={**dict(zip(old, parent, strict=True)), "_position": "at"}, tolerance={"q": 0.1},
        )  # fmt: skip
        check = verified(mongo.url(database), postgres.url(name), pair)["rows"]
        assert [one.column for one in check.findings] == ["q"], check.reason
        assert check.findings[0].key.endswith('="0200", _position=2')
        assert check.rows_old == check.rows_new == 900
