"""What a MongoDB database declares beside documents, on a real server, and what differs between two."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Int64

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import Verify
from shadow.records import DataCheck
from tests.verify.verified import verified
from verify.running.job import run_verification

SCHEMA = {"$jsonSchema": {"bsonType": "object", "required": ["n"], "properties": {"n": {"minimum": 0}}}}
TURNED = {"$jsonSchema": {"properties": {"n": {"minimum": 0.0}}, "required": ["n"], "bsonType": "object"}}
AT = "2026-01-31T10:00:00Z"


def declare(database: Any, **changed: Any) -> None:
    """Make a database that declares one of everything; what is given is declared otherwise, None leaves it out."""
    asked: dict[str, Any] = {
        "validator": {"validator": SCHEMA},
        "capped": {"capped": True, "size": 8192, "max": 50},
        "timeseries": {"timeseries": {"timeField": "at", "granularity": "minutes"}, "expireAfterSeconds": 3600},
        "collation": {"collation": {"locale": "de", "strength": 1}},
        "view": {"viewOn": "t", "pipeline": [{"$sort": {"n": 1, "a": 1}}]},
        "ttl": {"key": {"at": 1}, "expireAfterSeconds": 60},
        "partial": {"key": {"a": 1}, "unique": True, "partialFilterExpression": {"a": {"$gt": 1}}},
        "sparse": {"key": {"b": 1}, "sparse": True},
        "down": {"key": {"c": 1, "d": -1}},
        "text": {"key": {"words": "text"}, "weights": {"words": 3}},
        "plain": {"key": {"e": 1}, "unique": True},
    } | changed
    database.create_collection("t")
    database.t.insert_one({"_id": 1, "n": 1})
    database.create_collection("capped", **asked.pop("capped"))
    database.create_collection("series", **asked.pop("timeseries"))
    database.create_collection("german", **asked.pop("collation"))
    view = asked.pop("view")
    if view:
        database.command({"create": "seen", **view})
    validator = asked.pop("validator")
    if validator:
        database.command({"collMod": "t", **validator})
    indexes = [{"name": name, **index} for name, index in asked.items() if index]
    database.command({"createIndexes": "t", "indexes": indexes})
    database.capped.insert_many([{"_id": n} for n in range(3)])


def checked(old: str, new: str, name: str = "objects") -> DataCheck | None:
    return verified(old, new).get(name) if name == "objects" else None


@pytest.fixture(scope="module")
def old(mongo: MongoServer) -> str:
    """The URL of a database that declares one of everything."""
    name = mongo.new_database()
    declare(mongo.client[name])
    return mongo.url(name)


def other(mongo: MongoServer, **changed: Any) -> str:
    name = mongo.new_database()
    declare(mongo.client[name], **changed)
    return mongo.url(name)


def test_what_says_the_same_is_the_same(mongo: MongoServer, old: str) -> None:
    """Other orders of keys, other widths of numbers, other names of indexes, what is the default said aloud."""
    new = other(
        mongo,
        validator={"validator": TURNED, "validationLevel": "strict", "validationAction": "error"},
        ttl=None, sparse={"key": {"b": Int64(1)}, "sparse": True, "hidden": False},
        later={"key": {"at": 1.0}, "expireAfterSeconds": Int64(60)},
    )  # fmt: skip
    check = checked(old, new)
    assert check is not None
    assert (check.status, check.findings) == ("pass", ())
    assert check.reason == "13 objects alike"


DIFFERENCES: list[tuple[dict[str, Any], list[str]]] = [
    (
        {
            "validator": None,
            "capped": {"capped": True, "size": 8192, "max": 60},
            "view": {"viewOn": "t", "pipeline": [{"$sort": {"a": 1, "n": 1}}]},
            "ttl": {"key": {"at": 1}, "expireAfterSeconds": 61},
            "partial": {"key": {"a": 1}, "unique": True, "partialFilterExpression": {"a": {"$gt": 2}}},
            "down": {"key": {"c": 1, "d": 1}},
            "text": {"key": {"words": "text"}, "weights": {"words": 4}},
            "more": {"key": {"x": 1}, "collation": {"locale": "fr"}},
        },
        [
            "capped.max collection option differs", "seen.seen view differs", "t.by_at index additional",
            "t.by_at index missing", "t.down index missing", "t.more index additional", "t.partial index additional",
            "t.partial index missing", "t.t validator missing", "t.text index additional", "t.text index missing",
        ],
    ),
    (
        {
            "validator": {"validator": SCHEMA, "validationAction": "warn"},
            "capped": {},
            "timeseries": {"timeseries": {"timeField": "at", "granularity": "hours"}},
            "collation": {"collation": {"locale": "de", "strength": 2}},
            "view": None,
            "ttl": {"key": {"at": 1}},
            "sparse": {"key": {"b": 1}},
        },
        [
            "capped.capped collection option missing", "capped.max collection option missing",
            "capped.size collection option missing", "german.collation collection option differs",
            "seen.seen view missing", "series.expireAfterSeconds collection option missing",
            "series.timeseries collection option differs", "t.by_at index missing", "t.sparse index missing",
            "t.t validator differs",
        ],
    ),
    ({"validator": {"validator": {"n": {"$gte": 0}}}}, ["t.t validator differs"]),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "expected"), DIFFERENCES, ids=["some", "others", "a validator"])
def test_what_differs_is_named(mongo: MongoServer, old: str, changed: dict[str, Any], expected: list[str]) -> None:
    check = checked(old, other(mongo, **changed))
    assert check is not None
    assert check.status == "fail"
    found = sorted(f"{one.table}.{one.key} {one.note}".replace("ttl", "by_at") for one in check.findings)
    assert found == expected
    assert all(finding.old or finding.new for finding in check.findings)


def test_two_different_engines_declare_different_things(
    mongo: MongoServer, old: str, postgres: PostgresServer
) -> None:
    name = postgres.borrow()
    postgres.execute(name, "CREATE TABLE t (n int); CREATE VIEW v AS SELECT * FROM t")
    assert checked(old, postgres.url(name)) is None
    assert checked(postgres.url(name), old) is None
    postgres.give_back(name)


def test_capped_collections_and_time_series_are_verified(mongo: MongoServer, old: str) -> None:
    """Neither can be read like the others: the server refuses snapshots of capped collections."""
    from datetime import datetime

    new = other(mongo)
    for url in (old, new):
        database = mongo.client[url.partition("?")[0].rpartition("/")[2]]
        database.series.delete_many({})
        database.series.insert_many(
            [{"_id": n, "at": datetime(2026, 1, 1 + n), "v": n} for n in range(5 if url == old else 4)]
        )

    checks = {(one.pair, one.check): one for one in run_verification(Verify(old=old, new=new, settle_s=0))}
    assert (checks["capped", "rows"].status, checks["capped", "rows"].rows_old) == ("pass", 3)
    series = checks["series", "rows"]
    assert (series.status, [(one.kind, one.key) for one in series.findings]) == ("fail", [("missing_row", "_id=4")])
