"""MongoDB against MongoDB, byte for byte."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pytest
from bson import Int64, ObjectId
from bson.son import SON

from bench.verify.mongod import MongoServer
from shadow.config.model import TablePair
from shadow.records import CheckStatus, DataCheck
from tests.verify.stores.mongo_help import AT, filled
from tests.verify.verified import verified


def compared(mongo: MongoServer, old: list[dict[str, Any]], new: list[dict[str, Any]], *pairs: TablePair) -> DataCheck:
    return verified(filled(mongo, old), filled(mongo, new), *pairs)["rows"]


def document(n: int) -> dict[str, Any]:
    return {"_id": n, "name": f"name {n}", "tags": {"a": [n, n + 1]}, "pad": "x" * (n % 50)}


MANY = [document(n) for n in range(4_000)]


def test_equal_collections_pass_and_say_how(mongo: MongoServer) -> None:
    shuffled = random.Random(7).sample(MANY, len(MANY))
    check = compared(mongo, MANY, shuffled)
    assert (check.status, check.rows_old, check.rows_new) == (CheckStatus.passed, 4_000, 4_000)
    told = "4,000 rows, 4 columns compared (raw documents byte for byte; old as of clusterTime "
    assert check.reason.startswith(told)


@pytest.mark.parametrize("at", [0, 1, 2_000, 3_998, 3_999])
@pytest.mark.parametrize("fault", ["value", "missing_row", "extra_row"])
def test_one_fault_is_found_wherever_it_is(mongo: MongoServer, at: int, fault: str) -> None:
    old, new = list(MANY), list(MANY)
    changed = old if fault == "extra_row" else new
    if fault == "value":
        new[at] = {**MANY[at], "tags": {"a": [at, at]}}
    else:
        del changed[at]
    check = compared(mongo, old, new)
    wanted = ("value", "tags") if fault == "value" else (fault, "")
    assert [(each.kind, each.column, each.key) for each in check.findings] == [(*wanted, f"_id={at}")]


@pytest.mark.parametrize(("old", "new"), [([], []), ([], MANY[:1]), (MANY[:1], []), (MANY[:1], MANY[:1])])
def test_the_smallest_collections(mongo: MongoServer, old: list[Any], new: list[Any]) -> None:
    check = compared(mongo, old, new)
    assert (check.rows_old, check.rows_new, check.total) == (len(old), len(new), abs(len(old) - len(new)))


def test_all_documents_differ(mongo: MongoServer) -> None:
    check = compared(mongo, MANY, [{**each, "name": "other"} for each in MANY])
    assert check.total == len(MANY)


def test_other_bytes_of_the_same_values_are_no_difference_and_are_told(mongo: MongoServer) -> None:
    new = list(MANY)
    new[5] = {"_id": 5, "pad": "x" * 5, "tags": {"a": [Int64(5), 6.0]}, "name": "name 5"}
    check = compared(mongo, MANY, new)
    assert check.status is CheckStatus.passed
    assert "1 document of other bytes have the same values" in check.reason


def test_keys_of_many_kinds_are_merged_in_the_order_of_the_server(mongo: MongoServer) -> None:
    keys: list[Any] = [
        1, 2.5, Int64(2**53 + 1), "a", "Ä", "", "z", ObjectId(), ObjectId(), b"x", b"xx", True, False, None,
        float("nan"),
        -1.5, {"a": 1}, {"a": 1, "b": 2}, {"b": 1}, AT, uuid.UUID(int=3), -(2**40), float("inf"),
    ]  # fmt: skip
    documents = [{"_id": SON(key) if isinstance(key, dict) else key, "v": n} for n, key in enumerate(keys)]
    assert compared(mongo, documents, documents).status is CheckStatus.passed
    for gone in range(len(keys)):
        check = compared(mongo, documents, documents[:gone] + documents[gone + 1 :])
        assert [each.kind for each in check.findings] == ["missing_row"], keys[gone]


def test_an_ignored_field_does_not_count(mongo: MongoServer) -> None:
    new = [{**each, "pad": "other"} for each in MANY[:50]]
    assert compared(mongo, MANY[:50], new, TablePair(old="t", ignore=("pad",))).status is CheckStatus.passed


def test_another_key_goes_the_way_of_all_engines(mongo: MongoServer) -> None:
    old = [{"_id": ObjectId(), "id": n, "v": n} for n in range(100)]
    new = [{"_id": ObjectId(), "id": n, "v": n + (n == 7)} for n in range(100)]
    check = compared(mongo, old, new, TablePair(old="t", key=("id",), ignore=("_id",)))
    assert [(each.kind, each.column, each.key) for each in check.findings] == [("value", "v", "id=7")]


@pytest.mark.parametrize("seed", range(12))
def test_random_faults_are_found_and_nothing_else(mongo: MongoServer, seed: int) -> None:
    chance = random.Random(seed)
    old = [document(n) for n in range(600)]
    new, wanted = [], []
    for each in old:
        what = chance.choice(("same", "same", "same", "same", "value", "missing_row", "extra_row"))
        if what == "value":
            new.append({**each, "name": each["name"] + "!"})
            wanted.append(("value", each["_id"]))
        elif what == "missing_row":
            wanted.append(("missing_row", each["_id"]))
        else:
            new.append(each)
            if what == "extra_row":
                extra = each["_id"] + 0.5
                new.append({**each, "_id": extra})
                wanted.append(("extra_row", extra))
    check = compared(mongo, old, new)
    assert check.total == len(wanted)
    found = {(each.kind, each.key) for each in check.findings}
    assert found <= {(kind, f"_id={key}") for kind, key in wanted}
