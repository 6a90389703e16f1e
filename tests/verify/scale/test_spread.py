"""Whoever digests the ranges, the digests are those of one scan."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest

from shadow.config.verification import Pause, Verify
from shadow.errors import StoreError
from shadow.records import CheckStatus, DataCheck
from tests.verify.scale.in_process import InProcess
from verify.classes import TypeClass
from verify.load.brake import Brake, Load
from verify.rows.digest import RowHasher
from verify.rows.rowdiff import Side
from verify.running.job import run_verification
from verify.scale import executor_of
from verify.scale.pool import ProcessPool
from verify.scale.spread import Spread, Spreading
from verify.scale.task import Outcome, RangeTask, run_task
from verify.store import Buckets, KeyOrderLost, Reading, Selection
from verify.stores import open_store

ROWS = 45_000
SELECTION = Selection(
    table="t", key_width=1, readings=(Reading(column="id", kind=TypeClass.integer), Reading(column="v"))
)
SALT = bytes(16)


class Here:
    """Does tasks as a worker does them, in a thread, and remembers them."""

    pays_from = 0
    words = "a test"
    is_remote = False

    def __init__(self, workers: int = 2, before: Callable[[], None] = lambda: None) -> None:
        self.workers = workers
        self.tasks: list[RangeTask] = []
        self._before = before
        self.running = {"old": 0, "new": 0}
        self.most = {"old": 0, "new": 0}

    async def run(self, task: RangeTask) -> Outcome:
        self._before()
        self.tasks.append(task)
        side = task.source.side
        self.running[side] += 1
        self.most[side] = max(self.most[side], self.running[side])
        try:
            return await asyncio.to_thread(run_task, task)
        finally:
            self.running[side] -= 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("old", "new"):
        with sqlite3.connect(tmp_path / f"{name}.db") as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("CREATE TABLE t (id INT, v TEXT)")
            db.executemany("INSERT INTO t VALUES (?, ?)", ((n, f"v{n}") for n in range(ROWS)))
            db.execute("CREATE UNIQUE INDEX by_id ON t (id)")
        db.close()
    return tmp_path


def change(folder: Path, side: str, sql: str) -> None:
    with sqlite3.connect(folder / f"{side}.db") as db:
        db.execute(sql)
    db.close()


def digests(folder: Path, executor: Any, buckets: Buckets | None = None, max_ranges: int = 1000) -> Spreading:
    urls = f"sqlite:///{folder}/old.db", f"sqlite:///{folder}/new.db"

    async def spread() -> Spreading:
        async with AsyncExitStack() as stack:
            sides = []
            for url in urls:
                store = open_store(url)
                stack.push_async_callback(store.close)
                snapshot = await stack.enter_async_context(store.snapshot())
                hasher = RowHasher(SELECTION, SALT)
                sides.append(Side(snapshot=snapshot, selection=SELECTION, hasher=hasher, scanned=lambda _n: None))
            found = buckets
            if found is None:
                bounds = await sides[0].snapshot.boundaries(SELECTION, 100)
                assert bounds is not None
                found = Buckets(bounds=bounds)
            return await Spread(executor, urls).digests(*sides, found, SALT, max_ranges)

    return asyncio.run(spread())


def test_ranges_give_the_digests_of_one_scan(folder: Path) -> None:
    change(folder, "new", "UPDATE t SET v = 'x' WHERE id IN (0, 22222, 44999)")
    whole, here = digests(folder, None), Here()
    spread = digests(folder, here)
    assert (spread.old, spread.new) == (whole.old, whole.new)
    assert sum(one != other for one, other in zip(spread.old, spread.new, strict=True)) == 3
    assert len(here.tasks) == 4 and whole.words == ""
    assert spread.words == "4 ranges by a test, the files did not change meanwhile"
    assert digests(folder, InProcess())[:2] == whole[:2]


def test_hashed_buckets_are_one_task_a_side(folder: Path) -> None:
    here, buckets = Here(), Buckets(hashed=64)
    assert digests(folder, here, buckets)[:2] == digests(folder, None, buckets)[:2]
    assert len(here.tasks) == 2


def test_no_more_ranges_than_are_worth_a_query(folder: Path) -> None:
    here = Here()
    assert digests(folder, here, max_ranges=1)[:2] == digests(folder, None)[:2]
    assert len(here.tasks) == 2


@pytest.mark.parametrize("value", ["NULL", "'text'"])
def test_a_key_outside_of_all_ranges_is_noticed(folder: Path, value: str) -> None:
    change(folder, "new", f"INSERT INTO t VALUES ({value}, 'v')")
    with pytest.raises(KeyOrderLost):
        digests(folder, Here())


def rows_of(checks: tuple[DataCheck, ...]) -> DataCheck:
    return next(one for one in checks if one.check == "rows")


def verified(folder: Path, executor: Any, old: str = "sqlite:///{}/old.db") -> DataCheck:
    settings = Verify(old=old.format(folder), new=f"sqlite:///{folder}/new.db", tables=())
    return rows_of(run_verification(settings, executor=nullcontext(executor)))


def test_a_run_falls_back_to_hashes_where_a_key_is_in_no_range(folder: Path) -> None:
    change(folder, "new", "INSERT INTO t VALUES (NULL, 'v')")
    answer = verified(folder, Here())
    # Without a declared key the rows are a multiset; that is one task a side.
    assert (answer.status, answer.total) == (CheckStatus.fail, 1)
    assert "2 ranges by a test" in answer.reason


def test_a_database_that_is_written_to_meanwhile_is_read_again_in_one_transaction(folder: Path) -> None:
    written = False

    def write() -> None:
        nonlocal written
        if not written:
            written = True
            change(folder, "new", "UPDATE t SET v = 'later' WHERE id = 7")

    answer = verified(folder, Here(before=write))
    assert (answer.status, answer.total) == (CheckStatus.passed, 0), "the snapshot is older than the write"
    assert "was written to while it was read by several processes: read again in one transaction" in answer.reason


def test_files_that_are_written_to_meanwhile_are_an_error(folder: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    (folder / "export").mkdir()
    file = folder / "export" / "t.parquet"
    rows = f"COPY (SELECT range::BIGINT AS id, 'v' || range AS v FROM range({ROWS})) TO '{file}' (FORMAT parquet)"
    duckdb.sql(rows)
    same = verified(folder, Here(), "parquet:{}/export")
    assert same.status is CheckStatus.passed and "ranges by a test" in same.reason
    answer = verified(folder, Here(before=file.touch), "parquet:{}/export")
    assert answer.status is CheckStatus.error
    assert "was written to while it was read by several processes" in answer.reason


def test_a_server_is_asked_for_no_more_ranges_than_allowed(folder: Path, postgres: Any) -> None:
    name = postgres.new_database()
    postgres.execute(
        name,
        "CREATE TABLE t (id int PRIMARY KEY, v text);"
        f" INSERT INTO t SELECT n, 'v' || n FROM generate_series(0, {ROWS - 1}) n",
    )
    here = Here(workers=4)
    settings = Verify(old=postgres.url(name), new=f"sqlite:///{folder}/new.db", parallel=1)
    answer = rows_of(run_verification(settings, executor=nullcontext(here)))
    assert answer.status is CheckStatus.passed
    assert here.most["old"] == 1 < here.most["new"]


def test_ranges_wait_while_a_server_is_busy(folder: Path) -> None:
    waited: list[float] = []

    class Busy:
        label = "db"

        async def load(self) -> Load:
            return Load(active_sessions=0 if waited else 5)

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    here = Here()
    brake = Brake(Pause(active_sessions=1), (Busy(),), sleep=sleep)
    urls = f"sqlite:///{folder}/old.db", f"sqlite:///{folder}/new.db"

    async def run() -> None:
        store = open_store(urls[0])
        async with store.snapshot() as snapshot:
            side = Side(
                snapshot=snapshot, selection=SELECTION, hasher=RowHasher(SELECTION, SALT), scanned=lambda _n: None
            )
            spread = Spread(here, (urls[0], urls[0]), 1, brake)
            await spread.digests(side, side, Buckets(hashed=4), SALT, 1)
        await store.close()

    asyncio.run(run())
    assert waited and len(here.tasks) == 2


def test_what_a_worker_meets_is_raised_here(folder: Path) -> None:
    class Failing(Here):
        async def run(self, task: RangeTask) -> Outcome:
            return Outcome(failed="store", message="The disk is gone.", remedy="Find it.")

    with pytest.raises(StoreError, match=r"The disk is gone\. Find it\."):
        digests(folder, Failing())


def test_relative_paths_and_one_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    here = Here()
    assert verified(Path(), here).status is CheckStatus.passed
    assert {task.source.url for task in here.tasks} == {f"sqlite:///{folder}/{side}.db" for side in ("old", "new")}


def test_who_reads_is_chosen_by_the_settings() -> None:
    assert isinstance(executor_of(Verify(old="a", new="b", processes=3)), ProcessPool)
    alone = executor_of(Verify(old="a", new="b", processes=1))
    assert asyncio.run(alone.__aenter__()) is None
