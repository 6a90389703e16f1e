"""Comparisons in bulk, spread: the answer is that of one process."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from bson import Int64, ObjectId

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import Ledger, TablePair, Verify
from shadow.errors import EnvironmentFailure
from shadow.ledger.parts import VerifyParts
from shadow.records import CheckStatus, DataCheck
from tests.verify.scale.in_process import InProcess
from verify.running.job import run_verification
from verify.running.resuming import Checkpoints
from verify.scale.task import MAX_DIFFERENCES, AnyTask, Outcome, PairTask

ROWS = 6_000


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.scale.spread.TASK_ROWS", 1_000)


class Here(InProcess):
    """Two tasks at a time or another number, whatever the size of the table, as a cluster would do them."""

    is_remote = True
    words = "a test"

    def __init__(self, workers: int = 2) -> None:
        self.workers = workers
        self.tasks: list[AnyTask] = []
        self.outcomes: list[Outcome] = []
        self.under_way = self.most = 0

    async def run(self, task: AnyTask) -> Outcome:
        self.tasks.append(task)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            outcome = await self.done(task)
        finally:
            self.under_way -= 1
        self.outcomes.append(outcome)
        return outcome

    async def done(self, task: AnyTask) -> Outcome:
        return await super().run(task)


class FirstIsLast(Here):
    """The first range takes until the two after it have been read."""

    def __init__(self) -> None:
        super().__init__()
        self.after = asyncio.Semaphore(0)

    async def done(self, task: AnyTask) -> Outcome:
        if task is self.tasks[0]:
            async with asyncio.timeout(30):
                for _ in range(2):
                    await self.after.acquire()
            return await super().done(task)
        outcome = await super().done(task)
        self.after.release()
        return outcome


def compared(old: str, new: str, executor: Any, table: TablePair | None = None, parallel: int = 0) -> DataCheck:
    settings = Verify(old=old, new=new, parallel=parallel, settle_s=0, tables=(table or TablePair(old="t"),))

    return next(one for one in run_verification(settings, executor=nullcontext(executor)) if one.check == "rows")


def result(check: DataCheck) -> tuple[Any, ...]:
    found = sorted((one.kind, one.key, one.column, one.old, one.new, one.note) for one in check.findings)
    return check.status, check.rows_old, check.rows_new, check.total, found


@pytest.fixture
def mongo_pair(mongo: MongoServer) -> tuple[str, str]:
    """Two equal collections with ObjectIds."""
    names = mongo.new_database(), mongo.new_database()
    documents = [{"_id": ObjectId(f"{n:024x}"), "name": f"name {n}", "n": n} for n in range(ROWS)]
    for name in names:
        mongo.client[name]["t"].insert_many(documents)
    return names


def test_raw_documents_are_compared_range_by_range(mongo: MongoServer, mongo_pair: tuple[str, str]) -> None:
    new = mongo.client[mongo_pair[1]]["t"]
    for n in (0, 3000, ROWS - 1):
        new.update_one({"n": n}, {"$set": {"name": "x"}})
    new.delete_one({"n": 4000})
    new.insert_one({"_id": ObjectId("f" * 24), "name": "more", "n": -1})
    new.update_one({"n": 17}, {"$set": {"n": Int64(17)}})
    urls = mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1])
    alone, here = compared(*urls, None), Here()
    spread = compared(*urls, here)
    assert result(spread) == result(alone)
    assert alone.total == 5 and "1 document of other bytes" in alone.reason
    assert "1 row alike though written differently" in spread.reason
    assert len(here.tasks) > 4 and all(isinstance(one, PairTask) for one in here.tasks)
    assert f"{len(here.tasks)} ranges by a test, one cluster time" in spread.reason
    assert sum(one.rows[0] for one in here.outcomes) == ROWS


def test_a_range_with_many_differences_is_compared_here(mongo: MongoServer, mongo_pair: tuple[str, str]) -> None:
    mongo.client[mongo_pair[1]]["t"].update_many({"n": {"$gte": ROWS // 2}}, {"$set": {"name": "x"}})
    here = Here()
    spread = compared(mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1]), here)
    assert (spread.status, spread.total) == (CheckStatus.fail, ROWS // 2)
    assert (spread.rows_old, spread.rows_new) == (ROWS, ROWS)
    assert all(len(one.differences) <= MAX_DIFFERENCES for one in here.outcomes)


def test_everything_differs(mongo: MongoServer, mongo_pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.scale.task.MAX_DIFFERENCES", 10)
    mongo.client[mongo_pair[1]]["t"].update_many({}, {"$set": {"name": "x"}})
    here = Here()
    spread = compared(mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1]), here)
    assert all(one.too_many for one in here.outcomes)
    assert (spread.total, spread.rows_old, spread.rows_new) == (ROWS, ROWS, ROWS)


def test_keys_of_another_type_are_in_no_range_and_not_lost(mongo: MongoServer, mongo_pair: tuple[str, str]) -> None:
    mongo.client[mongo_pair[1]]["t"].insert_one({"_id": "a text", "name": "more", "n": -1})
    spread = compared(mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1]), Here())
    assert (spread.status, spread.total, spread.rows_new) == (CheckStatus.fail, 1, ROWS + 1)
    assert [one.kind for one in spread.findings] == ["extra_row"]


def test_unless_told_otherwise_each_worker_has_a_range(mongo: MongoServer, mongo_pair: tuple[str, str]) -> None:
    here = Here(workers=3)
    answer = compared(mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1]), here)
    assert answer.status is CheckStatus.passed and here.most == 3


def test_processes_of_this_machine_are_asked_for(mongo: MongoServer, mongo_pair: tuple[str, str]) -> None:
    urls, here = (mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1])), Here()
    here.is_remote = False
    assert compared(*urls, here).status is CheckStatus.passed and here.tasks == []
    assert compared(*urls, here, parallel=2).status is CheckStatus.passed and here.most == 2


def test_a_server_has_a_cap(mongo: MongoServer, mongo_pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.scale.spread.PER_SERVER", 2)
    urls = mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1])
    here, asked = Here(workers=4), Here(workers=4)
    assert compared(*urls, here).status is compared(*urls, asked, parallel=3).status is CheckStatus.passed
    assert (here.most, asked.most) == (2, 3), "the configuration may allow more"


def test_a_range_that_takes_long_keeps_nobody_idle(mongo: MongoServer, mongo_pair: tuple[str, str]) -> None:
    mongo.client[mongo_pair[1]]["t"].update_many({"n": {"$in": [3, 2500, 5500]}}, {"$set": {"name": "x"}})
    urls = mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1])
    assert result(compared(*urls, FirstIsLast())) == result(compared(*urls, None))


def test_one_range_at_a_time_is_not_worth_it(mongo: MongoServer, mongo_pair: tuple[str, str]) -> None:
    here = Here()
    answer = compared(mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1]), here, parallel=1)
    assert answer.status is CheckStatus.passed and here.tasks == []


@pytest.mark.parametrize("turned", [False, True])
def test_columns_are_compared_range_by_range(mongo: MongoServer, postgres: PostgresServer, turned: bool) -> None:
    names = postgres.new_database(), mongo.new_database()
    postgres.execute(
        names[0],
        "CREATE TABLE t (id bigint PRIMARY KEY, name text);"
        f" INSERT INTO t SELECT n, 'name ' || n FROM generate_series(1, {ROWS}) n",
    )
    documents = mongo.client[names[1]]["t"]
    documents.insert_many([{"_id": Int64(n), "id": Int64(n), "name": f"name {n}"} for n in range(1, ROWS + 1)])
    documents.create_index("id")
    documents.update_many({"id": {"$in": [1, 2500, ROWS]}}, {"$set": {"name": "x"}})
    documents.delete_one({"id": 100})
    urls = [postgres.url(names[0]), mongo.url(names[1])]
    urls = urls[::-1] if turned else urls
    table = TablePair(old="t", key=("id",), ignore=("_id",))
    alone, here = compared(urls[0], urls[1], None, table), Here()
    spread = compared(urls[0], urls[1], here, table)
    assert "column by column" in alone.reason
    assert result(spread) == result(alone) and alone.total == 4
    assert f"{len(here.tasks)} ranges by a test, " in spread.reason and len(here.tasks) > 4


class EndsAfter(Here):
    """Somebody kills the run when some ranges are done."""

    def __init__(self, tasks: int) -> None:
        super().__init__(workers=2)
        self._left = tasks

    async def done(self, task: AnyTask) -> Outcome:
        self._left -= 1
        if self._left < 0:
            raise EnvironmentFailure("The run was killed.", "Start it again.")
        return await super().done(task)


def test_ranges_that_were_finished_are_not_handed_out_again(
    mongo: MongoServer, mongo_pair: tuple[str, str], tmp_path: Path
) -> None:
    new = mongo.client[mongo_pair[1]]["t"]
    for n in (0, 5000):
        new.update_one({"n": n}, {"$set": {"name": "x"}})
    urls = mongo.url(mongo_pair[0]), mongo.url(mongo_pair[1])
    settings = Verify(old=urls[0], new=urls[1], settle_s=0, tables=(TablePair(old="t"),))

    def run(executor: Here) -> DataCheck:
        checks = run_verification(settings, executor=nullcontext(executor), checkpoints=Checkpoints(parts))
        return next(one for one in checks if one.check == "rows")

    with VerifyParts.open(tmp_path / "ledger.db", Ledger()) as parts:
        first = EndsAfter(3)
        assert run(first).status is CheckStatus.error
        done = len(parts.of("t")) - 1
        rest = Here()
        resumed = run(rest)
    assert 1 <= done <= 3
    assert result(resumed) == result(compared(*urls, None))
    assert (resumed.total, resumed.rows_old) == (2, ROWS)
    assert len(rest.tasks) + done > 4
    assert sum(one.rows[0] for one in rest.outcomes) < ROWS - done * 500, "the finished ranges were read again"
    assert f"{done} of {len(rest.tasks) + done} ranges by the run that was killed" in resumed.reason
