"""Which values the server's hash tells apart."""

from __future__ import annotations

from typing import Any

import pytest
from bson import Decimal128, Int64

from bench.verify.mongod import MongoServer
from verify.store import Reading
from verify.stores.mongo import digest as mongo_digest


def hashes(mongo: MongoServer, values: list[Any], salt: bytes = b"x") -> list[int]:
    stages = [
        {"$documents": [{"_id": at, "v": {"$literal": value}} for at, value in enumerate(values)]},
        {"$project": {"h": mongo_digest.row_hash((Reading(column="v"),), salt)}},
        {"$sort": {"_id": 1}},
    ]
    return [int(each["h"]) for each in mongo.client["probe"].aggregate(stages)]


def probed(mongo: MongoServer) -> tuple[str, ...]:
    found = mongo.client["probe"].aggregate(mongo_digest.probe(b"salt"))
    return mongo_digest.survivors([int(each["h"]) for each in found])


def test_every_pair_is_told_apart(mongo: MongoServer) -> None:
    assert probed(mongo) == ()


def test_the_bare_hash_is_found_out(mongo: MongoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_digest, "_form", lambda value, _depth: value)
    found = probed(mongo)
    assert {"2.2 and 2.9", "nan and 0.0", "None and a missing field"} <= set(found)
    assert "{'a': 2.2} and {'a': 2.9}" in found


def test_text_of_six_digits_is_found_out(mongo: MongoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_digest, "_form", lambda value, _depth: [{"$type": value}, {"$toString": value}])
    try:
        found = probed(mongo)
    except Exception:  # noqa: BLE001 (an object has no text on servers before 8.3: as good as found out)
        return
    assert "0.3 and 0.30000000000000004" in found


def test_doubles_next_to_each_other_are_told_apart(mongo: MongoServer) -> None:
    from math import nextafter

    for number in (0.1, 1.0, 1 / 3, 1e15, 1e17, 2.0**53, 123456.789, 1e-300, 1e300, 4.35, -7.1, 1.7976931348623157e308):
        near = [number]
        for _ in range(8):
            near.append(nextafter(near[-1], 0))
        assert len(set(hashes(mongo, near))) == len(near), number


def test_the_width_of_a_whole_number_does_not_matter_and_the_salt_does(mongo: MongoServer) -> None:
    one, other = hashes(mongo, [5, Int64(5)])
    assert one == other
    assert hashes(mongo, [5], b"y") != [one]
    assert len(set(hashes(mongo, [5, 5.0, Decimal128("5"), "5"]))) == 4
