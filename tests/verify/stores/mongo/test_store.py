"""MongoDB as a store: real servers, real documents."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from bson import Binary, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.datetime_ms import DatetimeMS

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair
from shadow.errors import ConfigError, StoreError
from shadow.records import CheckStatus
from tests.verify.stores.mongo_help import AT, filled
from tests.verify.verified import verified
from verify.classes import TypeClass
from verify.equality.canonical import MISSING, encode
from verify.equality.values import FarInstant, Foreign, ObjectKey
from verify.store import KeyRange, Reading, Selection, TableSchema
from verify.stores import open_store


def described(url: str) -> tuple[TableSchema, ...]:
    async def run() -> tuple[TableSchema, ...]:
        store = open_store(url)
        try:
            return await store.describe()
        finally:
            await store.close()

    return asyncio.run(run())


def read(url: str, names: Sequence[str], table: str = "t", **reading: Any) -> list[tuple[Any, ...]]:
    async def run() -> list[tuple[Any, ...]]:
        store = open_store(url)
        try:
            async with store.snapshot() as snapshot:
                wanted = Selection(
                    table=table, readings=tuple(Reading(column=name, **reading) for name in names), key_width=1
                )
                return [row async for batch in snapshot.rows(wanted, KeyRange(), ordered=True) for row in batch]
        finally:
            await store.close()

    return asyncio.run(run())


def test_the_fields_of_all_documents_are_counted_not_sampled(mongo: MongoServer) -> None:
    documents: list[dict[str, Any]] = [{"_id": n, "name": f"n{n}"} for n in range(5_000)]
    documents[4_321] |= {"rare": Decimal128("1.5"), "name": None}
    (table,) = described(filled(mongo, documents))
    assert [(each.name, each.kind, each.declared, each.nullable) for each in table.columns] == [
        ("_id", TypeClass.integer, "int", False),
        ("name", TypeClass.text, "string | null", True),
        ("rare", TypeClass.decimal, "decimal | missing", True),
    ]


def test_types_have_classes_and_mixed_ones_have_none(mongo: MongoServer) -> None:
    (table,) = described(
        filled(
            mongo,
            [
                {
                    "_id": ObjectId(), "a": 1, "b": 1.5, "c": "x", "d": AT, "e": uuid.uuid4(), "f": b"x", "g": {"x": 1},
                    "h": [1], "i": True, "j": 1,
                },
                {"_id": ObjectId(), "a": Int64(2), "j": "1"},
            ],
        )
    )  # fmt: skip
    kinds = {each.name: each.kind.value for each in table.columns}
    assert kinds == {
        "_id": "objectid", "a": "integer", "b": "float", "c": "text", "d": "timestamp", "e": "uuid", "f": "bytes",
        "g": "json", "h": "json", "i": "boolean", "j": "other",
    }  # fmt: skip


def test_indexes_are_told(mongo: MongoServer) -> None:
    url = filled(mongo, [{"_id": 1, "a": 1, "b": 2}])
    database = url.partition("?")[0].rpartition("/")[2]
    mongo.client[database].t.create_index([("a", 1), ("b", -1)], unique=True, name="ab")
    mongo.client[database].t.create_index("b", name="part", partialFilterExpression={"b": {"$gt": 1}})
    (table,) = described(url)
    assert [(each.name, each.columns, each.unique) for each in table.indexes] == [("ab", ("a", "b"), True)]


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        (Int64(2**63 - 1), 2**63 - 1),
        (Decimal128("1.50"), Decimal("1.5")),
        (Decimal128("-Infinity"), Decimal("-Infinity")),
        (AT, AT.replace(tzinfo=UTC)),
        (DatetimeMS(253_402_300_800_000), FarInstant(253_402_300_800_000_000)),
        (ObjectId("0123456789abcdef01234567"), ObjectKey(bytes.fromhex("0123456789abcdef01234567"))),
        (uuid.UUID(int=7), uuid.UUID(int=7)),
        (Binary(bytes(16), 3), Foreign("binary 3", bytes(16))),
        (b"\0", b"\0"),
        ({"b": [None, Int64(1)], "a": ObjectId(b"x" * 12)}, {"a": ObjectKey(b"x" * 12), "b": [None, 1]}),
        (Timestamp(1, 2), Foreign("timestamp", b"\0\0\0\1\0\0\0\2")),
        (MinKey(), Foreign("min key", b"")),
        (MaxKey(), Foreign("max key", b"")),
        (None, None),
        ("", ""),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_type_is_read_as_what_it_is(mongo: MongoServer, stored: Any, value: Any) -> None:
    ((_, found),) = read(filled(mongo, [{"_id": 1, "v": stored}]), ["_id", "v"])
    assert encode(found) == encode(value)


def test_types_that_only_mongodb_has_are_equal_to_their_like_alone(mongo: MongoServer) -> None:
    stored = [Regex("a", "i"), Regex("a"), Timestamp(1, 2), Binary(b"x", 3), b"x", "x", None]
    rows = read(filled(mongo, [{"_id": n, "v": value} for n, value in enumerate(stored)]), ["_id", "v"])
    assert len({encode(value) for _, value in rows}) == len(stored)


def test_a_missing_field_is_neither_null_nor_empty(mongo: MongoServer) -> None:
    url = filled(mongo, [{"_id": 1}, {"_id": 2, "v": None}, {"_id": 3, "v": ""}])
    assert read(url, ["_id", "v"]) == [(1, MISSING), (2, None), (3, "")]
    assert read(url, ["_id", "v"], missing_is_null=True) == [(1, None), (2, None), (3, "")]


def test_a_url_is_checked_and_never_repeats_its_password() -> None:
    for url, said in (
        ("mongodb://user:s3cret@127.0.0.1:1", "names no database"),
        ("mongodb:shop", "needs a host"),
        ("mongodb://user:s3cret@127.0.0.1:notaport/shop", "is not a URL"),
    ):
        with pytest.raises(StoreError) as caught:
            open_store(url)
        assert said in str(caught.value)
        assert "s3cret" not in str(caught.value)


def test_a_server_that_is_not_there_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.stores.mongo.driver.CONNECT_MS", 200)
    with pytest.raises(StoreError, match="cannot be reached"):
        described("mongodb://user:s3cret@127.0.0.1:1/shop")


ORDERS_SQL = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer text NOT NULL, total numeric(12,2), placed timestamptz,
                     paid boolean, note text, tags jsonb, ref uuid);
INSERT INTO orders SELECT n, 'Zoë ' || n, n * 1.25, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1001 ms',
       n % 2 = 0, CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'note ' || n END,
       jsonb_build_object('n', n, 'list', jsonb_build_array(1, 2.5, null)),
       ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid
FROM generate_series(1, 500) AS n;
"""


