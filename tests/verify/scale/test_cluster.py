"""Ranges on a Dask cluster: the same answer as in one process, whatever becomes of a worker."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any, Self

import distributed
import pytest

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer, free_port
from shadow.config.model import Verify
from shadow.errors import ConfigError, EnvironmentFailure
from shadow.records import CheckStatus, DataCheck
from tests.verify.scale.conftest import WORKERS, Cluster
from verify.progress import Step
from verify.running.job import run_verification
from verify.scale import executor_of
from verify.scale.cluster import DaskCluster

ROWS = 120_000


@pytest.fixture(scope="module")
def stores(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A table in PostgreSQL and what became of it in SQLite: three rows differ, one is missing, one too many."""
    name = postgres.new_database()
    postgres.execute(
        name,
        "CREATE TABLE t (id bigint PRIMARY KEY, name text, n int); INSERT INTO t"
        f" SELECT i, 'name ' || i, i % 100 FROM generate_series(1, {ROWS}) i; ANALYZE t",
    )
    path = tmp_path_factory.mktemp("scale") / "new.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n INT)")
        db.executemany("INSERT INTO t VALUES (?, ?, ?)", ((i, f"name {i}", i % 100) for i in range(1, ROWS + 1)))
        db.execute(f"UPDATE t SET name = 'x' WHERE id IN (1, 70000, {ROWS})")
        db.execute("DELETE FROM t WHERE id = 100000")
        db.execute("INSERT INTO t VALUES (-5, 'more', 0)")
    db.close()
    return postgres.url(name), f"sqlite:///{path}"


def rows_of(checks: tuple[DataCheck, ...]) -> DataCheck:
    return next(check for check in checks if check.check == "rows")


def result(check: DataCheck) -> tuple[Any, ...]:
    found = sorted((one.kind, one.key, one.column, one.old, one.new) for one in check.findings)
    return check.status, check.rows_old, check.rows_new, check.total, found


def settings(stores: tuple[str, str], **more: Any) -> Verify:
    return Verify(old=stores[0], new=stores[1], settle_s=0, **more)


def history(cluster: Cluster) -> list[tuple[str, str, str]]:
    """Return what became of every task: key, state before, state after."""

    def read(dask_scheduler: Any) -> list[tuple[str, str, str]]:
        return [(str(one[0]), one[1], one[2]) for one in dask_scheduler.transition_log]

    with distributed.Client(cluster.address, set_as_default=False) as client:
        found: list[tuple[str, str, str]] = client.run_on_scheduler(read)
        return found


def test_a_worker_that_is_killed_in_the_middle_costs_only_what_it_was_doing(
    cluster: Cluster, stores: tuple[str, str]
) -> None:
    alone = rows_of(run_verification(settings(stores)))
    assert alone.total == 5 and alone.status is CheckStatus.fail
    done = 0
    killed: list[int] = []

    class Killing(DaskCluster):
        """Kills a worker that has a range in its hands, once others have finished some."""

        async def __aenter__(self) -> Self:
            await super().__aenter__()
            self.pids = await self._client.run(os.getpid)
            return self

        async def run(self, task: Any) -> Any:
            outcome = asyncio.ensure_future(super().run(task))
            while not killed and done > 0 and not outcome.done():
                busy = [at for at, keys in (await self._client.processing()).items() if keys]
                if busy and not killed:
                    killed.append(self.pids[busy[0]])
                    os.kill(killed[0], signal.SIGKILL)
                await asyncio.sleep(0.01)
            return await outcome

    def progress(step: Step) -> None:
        nonlocal done
        if step.what == "rows":
            done = step.rows

    spread = rows_of(run_verification(settings(stores), progress=progress, executor=Killing(cluster.address)))
    assert len(killed) == 1
    assert [one.wait(10) for one in cluster.workers if one.pid == killed[0]] == [-signal.SIGKILL]
    assert result(spread) == result(alone)
    assert (
        f"({tasks_of(spread)} ranges by a Dask cluster of {WORKERS} workers, one exported snapshot;"
        " the files did not change meanwhile" in spread.reason
    )
    moves = [one for one in history(cluster) if one[0].startswith("shadow-verify-")]
    finished = [key for key, before, after in moves if (before, after) == ("processing", "memory")]
    assert len(finished) == len(set(finished)) == tasks_of(spread), "no finished range was read again"
    lost = [key for key, before, after in moves if before == "processing" and after not in ("memory", "erred")]
    assert len(lost) == 1, "only what the dead worker had in its hands was done again"


def tasks_of(check: DataCheck) -> int:
    return int(check.reason.rpartition(" ranges by ")[0].rpartition("(")[2])


def sessions(postgres: PostgresServer) -> int:
    ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shadow verify'"
    return int(postgres.fetch("postgres", ours)[0][0])


