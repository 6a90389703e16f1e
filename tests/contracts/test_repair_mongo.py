"""Repairs of MongoDB: the script runs in a real JavaScript engine, its operations on a real server."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import subprocess
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from bson import Binary, Decimal128, Int64, MaxKey, ObjectId, Regex, Timestamp, json_util
from bson.binary import UuidRepresentation
from bson.codec_options import DatetimeConversion
from bson.datetime_ms import DatetimeMS
from pymongo.errors import DuplicateKeyError

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair, Verify
from shadow.records import DataCheck
from verify.repair.job import Checked, Written, check_repair, write_repair
from verify.running.job import run_verification
from verify.stores.mongo.driver import CODEC

SHELL = """
const fs = require("fs");
function ask(request) {
  fs.writeSync(1, JSON.stringify(request) + "\\n");
  let line = "";
  const one = Buffer.alloc(1);
  while (fs.readSync(0, one) === 1 && one[0] !== 10) line += one.toString("latin1");
  return JSON.parse(line);
}
globalThis.EJSON = {parse: (text, {relaxed}) => { if (relaxed !== false) throw new Error("relaxed"); return text; }};
globalThis.print = (text) => ask({method: "print", text});
globalThis.db = {getCollection: (collection) => ({
  updateOne: (filter, update, options) => ask({method: "updateOne", collection, filter, update, options}),
  countDocuments: (filter, options) => ask({method: "countDocuments", collection, filter, options}).n,
  insertOne: (document) => {
    const answer = ask({method: "insertOne", collection, document});
    if (answer.code) throw answer;
  },
  deleteOne: (filter, options) => ask({method: "deleteOne", collection, filter, options}),
})};
require("vm").runInThisContext(fs.readFileSync(process.argv[1], "utf8"), {filename: process.argv[1]});
"""
"""The part of mongosh that the scripts use; each operation is asked for on standard output."""

EXACT = json_util.JSONOptions(
    json_mode=json_util.JSONMode.CANONICAL, uuid_representation=UuidRepresentation.STANDARD, tz_aware=False,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)  # fmt: skip


def node() -> str:
    """Return a JavaScript engine: the one that Playwright brings along, or another."""
    spec = importlib.util.find_spec("playwright")
    bundled = Path(spec.origin).parent / "driver" / "node" if spec and spec.origin else Path("none")
    found = str(bundled) if bundled.exists() else shutil.which("node")
    if not found:
        pytest.skip("no JavaScript engine: install playwright (pip) or nodejs")
    return found


def performed(documents: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Do what the script asks for, and return what mongosh would."""
    if request["method"] == "insertOne":
        try:
            documents.insert_one(json_util.loads(request["document"], json_options=EXACT))
        except DuplicateKeyError as error:
            return {"code": error.code}
        return {}
    assert request["options"]["collation"] == {"locale": "simple"}
    where = json_util.loads(request["filter"], json_options=EXACT)
    if request["method"] == "countDocuments":
        return {"n": documents.count_documents(where)}
    if request["method"] == "deleteOne":
        return {"deletedCount": documents.delete_one(where).deleted_count}
    update = json_util.loads(request["update"], json_options=EXACT)
    done = documents.update_one(where, update, upsert=request["options"].get("upsert", False))
    return {"matchedCount": done.matched_count, "upsertedCount": int(done.upserted_id is not None)}


