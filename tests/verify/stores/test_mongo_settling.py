"""With MongoDB on one side or both, rows on their way are no findings either, and rows that differ for good are."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from bson import Binary, Int64, ObjectId, Timestamp
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DeleteOne, InsertOne, UpdateOne

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair
from shadow.records import CheckStatus, DataCheck
from tests.verify.verified import verified_meanwhile
from tests.verify.writer import lagging
from verify.equality.canonical import MISSING
from verify.equality.values import Foreign, ObjectKey
from verify.stores.mongo.values import spellings

ROWS = 5_000
Change = tuple[str, int, str]
Apply = Callable[[list[Change]], Awaitable[None]]


def filled(kind: str, postgres: PostgresServer, mongo: MongoServer) -> str:
    if kind == "mongodb":
        database = mongo.new_database()
        mongo.client[database]["t"].insert_many([{"_id": Int64(n), "v": "v"} for n in range(1, ROWS + 1)])
        return mongo.url(database)
    name = postgres.new_database()
    rows = f"INSERT INTO t SELECT n, 'v' FROM generate_series(1, {ROWS}) n"
    postgres.execute(name, f"CREATE TABLE t (_id bigint PRIMARY KEY, v text); {rows}")
    return postgres.url(name)


@asynccontextmanager
async def applying(url: str) -> AsyncIterator[Apply]:
    """Yield a function that applies changes to one side."""
    if url.startswith("postgresql"):
        connection = await asyncpg.connect(url)
        words = {"+": "INSERT INTO t VALUES ({0}, '{1}')", "-": "DELETE FROM t WHERE _id = {0}",
                 "=": "UPDATE t SET v = '{1}' WHERE _id = {0}"}  # fmt: skip

        async def in_sql(changes: list[Change]) -> None:
            await connection.execute(";".join(words[what].format(key, value) for what, key, value in changes))

        yield in_sql
        await connection.close()
        return
    client: Any = AsyncIOMotorClient(url)

    def operation(what: str, key: int, value: str) -> Any:
        if what == "+":
            return InsertOne({"_id": Int64(key), "v": value})
        return DeleteOne({"_id": key}) if what == "-" else UpdateOne({"_id": key}, {"$set": {"v": value}})

    async def in_mongo(changes: list[Change]) -> None:
        await client.get_default_database()["t"].bulk_write([operation(*change) for change in changes])

    yield in_mongo
    client.close()


@asynccontextmanager
async def writer(old: str, new: str) -> AsyncIterator[None]:
    """Apply 500 updates, inserts and deletes a second to the old side, and the same a second later to the new one."""
    chance = random.Random(7)

    def change(n: int) -> Change:
        if n % 50 < 2:
            return ("+", ROWS + 10 + n, "new") if n % 50 == 0 else ("-", ROWS + 9 + n, "")
        return "=", chance.randrange(78, ROWS), f"written {n}"

    async with applying(old) as to_old, applying(new) as to_new, lagging(to_old, to_new, change):
        yield


@pytest.mark.parametrize("engines", [("postgresql", "mongodb"), ("mongodb", "mongodb")], ids="-".join)
def test_under_a_writer_the_one_row_that_differs_is_the_only_finding(
    engines: tuple[str, str], postgres: PostgresServer, mongo: MongoServer
) -> None:
    old, new = (filled(kind, postgres, mongo) for kind in engines)

    async def run() -> dict[str, DataCheck]:
        async with applying(new) as to_new:
            await to_new([("=", 77, "diverged")])
        async with writer(old, new):
            return await verified_meanwhile(old, new, settle_s=2.5)

    checks = asyncio.run(run())
    check = checks["rows"]
    assert [(one.kind, one.key, one.new) for one in check.findings] == [("value", "_id=77", '"diverged"')]
    assert check.total == 1
    assert "in flight, equal when read again" in check.reason
    assert f"1 row unchanged for {check.findings[0].age_s:,.1f} s or longer" in check.reason, "rounded down as well"
    assert "new as of clusterTime " in check.reason


def test_items_in_flight_are_read_again_through_their_parents(mongo: MongoServer) -> None:
    names = [mongo.new_database() for _ in range(2)]
    documents = [{"_id": n, "items": [{"q": n}, {"q": -n}]} for n in range(100)]
    for name in names:
        mongo.client[name]["o"].insert_many(documents)
    mongo.client[names[1]]["o"].update_one({"_id": 5}, {"$set": {"items.1.q": 0}})
    mongo.client[names[1]]["o"].update_one({"_id": 6}, {"$set": {"items.0.q": 0}})
    late = mongo.client[names[1]]["o"]

    async def run() -> dict[str, DataCheck]:
        async def heal() -> None:
            await asyncio.sleep(0.9)
            await asyncio.to_thread(late.update_one, {"_id": 5}, {"$set": {"items.1.q": -5}})

        async with asyncio.TaskGroup() as group:
            group.create_task(heal())
            urls = (mongo.url(names[0]), mongo.url(names[1]))
            return await verified_meanwhile(*urls, TablePair(old="o.items[]"), settle_s=2.0)

    check = asyncio.run(run())["rows"]
    assert [(one.key, one.column) for one in check.findings] == [("_parent=6, _position=0", "q")]
    assert "1 row in flight" in check.reason


UUID = uuid.UUID(int=7)
KEYS: dict[str, tuple[Any, Any]] = {
    "bigint": ("9007199254740993", Int64(2**53 + 1)),
    "text": ("'Zoë'", "Zoë"),
    "uuid": (f"'{UUID}'", UUID),
    "bytea": (r"'\x00ff'", b"\x00\xff"),
    "timestamptz": ("'2026-01-31 10:00:00.123+00'", datetime(2026, 1, 31, 10, 0, 0, 123_000)),
    "date": ("'2026-01-31'", datetime(2026, 1, 31)),
    "varchar(24)": ("'65A1B2C3D4E5F60718293A4B'", ObjectId("65a1b2c3d4e5f60718293a4b")),
}


@pytest.mark.parametrize("kind", KEYS)
def test_every_kind_of_key_is_looked_up_on_both_sides(kind: str, postgres: PostgresServer, mongo: MongoServer) -> None:
    """A row that differs for good is still one changed row after it was read again, not a missing and an extra one."""
    sql, bson = KEYS[kind]
    name, database = postgres.borrow(), mongo.new_database()
    postgres.execute(name, f"CREATE TABLE t (_id {kind} PRIMARY KEY, v int); INSERT INTO t VALUES ({sql}, 1)")
    mongo.client[database]["t"].insert_one({"_id": bson, "v": 2})
    check = asyncio.run(verified_meanwhile(postgres.url(name), mongo.url(database), settle_s=0.01))["rows"]
    postgres.give_back(name)
    assert [(one.kind, one.column, one.old, one.new) for one in check.findings] == [("value", "v", "1", "2")]
    assert check.status is CheckStatus.fail
    assert "1 row unchanged for" in check.reason


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        (ObjectKey(bytes(12)), [ObjectId(bytes(12))]),
        (2**63, []),
        (date(2026, 1, 31), [datetime(2026, 1, 31), "2026-01-31"]),
        (datetime(2026, 1, 31, tzinfo=UTC), [datetime(2026, 1, 31, tzinfo=UTC)]),
        (Foreign("binary 3", b"\1"), [Binary(b"\1", 3)]),
        (Foreign("regex", b"a/0"), []),
        ({"b": 1, "a": Foreign("regex", b"")}, []),
        ({"b": 1, "a": ObjectKey(bytes(12))}, [{"b": 1, "a": ObjectId(bytes(12))}]),
        (MISSING, []),
        (Decimal("1." + "1" * 40), []),
    ],
)
def test_what_a_key_is_asked_for_as(value: Any, asked: list[Any]) -> None:
    assert spellings(value) == asked


def test_a_document_that_cannot_be_asked_for_is_a_finding_at_once(mongo: MongoServer) -> None:
    names = [mongo.new_database() for _ in range(2)]
    for value, name in enumerate(names):
        mongo.client[name]["t"].insert_many([{"_id": Timestamp(1, 2), "v": value}, {"_id": 1, "v": 0}])
    check = asyncio.run(verified_meanwhile(mongo.url(names[0]), mongo.url(names[1]), settle_s=0.01))["rows"]
    assert [(one.kind, one.column, one.new) for one in check.findings] == [("value", "v", "1")]
    assert "unchanged for" not in check.reason