@pytest.mark.parametrize("number", [pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGKILL])
def test_workers_give_up_what_nobody_waits_for(
    cluster: Cluster, postgres: PostgresServer, tmp_path: Path, number: signal.Signals
) -> None:
    """Keys without a shared order: each side is one range. A worker's session is the second one, and for it every row
    takes half a millisecond: it would read for half a minute."""
    name = postgres.new_database()
    rows = 60_000
    slow = (
        "pg_sleep(CASE WHEN (SELECT count(*) FROM pg_stat_activity WHERE application_name = ''shadow verify'') > 1"
        " THEN 0.0005 ELSE 0 END) IS NOT NULL"
    )
    postgres.execute(
        name,
        "CREATE TABLE t (id uuid PRIMARY KEY);"
        f" INSERT INTO t SELECT gen_random_uuid() FROM generate_series(1, {rows})",
    )
    config = tmp_path / "shadow.yaml"
    with sqlite3.connect(tmp_path / "new.db") as db:
        db.execute("CREATE TABLE t (id TEXT PRIMARY KEY)")
        db.executemany("INSERT INTO t VALUES (?)", ((str(uuid.uuid4()),) for _ in range(10)))
    db.close()
    config.write_text(
        "primary: {url: http://127.0.0.1:1}\ncandidate: {url: http://127.0.0.1:2}\n"
        f"verify: {{old: '{postgres.url(name)}', new: 'sqlite:///{tmp_path / 'new.db'}', settle_s: 0,"
        f" tables: [{{old: t, old_where: '{slow}'}}]}}\n"
    )
    command = [sys.executable, "-m", "shadow", "verify", "run", "-c", str(config), "--no-ledger"]
    process = subprocess.Popen(
        [*command, "--dask", cluster.address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    async def watched(connection: Any) -> None:
        ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shadow verify'"
        async with asyncio.timeout(60):
            while not await connection.fetchval(f"{ours} AND wait_event = 'PgSleep'"):
                await asyncio.sleep(0.02)
        process.send_signal(number)
        async with asyncio.timeout(15):
            while await connection.fetchval(ours):
                await asyncio.sleep(0.02)

    try:
        postgres.use(name, watched)
    finally:
        process.kill()
        process.wait()


def test_the_command_reads_with_the_cluster(cluster: Cluster, stores: tuple[str, str]) -> None:
    command = [sys.executable, "-m", "shadow", "verify", "run", "--old", stores[0], "--new", stores[1]]
    done = subprocess.run(
        [*command, "--dask", cluster.address], capture_output=True, check=False, timeout=100
    )
    assert done.returncode == 10, done.stderr.decode()
    assert "ranges by a Dask cluster of" in done.stdout.decode()
    for found in ("3 values differ in name", "1 row missing", "1 row too many"):
        assert found in done.stdout.decode()


def test_passwords_stay_here(cluster: Cluster, postgres: PostgresServer, stores: tuple[str, str]) -> None:
    """The server trusts everybody, so a worker gets in without the password that it never sees."""
    url = stores[0].replace("postgres@", "postgres:very-secret@") + "?sslpassword=very-secret-too"
    seen: list[str] = []

    class Watching(DaskCluster):
        async def run(self, task: Any) -> Any:
            seen.append(task.source.url + repr(task))
            return await super().run(task)

    answer = rows_of(run_verification(settings((url, stores[1])), executor=Watching(cluster.address)))
    assert answer.total == 5
    assert seen and not any("secret" in one for one in seen)
    assert not any("127.0.0.1" in repr(one) or "secret" in repr(one) for one in (seen[0].rpartition("Range")[2],))
    assert "very-secret" not in cluster.log()


def test_mongo_is_read_as_of_one_cluster_time(
    cluster: Cluster, mongo: MongoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document that is written after the run began is seen by none of the workers."""
    name, rows = mongo.new_database(), 60_000
    mongo.client[name]["t"].insert_many([{"_id": n, "name": f"name {n}"} for n in range(rows)])
    with sqlite3.connect(tmp_path / "new.db") as db:
        db.execute("CREATE TABLE t (_id INTEGER PRIMARY KEY, name TEXT)")
        db.executemany("INSERT INTO t VALUES (?, ?)", ((n, f"name {n}") for n in range(rows)))
    db.close()
    written = False

    class Writing(DaskCluster):
        async def run(self, task: Any) -> Any:
            nonlocal written
            if not written:
                written = True
                mongo.client[name]["t"].update_many({}, {"$set": {"name": "written later"}})
            return await super().run(task)

    urls = mongo.url(name), f"sqlite:///{tmp_path / 'new.db'}"
    answer = rows_of(run_verification(settings(urls), executor=Writing(cluster.address)))
    assert written
    assert (answer.status, answer.total) == (CheckStatus.passed, 0), answer.reason
    assert "one cluster time" in answer.reason


def test_a_scheduler_that_is_not_there(stores: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.scale.cluster.CONNECT_S", 0.5)
    with pytest.raises(EnvironmentFailure, match="does not answer"):
        run_verification(settings(stores), executor=executor_of(settings(stores), f"tcp://127.0.0.1:{free_port()}"))
    with pytest.raises(ConfigError, match="no address of a Dask scheduler"):
        run_verification(settings(stores), executor=DaskCluster("nothing://x y"))


def test_without_the_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"shadow-parity\[dask\]"):
        DaskCluster("tcp://127.0.0.1:1")