def applied(mongo: MongoServer, database: str, script: Path) -> str:
    """Run a script against a database and return what it printed."""
    printed = ""
    with subprocess.Popen([node(), "-e", SHELL, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdin is not None and shell.stdout is not None
        for line in shell.stdout:
            request = json.loads(line)
            answer: dict[str, Any] = {}
            if request["method"] == "print":
                printed = request["text"]
            else:
                answer = performed(mongo.client[database][request["collection"]], request)
            shell.stdin.write(json.dumps(answer).encode() + b"\n")
            shell.stdin.flush()
    assert shell.returncode == 0
    return printed


def settings(old: str, new: str, **more: Any) -> Verify:
    return Verify(old=old, new=new, settle_s=0, tables=(TablePair(old="t", **more),))


def rows_of(wanted: Verify) -> DataCheck:
    return next(check for check in run_verification(wanted) if check.check == "rows")


def repaired(wanted: Verify, folder: Path) -> Written:
    return asyncio.run(write_repair(wanted, "new", (), folder / "fix.js", folder / "fix.undo.js", 1000))


def checked(wanted: Verify, folder: Path) -> Checked:
    return asyncio.run(check_repair(wanted, folder / "fix.js"))


def documents(mongo: MongoServer, database: str) -> list[dict[str, Any]]:
    return list(mongo.client[database].get_collection("t", CODEC).find(sort=[("_id", 1)]))


AT = datetime(2026, 1, 31, 10, 0, 0, 123_000)
NASTY: list[Any] = [
    "it's \"q\" \\ \u2028 \n -- // */ `${x}`", "🙂é\x00", 7, Int64(7), 7.0, float("nan"), float("inf"), -0.0,
    Decimal128("1.50"), Decimal128("NaN"), AT, DatetimeMS(-(10**15)), ObjectId(), uuid.uuid4(), b"\x00\xff",
    Binary(b"x", 5), None, [1, [None, "a"], {"b": 1}], {"x": {"y": [Int64(1)]}, "$odd": 1}, Regex("a.*", "i"),
    Timestamp(5, 6), MaxKey(), True, "x" * 1_000_000, {"__proto__": 1}, [], {},
]  # fmt: skip


def test_every_kind_of_value_is_repaired_checked_and_undone(mongo: MongoServer, tmp_path: Path) -> None:
    old, new = mongo.new_database(), mongo.new_database()
    for at, value in enumerate(NASTY):
        mongo.client[old]["t"].insert_one({"_id": at, "v": value, "same": "s"})
        if at % 3:
            mongo.client[new]["t"].insert_one({"_id": at, "v": "other", "same": "s"})
    mongo.client[old]["t"].insert_one({"_id": "gone field"})
    mongo.client[new]["t"].insert_one({"_id": "gone field", "v": None})
    mongo.client[new]["t"].insert_one({"_id": ObjectId(), "v": [1], "same": Int64(2)})
    wanted = settings(mongo.url(old), mongo.url(new))
    before, held = rows_of(wanted), documents(mongo, new)
    total = len(NASTY) + 2
    written = repaired(wanted, tmp_path)
    assert (written.updates, written.inserts, written.deletes, written.left_out) == (
        len([at for at in range(len(NASTY)) if at % 3]) + 1, len(range(0, len(NASTY), 3)), 1, {},
    )  # fmt: skip
    assert checked(wanted, tmp_path).differ == total
    assert applied(mongo, new, tmp_path / "fix.js") == f"{total} of {total} documents changed; left alone: []"
    assert (checked(wanted, tmp_path).equal, checked(wanted, tmp_path).differ) == (total, 0)
    assert rows_of(wanted).total == 0
    # Not only values that compare as equal: the same types, nested ones too.
    exact = [json_util.dumps(one, json_options=EXACT) for one in documents(mongo, old)]
    assert [json_util.dumps(one, json_options=EXACT) for one in documents(mongo, new)] == exact
    assert applied(mongo, new, tmp_path / "fix.undo.js").startswith(f"{total} of {total} ")
    assert rows_of(wanted).total == before.total
    assert [json_util.dumps(one, json_options=EXACT) for one in documents(mongo, new)] == [
        json_util.dumps(one, json_options=EXACT) for one in held
    ]


def test_a_document_that_changed_meanwhile_is_left_alone_and_told(mongo: MongoServer, tmp_path: Path) -> None:
    old, new = mongo.new_database(), mongo.new_database()
    mongo.client[old]["t"].insert_many([{"_id": n, "v": 1} for n in range(6)])
    changed = mongo.client[new]["t"]
    changed.insert_many([{"_id": n, "v": 2} for n in range(5)] + [{"_id": 9, "v": 9}])
    wanted = settings(mongo.url(old), mongo.url(new))
    assert repaired(wanted, tmp_path).updates == 5
    # Another value; another type of the same value; a further field is not what was seen, but is not compared.
    changed.update_one({"_id": 0}, {"$set": {"v": 3}})
    changed.update_one({"_id": 1}, {"$set": {"v": 2.0}})
    changed.update_one({"_id": 2}, {"$unset": {"v": ""}})
    changed.insert_one({"_id": 5, "v": 5})
    changed.update_one({"_id": 9}, {"$set": {"v": [9]}})
    assert applied(mongo, new, tmp_path / "fix.js") == "2 of 7 documents changed; left alone: [1,2,3,4,7]"
    assert sorted(one["_id"] for one in documents(mongo, new) if one.get("v") == 1) == [3, 4]
    assert checked(wanted, tmp_path).differ == 5


def test_from_postgresql(mongo: MongoServer, postgres: PostgresServer, tmp_path: Path) -> None:
    table, new = postgres.new_database(), mongo.new_database()
    postgres.execute(table, """
        CREATE TABLE t (id bigint PRIMARY KEY, a text, n numeric, b boolean, at timestamptz, day date, u uuid,
                        raw bytea, doc jsonb, f float8, big bigint);
        INSERT INTO t VALUES (1, 'it''s', 1.50, true, '2026-01-31 10:00:00.123+00', '2026-02-28',
            '12345678-1234-5678-1234-567812345678', '\\x00ff', '{"a": [1, 2.5, null], "b": {"c": "x"}}', 0.1,
             9007199254740993),
            (2, 'x', -3, false, '1900-01-01', '0001-01-01', NULL, '', '[]', 'NaN', NULL),
            (3, 'fine', 1.5, true, '2026-01-31 10:00:00.123456+00', NULL, NULL, NULL, NULL, NULL, 7);
    """)  # fmt: skip
    row = {
        "a": "?", "n": Decimal128("2"), "b": False, "at": AT, "day": datetime(2026, 2, 1), "u": uuid.uuid4(),
        "raw": b"z", "doc": {"z": 1}, "f": 1.5, "big": Int64(5),
    }  # fmt: skip
    mongo.client[new]["t"].insert_many([{"_id": ObjectId(), "id": Int64(at), **row} for at in (2, 4)])
    wanted = settings(postgres.url(table), mongo.url(new), key=("id",), missing_is_null=True)
    written = repaired(wanted, tmp_path)
    assert (written.updates, written.inserts, written.deletes) == (1, 1, 1)
    assert written.left_out == {"instants finer than milliseconds cannot be written": 1}
    assert applied(mongo, new, tmp_path / "fix.js").startswith("3 of 3")
    left = rows_of(wanted)
    assert [finding.key for finding in left.findings] == ["id=3"]
    found = mongo.client[new]["t"].find_one({"id": 1})
    assert found is not None
    assert (found["n"], found["big"], found["day"]) == (Decimal128("1.50"), 9007199254740993, datetime(2026, 2, 28))
    assert found["doc"] == {"a": [1, 2.5, None], "b": {"c": "x"}}
    assert found["u"] == uuid.UUID("12345678-1234-5678-1234-567812345678")
    assert applied(mongo, new, tmp_path / "fix.undo.js").startswith("3 of 3")
    assert sorted(one["a"] for one in documents(mongo, new)) == ["?", "?"]
