"""The fields of a collection: whatever is looked at first, the answer is that of counting all documents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

from bench.verify.mongod import MongoServer
from tests.verify.stores.mongo_help import AT, filled
from verify.stores.mongo.driver import Mongo
from verify.stores.mongo.schema import SHAPES, Fields
from verify.stores.mongo.shapes import fields_of, schema_of

MANY = 6_000


def counted(url: str) -> tuple[Fields, Fields, list[Any]]:
    """Return the fields as they are found, and as they are when all documents are counted; and what the server was
    asked."""
    asked: list[Any] = []

    class Watched(Mongo):
        async def aggregate(self, collection: str, pipeline: Sequence[Any], session: Any = None) -> list[Any]:
            asked.append(pipeline)
            return list(await super().aggregate(collection, pipeline, session))

    async def run() -> tuple[Fields, Fields]:
        mongo = Watched(url)
        try:
            await mongo.collections()
            return await fields_of(mongo, "t"), Fields(await mongo.aggregate("t", SHAPES))
        finally:
            mongo.close()

    found, all_of_them = asyncio.run(run())
    return found, all_of_them, asked[:-1]


def facts(fields: Fields) -> dict[str, tuple[set[str], bool]]:
    """Return for each field its types, and whether a document lacks it."""
    return {name: (set(types), sum(types.values()) < fields.documents) for name, types in fields.types.items()}


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.stores.mongo.shapes.COUNTED", MANY - 1)
    monkeypatch.setattr("verify.stores.mongo.shapes._AT_RANDOM", 10)


def usual(n: int) -> dict[str, Any]:
    return {"_id": n, "name": f"n{n}", "score": 1.5} | ({"note": "x"} if n % 3 else {})


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(rare=Decimal128("1.5")),
        lambda one: one.update(name=None),
        lambda one: one.update(score=1),
        lambda one: one.update(note=["x"]),
        lambda one: one.pop("score"),
        lambda one: one.update({"a.b": 1}),
        lambda one: one.update({"$set": 1}),
        lambda one: one.update({"": 1}),
        lambda one: one.update(_id="a text"),
        lambda one: one.update(z1=1, a1=1),
    ],
    ids=["a field", "null", "width", "array", "lacks one", "dots", "dollar", "no name", "another key", "two"],
)  # fmt: skip
def test_what_one_document_has_is_found_in_the_middle_of_many(
    mongo: MongoServer, change: Callable[[dict[str, Any]], object]
) -> None:
    documents = [usual(n) for n in range(MANY)]
    change(documents[MANY // 2 + 1])
    found, all_of_them, asked = counted(filled(mongo, documents))
    assert facts(found) == facts(all_of_them)
    assert SHAPES not in asked, "not all documents were counted"


def test_every_type_is_known_to_the_filter(mongo: MongoServer) -> None:
    """Otherwise the server would refuse it, or count each of these documents."""
    values = [
        1, Int64(1), 1.5, Decimal128("1"), "x", None, True, AT, ObjectId(), b"x", Binary(b"x", 3), {}, [], Regex("a"),
        Code("f()"), Code("f()", {"a": 1}), Timestamp(1, 2), MinKey(), MaxKey(), DBRef("t", 1),
    ]  # fmt: skip
    documents = [{"_id": n, "v": values[n % len(values)]} for n in range(MANY)]
    url = filled(mongo, documents)
    found, all_of_them, asked = counted(url)
    assert facts(found) == facts(all_of_them)
    others = next(one[0]["$match"] for one in asked if "$match" in one[0])
    database = url.partition("?")[0].rpartition("/")[2]
    assert mongo.client[database].t.count_documents(others) == 0


def test_the_order_of_the_fields_is_the_same_every_night(mongo: MongoServer) -> None:
    documents = [usual(n) | ({f"f{n * 7 % 30}": 1} if 1_000 < n < 5_000 else {}) for n in range(MANY)]
    url = filled(mongo, documents)
    orders = {tuple(counted(url)[0].types) for _ in range(3)}
    assert len(orders) == 1 and len(orders.pop()) == 34


def test_very_many_fields_are_counted(mongo: MongoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.stores.mongo.shapes.FIELDS", 3)
    found, all_of_them, asked = counted(filled(mongo, [usual(n) for n in range(MANY)]))
    assert found.types == all_of_them.types and asked[-1] == SHAPES


def test_small_collections_are_counted_in_full(mongo: MongoServer) -> None:
    _, _, asked = counted(filled(mongo, [usual(n) for n in range(10)]))
    assert asked == [SHAPES]


def test_what_no_schema_can_name_does_not_fit_it() -> None:
    shapes = [{"_id": [{"k": "_id", "t": "int"}, {"k": "a.b", "t": "int"}], "n": 3}]
    assert schema_of(shapes) == {
        "properties": {"_id": {"bsonType": ["int"]}}, "required": ["_id"], "additionalProperties": False,
    }  # fmt: skip