def order(n: int) -> dict[str, Any]:
    """Return the document that holds what the row of that number holds."""
    milliseconds = 1_767_225_600_000 + n * 1001
    found: dict[str, Any] = {
        "id": n, "customer": f"Zoë {n}", "total": Decimal128(Decimal(n) * Decimal("1.25")),
        "placed": DatetimeMS(milliseconds), "paid": n % 2 == 0, "tags": {"n": n, "list": [1, 2.5, None]},
        "ref": uuid.UUID(int=int(str(n), 16)),
    }  # fmt: skip
    if n % 3:
        found["note"] = "" if n % 3 == 1 else f"note {n}"
    return found


def postgres_orders(postgres: PostgresServer) -> str:
    database = postgres.new_database()
    postgres.execute(database, ORDERS_SQL)
    return postgres.url(database)


ORDERS = TablePair(old="orders", key=("id",), missing_is_null=True)


def test_postgresql_and_mongodb_hold_the_same(postgres: PostgresServer, mongo: MongoServer) -> None:
    new = filled(mongo, [order(n) for n in range(1, 501)], "orders")
    rows = verified(postgres_orders(postgres), new, ORDERS)["rows"]
    assert (rows.status, rows.rows_old, rows.rows_new) == (CheckStatus.passed, 500, 500), rows


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("customer", "Zoe 7", "'Zoe 7'"),
        ("total", Decimal128("8.76"), "8.76"),
        ("total", "8.75", "8.75"),
        ("placed", DatetimeMS(1_767_225_600_000 + 7008), "placed"),
        ("paid", 0, "0"),
        ("tags", {"n": 7, "list": [1, 2.5]}, "list"),
        ("ref", Binary(uuid.UUID(int=7).bytes, 3), "binary 3"),
        ("note", None, "null"),
    ],
)
def test_one_changed_field_is_found_with_its_key(
    postgres: PostgresServer, mongo: MongoServer, column: str, value: Any, shown: str
) -> None:
    documents = [order(n) for n in range(1, 501)]
    documents[6][column] = value
    new = filled(mongo, documents, "orders")
    rows = verified(postgres_orders(postgres), new, ORDERS)["rows"]
    assert [(each.kind, each.column, each.key) for each in rows.findings] == [("value", column, "id=7")], rows


