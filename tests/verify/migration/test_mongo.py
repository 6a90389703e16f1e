"""Copies of a MongoDB database, and migrations on them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bson import Decimal128, Int64

from bench.verify.mongod import MongoServer
from verify.migration.mongo import MongoScratch

Trial = Callable[..., Any]


@pytest.fixture
def shop(mongo: MongoServer) -> Iterator[tuple[str, Any]]:
    """URL and database of a shop with a validator, an index, a view and a capped collection."""
    name = mongo.new_database()
    database = mongo.client[name]
    database.create_collection("orders")
    database.orders.insert_many(
        [
            {"_id": n, "z": Int64(n), "a": Decimal128("1.50"), "old": f"o{n}", "in": {"b": 1, "a": [n]}}
            for n in range(50)
        ]
    )
    database.orders.insert_one({"_id": "x", "broken": True})
    database.command({"collMod": "orders", "validator": {"z": {"$exists": True}}})
    database.orders.create_index([("z", 1)], unique=True, partialFilterExpression={"z": {"$gt": 3}}, name="by z")
    database.create_collection("log", capped=True, size=10_000, max=100)
    database.log.insert_many([{"n": n} for n in range(5)])
    database.command({"create": "big", "viewOn": "orders", "pipeline": [{"$match": {"z": {"$gt": 40}}}]})
    yield mongo.url(name), database
    mongo.client.drop_database(name)
    assert [one for one in mongo.client.list_database_names() if one.startswith("shadow")] == []


def python(tmp_path: Path, body: str) -> str:
    path = tmp_path / f"m{len(list(tmp_path.glob('m*.py')))}.py"
    path.write_text(
        "import os, pymongo\nclient = pymongo.MongoClient(os.environ['DATABASE_URL'])\n"
        f"db = client.get_default_database()\n{body}\nclient.close()\n"
    )
    return shlex.join([sys.executable, str(path)])


def test_a_migration_forth_and_back(shop: tuple[str, Any], trial: Trial, tmp_path: Path) -> None:
    up = python(tmp_path, "db.orders.update_many({'z': {'$exists': 1}}, [{'$set': {'total': '$a'}}])")
    down = python(tmp_path, "db.orders.update_many({}, {'$unset': {'total': 1}})")
    tried = trial("--command", up, "--down", down, "--on", shop[0])
    assert (tried.code, set(tried.statuses.values())) == (0, {"pass"}), tried.checks
    assert tried.checks["data"][1] == "2 tables, 56 rows as before"
    assert [(one["kind"], one["column"]) for one in tried.report["changes"]] == [("extra_column", "total")]


@pytest.mark.slow
def test_what_was_lost_is_named(shop: tuple[str, Any], trial: Trial, tmp_path: Path) -> None:
    up = python(tmp_path, "db.orders.update_many({}, {'$unset': {'old': 1}}); db.orders.delete_one({'_id': 7})")
    down = python(tmp_path, "db.orders.update_many({'_id': {'$gt': 9}}, {'$set': {'old': ''}})")
    tried = trial("--command", up, "--down", down, "--on", shop[0])
    assert tried.code == 10
    assert {name for name, status in tried.statuses.items() if status == "fail"} == {"schema", "data", "reversal"}
    assert "missing column old" in tried.checks["schema"][1]
    assert [one["key"] for one in tried.findings("data") if one["kind"] == "missing_row"] == ["_id=7"]
    assert "values differ in old" in tried.checks["reversal"][1]


def test_a_copy_is_the_same_byte_for_byte_with_all_options(
    shop: tuple[str, Any], trial: Trial, tmp_path: Path, mongo: MongoServer
) -> None:
    tried = trial("--command", python(tmp_path, "db.t.insert_one({})"), "--on", shop[0], "--keep")
    names = [one.partition("?")[0].rpartition("/")[2] for one in tried.report["kept"]]
    assert len(names) == 2 and all("@" not in one for one in tried.report["kept"])
    copy, given = mongo.client[names[0]], shop[1]
    for database in (copy, given):
        assert [one.raw for one in raw(database.orders)] == [one.raw for one in raw(given.orders)]
        assert [one.raw for one in raw(database.log)] == [one.raw for one in raw(given.log)]
        assert list(database.orders.list_indexes()) == list(given.orders.list_indexes())
        assert listed(database) == listed(given)
        assert database.big.count_documents({}) == 9
    for name in names:
        mongo.client.drop_database(name)


def raw(collection: Any) -> list[Any]:
    from bson.raw_bson import DEFAULT_RAW_BSON_OPTIONS

    return list(collection.with_options(codec_options=DEFAULT_RAW_BSON_OPTIONS).find())


def listed(database: Any) -> list[Any]:
    return sorted(
        ((one["name"], one["type"], one["options"]) for one in database.list_collections()
         if not one["name"].startswith("system.")),
        key=str,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "copy"),
    [
        ("mongodb://u:p%2F@h:1,i/shop?replicaSet=r", "mongodb://u:p%2F@h:1,i/n?replicaSet=r&authSource=shop"),
        ("mongodb://u:p@h/shop?authSource=admin", "mongodb://u:p@h/n?authSource=admin"),
        ("mongodb://h/shop", "mongodb://h/n"),
    ],
)
def test_users_are_looked_for_where_they_are(url: str, copy: str) -> None:
    scratch = MongoScratch(url)
    assert scratch._of("n") == copy
    assert set(scratch.secrets) == ({"p/", "p%2F"} if "%2F" in url else {"p"} if "p@" in url else set())
