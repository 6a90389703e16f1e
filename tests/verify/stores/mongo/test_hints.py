"""A run that rests on the one before compares only what a change stream names, misses no write, and says what it did
not read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import pytest
from bson import ObjectId, Timestamp

from bench.verify.mongod import MongoServer, mongo_server
from bench.verify.servers import Unavailable
from shadow.config.model import Ledger, TablePair, Verify
from shadow.ledger.parts import VerifyParts
from shadow.records import CheckStatus, DataCheck
from tests.verify.scale.in_process import InProcess
from verify.running.job import run_verification
from verify.running.resuming import Checkpoints
from verify.stores.mongo import changes as changes_module
from verify.stores.mongo import hints
from verify.stores.mongo.changes import Changes, Moment
from verify.stores.mongo.hints import Kept

DOCUMENTS = 3_000


def key(n: int) -> ObjectId:
    return ObjectId(f"{n:024x}")


class Night:
    """Two databases, and what is kept of them from night to night."""

    def __init__(self, server: MongoServer, folder: Path) -> None:
        self.server = server
        self.names = server.new_database(), server.new_database()
        self.ledger = folder / "ledger.db"
        self.wanted: dict[str, Any] = {"changed_column": "change_stream"}
        for name in self.names:
            server.client[name].t.insert_many([{"_id": key(n), "v": f"v{n}"} for n in range(DOCUMENTS)])

    def side(self, at: int) -> Any:
        return self.server.client[self.names[at]].t

    def sent(self) -> int:
        """Return how many documents the server ever sent."""
        return int(self.server.client.admin.command("serverStatus")["metrics"]["document"]["returned"])

    def run(self, executor: Any = None, **settings: Any) -> DataCheck:
        with VerifyParts.open(self.ledger, Ledger()) as parts:
            checkpoints = Checkpoints(parts)
            checkpoints.over()
            old, new = (self.server.url(name) for name in self.names)
            checks = run_verification(
                Verify(old=old, new=new, settle_s=0, tables=(TablePair(old="t", **self.wanted),), **settings),
                checkpoints=checkpoints, executor=nullcontext(executor),
            )  # fmt: skip
        return next(check for check in checks if check.check == "rows")

    def kept(self) -> Kept:
        with VerifyParts.open(self.ledger, Ledger()) as parts:
            return msgspec.msgpack.decode(parts.hints("t") or b"", type=Kept)

    def keep(self, kept: Kept) -> None:
        with VerifyParts.open(self.ledger, Ledger()) as parts:
            parts.put_hints("t", msgspec.msgpack.encode(kept))


@pytest.fixture
def night(mongo: MongoServer, tmp_path: Path) -> Night:
    return Night(mongo, tmp_path)


def unread(check: DataCheck) -> int:
    if " documents not read: equal as of clusterTime " not in check.reason:
        assert "; all documents read: " in check.reason, check.reason
        return 0
    assert "; all were read on " in check.reason
    return int(check.reason.partition(" documents not read")[0].rpartition("; ")[2].replace(",", ""))


def found(check: DataCheck) -> list[str]:
    short = {id(one): one.key.removeprefix("_id=").lstrip("0") for one in check.findings}
    return sorted(f"{one.kind} {short[id(one)]} {one.column}".strip() for one in check.findings)


def test_what_was_not_written_is_not_read_and_the_result_says_so(night: Night) -> None:
    first = night.run()
    assert (first.status, unread(first)) == (CheckStatus.passed, 0)
    assert "all documents read: nothing is kept of an earlier run" in first.reason
    before = night.sent()
    second = night.run()
    assert night.sent() - before < DOCUMENTS // 2, "the server says so too"
    assert (second.status, unread(second)) == (CheckStatus.passed, DOCUMENTS)
    assert second.reason.startswith(f"0 of {DOCUMENTS:,} rows, 2 columns compared")
    assert (second.rows_old, second.rows_new) == (DOCUMENTS, DOCUMENTS)
    for at in (0, 1):
        night.side(at).update_many({"_id": {"$in": [key(5), key(2500)]}}, {"$set": {"v": "changed alike"}})
    third = night.run()
    assert (third.status, unread(third)) == (CheckStatus.passed, DOCUMENTS - 2)


def transaction(side: Any) -> None:
    with side.database.client.start_session() as session, session.start_transaction():
        side.update_one({"_id": key(70)}, {"$set": {"v": "x"}}, session=session)
        side.delete_one({"_id": key(71)}, session=session)


def another_in_its_place(side: Any) -> None:
    side.delete_one({"_id": key(70)})
    side.insert_one({"_id": key(70), "v": "x"})


CHANGES: dict[str, tuple[Callable[[Any], object], list[str]]] = {
    "an update": (lambda side: side.update_one({"_id": key(70)}, {"$set": {"v": "x"}}), ["value 46 v"]),
    "a field less": (lambda side: side.update_one({"_id": key(70)}, {"$unset": {"v": ""}}), ["value 46 v"]),
    "a replacement": (lambda side: side.replace_one({"_id": key(70)}, {"v": "x"}), ["value 46 v"]),
    "the first and the last lost": (
        lambda side: side.delete_many({"_id": {"$in": [key(0), key(DOCUMENTS - 1)]}}),
        ["missing_row", f"missing_row {DOCUMENTS - 1:x}"],
    ),
    "a document more": (lambda side: side.insert_one({"_id": key(2**40), "v": "y"}), ["extra_row 10000000000"]),
    "an upsert": (
        lambda side: side.update_one({"_id": key(2**40)}, {"$set": {"v": "y"}}, upsert=True), ["extra_row 10000000000"],
    ),
    "a transaction": (transaction, ["missing_row 47", "value 46 v"]),
    "deleted and made again": (another_in_its_place, ["value 46 v"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "side"), [*((change, 1) for change in CHANGES), ("an update", 0), ("a transaction", 0)]
)
def test_every_write_is_found_without_reading_the_rest(night: Night, change: str, side: int) -> None:
    write, expected = CHANGES[change]
    night.run()
    write(night.side(side))
    if side == 0:
        expected = [one.replace("missing", "extra") for one in expected]
    second = night.run()
    assert (second.status, found(second)) == (CheckStatus.fail, sorted(expected))
    assert unread(second) >= DOCUMENTS - 2
    assert (second.rows_old, second.rows_new) == tuple(night.side(at).count_documents({}) for at in (0, 1))


def test_what_differed_is_read_until_it_is_mended(night: Night) -> None:
    night.side(1).update_one({"_id": key(9)}, {"$set": {"v": "x"}})
    night.side(1).delete_one({"_id": key(10)})
    first, second, third = night.run(), night.run(), night.run()
    assert found(first) == found(second) == found(third) == ["missing_row a", "value 9 v"]
    assert (unread(first), unread(second), unread(third)) == (0, DOCUMENTS - 2, DOCUMENTS - 2)
    night.side(1).insert_one({"_id": key(10), "v": "v10"})
    night.side(0).update_one({"_id": key(9)}, {"$set": {"v": "x"}})
    assert night.run().status is CheckStatus.passed
    assert unread(night.run()) == DOCUMENTS


def test_what_is_written_after_the_snapshot_is_the_next_runs(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    night.run()
    asked = changes_module.changes

    async def late(mongo: Any, collection: str, since: Moment, until: Moment) -> Changes:
        night.side(1).update_one({"_id": key(70)}, {"$set": {"v": "x"}})
        return await asked(mongo, collection, since, until)

    with monkeypatch.context() as patched:
        patched.setattr(hints, "changes", late)
        second = night.run()
    assert (second.status, unread(second)) == (CheckStatus.passed, DOCUMENTS)
    assert found(night.run()) == ["value 46 v"]


def test_what_others_compared_is_kept_too(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.scale.spread.TASK_ROWS", 500)
    night.side(1).update_one({"_id": key(9)}, {"$set": {"v": "x"}})

    class Two(InProcess):
        workers = 2
        is_remote = True

    first = night.run(Two())
    assert " ranges by this process, " in first.reason and found(first) == ["value 9 v"]
    second = night.run(Two())
    assert (found(second), unread(second)) == (["value 9 v"], DOCUMENTS - 1)


def test_a_night_in_ranges_is_kept_whole(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.scale.resumable._LEAST_ROWS", 500)
    night.side(1).update_one({"_id": key(9)}, {"$set": {"v": "x"}})
    first = night.run()
    with VerifyParts.open(night.ledger, Ledger()) as parts:
        assert len(parts.of("t")) == 7, "a plan and six ranges"
    night.side(1).update_one({"_id": key(2_999)}, {"$set": {"v": "x"}})
    second = night.run()
    assert (found(first), found(second)) == (["value 9 v"], ["value 9 v", "value bb7 v"])
    assert (unread(first), unread(second)) == (0, DOCUMENTS - 2)


def dropped(night: Night) -> None:
    night.side(1).drop()
    night.side(1).insert_many(list(night.side(0).find()))


def renamed(night: Night) -> None:
    night.side(0).aggregate([{"$out": "other"}])
    night.server.client[night.names[0]].other.rename("t", dropTarget=True)


def capped(night: Night) -> None:
    night.server.client[night.names[0]].command("convertToCapped", "t", size=2**22)


def younger(night: Night) -> None:
    kept = night.kept()
    sides = tuple(msgspec.structs.replace(one, at=(4_000_000_000, 1)) for one in kept.sides)
    night.keep(msgspec.structs.replace(kept, sides=sides))


def miscounted(night: Night) -> None:
    """As if a write had been lost on the way."""
    kept = night.kept()
    sides = kept.sides[0], msgspec.structs.replace(kept.sides[1], rows=DOCUMENTS - 1)
    night.keep(msgspec.structs.replace(kept, sides=sides))


def of_another_engine(night: Night) -> None:
    with VerifyParts.open(night.ledger, Ledger()) as parts:
        parts.put_hints("t", msgspec.msgpack.encode({"compared": b"", "states": []}))


def filtered(night: Night) -> None:
    night.wanted["where"] = '{"v": {"$ne": "none"}}'


WHY: dict[str, tuple[Callable[[Night], object], str]] = {
    "dropped and filled again": (dropped, "a collection or its server is another one"),
    "renamed": (renamed, "a collection or its server is another one"),
    "capped": (capped, "t is no ordinary collection"),
    "an older server": (younger, "a collection or its server is another one"),
    "another number": (miscounted, "t has another number of documents than the changes lead to"),
    "of another engine": (of_another_engine, "nothing is kept of an earlier run"),
    "where": (filtered, "with `where` a document may come and go"),
    "other columns": (lambda night: night.wanted.update(ignore=("v",)), "the last run compared something else"),
    "a new field": (
        lambda night: [night.side(at).update_one({"_id": key(1)}, {"$set": {"w": 1}}) for at in (0, 1)],
        "the last run compared something else",
    ),
    "the day has come": (lambda night: night.wanted.update(full_every_days=1e-9), "the last time was "),
}  # fmt: skip


@pytest.mark.parametrize("case", WHY)
def test_where_the_hint_is_not_sure_all_is_read_and_the_result_says_why(night: Night, case: str) -> None:
    change, why = WHY[case]
    night.run()
    change(night)
    second = night.run()
    assert unread(second) == 0 and f"; all documents read: {why}" in second.reason, second.reason
    assert (second.rows_old, second.rows_new) == (DOCUMENTS, DOCUMENTS)


def test_an_oplog_that_is_too_short_is_noticed(tmp_path: Path) -> None:
    try:
        with mongo_server(oplog_mb=1) as server:
            night = Night(server, tmp_path)
            night.run()
            (seen, _), oplog = night.kept().sides, server.client.local["oplog.rs"]
            until = monotonic() + 60
            while oplog.find_one(sort=[("$natural", 1)])["ts"] <= Timestamp(*seen.at):  # type: ignore[index]
                server.client.other.t.insert_many([{"v": "x" * 1_000} for _ in range(1_000)])
                assert monotonic() < until
            second = night.run()
    except Unavailable as error:
        pytest.skip(str(error))
    assert second.status is CheckStatus.passed and unread(second) == 0
    assert "the oplog does not reach back to the last run" in second.reason


def test_too_many_changes_are_one_scan(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    night.run()
    night.side(1).update_many({}, {"$set": {"v": "x"}})
    monkeypatch.setattr(changes_module, "MOST_CHANGES", 100)
    monkeypatch.setattr(hints, "MOST_DIFFERING", 100)
    second = night.run()
    assert unread(second) == 0 and "more than 100 documents changed" in second.reason
    assert (second.status, second.total) == (CheckStatus.fail, DOCUMENTS)
    night.wanted["full_every_days"] = 1e-9
    assert unread(night.run()) == 0


def test_resume_tokens_of_another_make_are_not_believed(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    night.run()
    monkeypatch.setattr(changes_module, "_TIME", "83")
    second = night.run()
    assert unread(second) == 0 and "resume tokens are of another make" in second.reason


def test_texts_as_keys_are_never_written_down(mongo: MongoServer, tmp_path: Path) -> None:
    night = Night(mongo, tmp_path)
    for at in (0, 1):
        night.side(at).insert_one({"_id": "zoe@example.org", "v": at})
    first, second = night.run(), night.run()
    assert first.total == second.total == 1 and unread(second) == 0
    assert "nothing is kept of an earlier run" in second.reason
    assert b"zoe@" not in night.ledger.read_bytes()
    night.side(0).update_one({"_id": "zoe@example.org"}, {"$set": {"v": 1}})
    assert night.run().status is CheckStatus.passed
    assert unread(night.run()) == DOCUMENTS + 1