def test_missing_and_extra_documents_are_found(postgres: PostgresServer, mongo: MongoServer) -> None:
    new = filled(mongo, [order(n) for n in (*range(2, 500), 501)], "orders")
    rows = verified(postgres_orders(postgres), new, ORDERS)["rows"]
    assert sorted((each.kind, each.key) for each in rows.findings) == [
        ("extra_row", "id=501"), ("missing_row", "id=1"), ("missing_row", "id=500"),
    ]  # fmt: skip


def test_without_the_declaration_a_missing_field_is_no_null(postgres: PostgresServer, mongo: MongoServer) -> None:
    new = filled(mongo, [order(n) for n in range(1, 501)], "orders")
    rows = verified(postgres_orders(postgres), new, TablePair(old="orders", key=("id",)))["rows"]
    assert rows.total == 500 // 3
    assert {each.column for each in rows.findings} == {"note"}


def test_instants_finer_than_a_millisecond_are_told_unless_they_are_declared(
    postgres: PostgresServer, mongo: MongoServer
) -> None:
    old = postgres_orders(postgres)
    database = old.rpartition("/")[2]
    postgres.execute(database, "UPDATE orders SET placed = placed + interval '999 microseconds' WHERE id = 3")
    new = filled(mongo, [order(n) for n in range(1, 501)], "orders")
    rows = verified(old, new, ORDERS)["rows"]
    assert [(each.column, each.key) for each in rows.findings] == [("placed", "id=3")]
    cut = TablePair(old="orders", key=("id",), missing_is_null=True, truncate={"placed": "milliseconds"})
    assert verified(old, new, cut)["rows"].status is CheckStatus.passed
    postgres.execute(database, "UPDATE orders SET placed = placed + interval '1 microsecond' WHERE id = 3")
    assert verified(old, new, cut)["rows"].total == 1


def test_a_column_that_is_cut_has_to_exist(mongo: MongoServer) -> None:
    url = filled(mongo, [{"_id": 1}])
    with pytest.raises(ConfigError, match="truncate"):
        verified(url, filled(mongo, [{"_id": 1}]), TablePair(old="t", truncate={"nothing": "seconds"}))


def test_an_objectid_is_its_hexadecimal_text_elsewhere(postgres: PostgresServer, mongo: MongoServer) -> None:
    keys = [ObjectId() for _ in range(50)]
    database = postgres.new_database()
    values = ", ".join(f"('{key}', {n})" for n, key in enumerate(keys))
    postgres.execute(database, f"CREATE TABLE t (_id text PRIMARY KEY, n int); INSERT INTO t VALUES {values}")
    documents = [{"_id": key, "n": n} for n, key in enumerate(keys)]
    assert verified(postgres.url(database), filled(mongo, documents))["rows"].status is CheckStatus.passed
    documents[9]["_id"] = str(keys[9])
    rows = verified(postgres.url(database), filled(mongo, documents))["rows"]
    assert rows.status is CheckStatus.fail
