"""MongoDB against MongoDB by digests of the servers: the same answers as from the raw documents."""

from __future__ import annotations

import random
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId

from bench.verify.mongod import MongoServer
from shadow.config.model import TablePair
from shadow.records import CheckStatus, DataCheck
from tests.verify.stores.mongo_help import AT, filled
from tests.verify.verified import verified
from verify.stores.mongo import digest as mongo_digest

HOW = "digest in the database, 1 x 64 bits"


def compared(old: str, new: str, *pairs: TablePair, digest: str = "server") -> DataCheck:
    return verified(old, new, *pairs, mongo_digest=digest, max_findings=10_000)["rows"]


def document(n: int) -> dict[str, Any]:
    return {
        "_id": n, "name": f"name {n}", "tags": {"a": [n, n / 3]}, "price": Decimal128(f"{n}.10"), "weight": n * 0.1,
        "at": AT, "key": ObjectId(f"{n:024x}"), "none": None,
    }  # fmt: skip


MANY = [document(n) for n in range(2_000)]


def test_equal_collections_pass_and_say_how(mongo: MongoServer) -> None:
    check = compared(filled(mongo, MANY), filled(mongo, MANY[::-1]))
    assert (check.status, check.rows_old, check.rows_new) == (CheckStatus.passed, 2_000, 2_000)
    assert HOW in check.reason


@pytest.mark.parametrize(
    "change",
    [
        {"weight": 0.1 * 7 + 1e-13}, {"price": Decimal128("7.11")}, {"tags": {"a": [7, 2.4]}}, {"none": ""},
        {"name": "Name 7"}, {"at": AT.replace(microsecond=998_000)}, {"weight": "0.7"}, {"more": 1},
    ],
)  # fmt: skip
def test_one_changed_field_is_found(mongo: MongoServer, change: dict[str, Any]) -> None:
    new = [{**each, **(change if each["_id"] == 7 else {})} for each in MANY[:300]]
    check = compared(filled(mongo, MANY[:300]), filled(mongo, new))
    # A field that only one side has is the schema's matter.
    wanted = [("value", name, "_id=7") for name in change if name != "more"]
    assert [(each.kind, each.column, each.key) for each in check.findings] == wanted
    assert HOW in check.reason


@pytest.mark.parametrize("seed", range(4))
def test_both_ways_say_the_same(mongo: MongoServer, seed: int) -> None:
    chance = random.Random(seed)
    new = []
    for each in MANY[:600]:
        what = chance.choice(("same", "same", "same", "value", "lost", "extra", "width", "absent"))
        if what == "value":
            new.append({**each, "name": each["name"] + "!"})
        elif what == "width":
            new.append({**each, "_id": Int64(each["_id"]), "tags": {"a": [Int64(each["_id"]), each["_id"] / 3]}})
        elif what == "absent":
            new.append({name: value for name, value in each.items() if name != "none"})
        elif what != "lost":
            new.append(each)
        if what == "extra":
            new.append({**each, "_id": each["_id"] + 0.5})
    urls = filled(mongo, MANY[:600]), filled(mongo, new)
    for pair in (TablePair(old="t"), TablePair(old="t", missing_is_null=True)):
        one, other = compared(*urls, pair), compared(*urls, pair, digest="client")
        assert HOW in one.reason
        assert "raw documents" in other.reason
        assert sorted(map(str, one.findings)) == sorted(map(str, other.findings))
        assert (one.total, one.rows_old, one.rows_new) == (other.total, other.rows_old, other.rows_new)
        assert one.total > 100


def test_what_is_nested_too_deep_is_compared_here(mongo: MongoServer) -> None:
    deep: Any = 2.2
    for _ in range(mongo_digest.DEEPEST + 1):
        deep = {"a": deep}
    url = filled(mongo, [{"_id": 1, "v": deep}])
    check = compared(url, url)
    assert check.status is CheckStatus.passed
    assert "raw documents byte for byte; the digest in the database cannot be had" in check.reason


def test_a_digest_that_does_not_see_is_not_used(mongo: MongoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_digest, "_form", lambda value, _depth: value)
    check = compared(filled(mongo, [{"_id": 1, "v": 2.2}]), filled(mongo, [{"_id": 1, "v": 2.9}]))
    assert "raw documents byte for byte; the digest in the database does not tell 2.2 and 2.9 apart" in check.reason
    assert check.total == 1


@pytest.mark.parametrize(("old", "new"), [([], []), ([], MANY[:1]), (MANY[:1], [])])
def test_the_smallest_collections(mongo: MongoServer, old: list[Any], new: list[Any]) -> None:
    check = compared(filled(mongo, old), filled(mongo, new), TablePair(old="t", key=("_id",)))
    assert (check.rows_old, check.rows_new, check.total) == (len(old), len(new), abs(len(old) - len(new)))
