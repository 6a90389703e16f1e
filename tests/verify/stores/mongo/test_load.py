"""What a real MongoDB says of its load."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient, errors

from bench.verify.mongod import MongoServer
from shadow.config.verification import Pause, Verify
from tests.verify.stores.load_help import load_told
from verify.load.brake import Load
from verify.progress import Step
from verify.running.job import run_verification
from verify.stores.mongo.load import load_of


def load(url: str) -> Load:
    return asyncio.run(load_told(url))


def at_work(url: str, app: str) -> tuple[threading.Thread, MongoClient[dict[str, Any]]]:
    """Begin an operation that takes until its client is closed or a minute is over."""
    client: MongoClient[dict[str, Any]] = MongoClient(url, appname=app)
    client.get_database("busy")["one"].replace_one({"_id": 1}, {}, upsert=True)

    def sleep() -> None:
        try:
            list(client.get_database("busy")["one"].find({"$where": f"sleep(60000) || /*{app}*/ true"}))
        except errors.PyMongoError:
            pass  # killed by the test

    thread = threading.Thread(target=sleep)
    thread.start()
    return thread, client


def stop(server: MongoServer) -> None:
    for one in server.client.admin.aggregate([{"$currentOp": {}}, {"$match": {"ns": "busy.one", "active": True}}]):
        server.client.admin.command("killOp", op=one["opid"])


def test_operations_at_work_are_counted_and_ours_are_not(mongo: MongoServer) -> None:
    url = mongo.url("busy")
    before = load(url)
    assert before.latency_ms is not None and before.latency_ms > 0
    assert (before.active_sessions, before.unseen) == (0, ())
    threads = [at_work(url, "an application"), at_work(url, "shadow verify")]
    try:
        for _ in range(200):
            if load(url).active_sessions == 1:
                break
        assert load(url).active_sessions == 1
    finally:
        while any(thread.is_alive() for thread, _ in threads):
            stop(mongo)
            threads[0][0].join(0.1)
        for thread, client in threads:
            thread.join()
            client.close()
    assert load(url).active_sessions == 0


def test_a_run_pauses_and_says_so(mongo: MongoServer) -> None:
    names = mongo.new_database(), mongo.new_database()
    for name in names:
        mongo.client[name]["t"].insert_many([{"_id": n} for n in range(10)])
    threads = [at_work(mongo.url("busy"), f"application {n}") for n in range(2)]
    while load(mongo.url("busy")).active_sessions != 2:
        pass
    told: list[str] = []

    def progress(step: Step) -> None:
        if step.what == "paused":
            told.append(step.why)
            stop(mongo)

    settings = Verify(old=mongo.url(names[0]), new=mongo.url(names[1]), pause=Pause(active_sessions=1))
    (rows,) = [one for one in run_verification(settings, progress=progress) if one.check == "rows"]
    assert rows.status == "pass"
    assert "; paused " in rows.reason and "s: active sessions of mongodb://127.0.0.1" in rows.reason
    assert "has 2 active sessions" in told[0] and told[-1] == ""
    for thread, client in threads:
        thread.join()
        client.close()


class Refused:
    """A server that refuses what takes a right. (MongoDB without authentication refuses nothing.)"""

    def __init__(self, status: Mapping[str, Any] | int) -> None:
        self.status = status

    async def __call__(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        if "aggregate" in command:
            raise errors.OperationFailure("not authorized", 13)
        if "replSetGetStatus" in command:
            if isinstance(self.status, int):
                raise errors.OperationFailure("no", self.status)
            return self.status
        at = datetime(2026, 1, 31)
        return {"ok": 1, "lastWrite": {"lastWriteDate": at, "majorityWriteDate": at - timedelta(seconds=7)}}


NOW = datetime(2026, 1, 31)


@pytest.mark.parametrize(
    ("status", "lag", "unseen"),
    [
        (13, 7.0, 2),
        (76, None, 1),  # not running with --replSet
        ({"members": [{"stateStr": "PRIMARY", "optimeDate": NOW}]}, None, 1),
        (
            {"members": [
                {"stateStr": "PRIMARY", "optimeDate": NOW},
                {"stateStr": "SECONDARY", "optimeDate": NOW - timedelta(seconds=3)},
                {"stateStr": "SECONDARY", "optimeDate": NOW - timedelta(seconds=30)},
                {"stateStr": "DOWN", "optimeDate": datetime(1970, 1, 1)},
            ]}, 30.0, 1,
        ),
    ],
)  # fmt: skip
def test_a_right_that_is_lacking_is_told_and_not_fatal(
    status: Mapping[str, Any] | int, lag: float | None, unseen: int
) -> None:
    found = asyncio.run(load_of(Refused(status)))
    assert (found.active_sessions, found.replication_lag_s, len(found.unseen)) == (None, lag, unseen)


def test_another_failure_is_one() -> None:
    class Broken(Refused):
        async def __call__(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
            if "aggregate" in command:
                raise errors.OperationFailure("boom", 8)
            return await super().__call__(command)

    with pytest.raises(errors.OperationFailure):
        asyncio.run(load_of(Broken(13)))
