"""Rows that are on their way are no findings; rows that differ for good are."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from bench.verify.servers import PostgresServer
from shadow.records import CheckStatus, DataCheck
from tests.verify.verified import verified_meanwhile
from tests.verify.writer import lagging

ROWS = 20_000


@asynccontextmanager
async def writer(urls: tuple[str, str]) -> AsyncIterator[None]:
    """Apply 500 updates, inserts and deletes a second to the old side, and the same a second later to the new one."""
    old, new = [await asyncpg.connect(url) for url in urls]
    chance = random.Random(7)

    def change(n: int) -> str:
        key = chance.randrange(1, ROWS)
        if n % 50 == 0:
            return f"INSERT INTO t VALUES ({ROWS + 10 + n}, 'new')"
        if n % 50 == 1:
            return f"DELETE FROM t WHERE id = {ROWS + 10 + n - 1}"
        return f"UPDATE t SET v = 'written {n}' WHERE id = {key} AND id <> 77"

    async with lagging(lambda batch: old.execute(";".join(batch)), lambda batch: new.execute(";".join(batch)), change):
        yield
    await old.close()
    await new.close()


def filled(postgres: PostgresServer) -> tuple[str, str]:
    names = []
    for _ in range(2):
        names.append(postgres.new_database())
        postgres.execute(
            names[-1],
            "CREATE TABLE t (id int PRIMARY KEY, v text);"
            f" INSERT INTO t SELECT n, 'v' FROM generate_series(1, {ROWS}) n",
        )
    return postgres.url(names[0]), postgres.url(names[1])


def test_a_writer_with_a_lag_leaves_no_finding(postgres: PostgresServer) -> None:
    urls = filled(postgres)

    async def run() -> dict[str, DataCheck]:
        async with writer(urls):
            return await verified_meanwhile(*urls, settle_s=2.5)

    checks = asyncio.run(run())
    assert checks["rows"].status is CheckStatus.passed, checks["rows"].reason
    assert "in flight, equal when read again" in checks["rows"].reason
    assert "old as of WAL" in checks["rows"].reason
    assert checks["counts"].status is CheckStatus.passed, checks["counts"].reason


def test_one_row_that_really_differs_is_the_only_finding(postgres: PostgresServer) -> None:
    urls = filled(postgres)

    async def run() -> dict[str, DataCheck]:
        connection = await asyncpg.connect(urls[1])
        await connection.execute("UPDATE t SET v = 'diverged' WHERE id = 77")
        await connection.close()
        async with writer(urls):
            return await verified_meanwhile(*urls, settle_s=2.5)

    check = asyncio.run(run())["rows"]
    assert check.status is CheckStatus.fail
    assert [(one.kind, one.key, one.new) for one in check.findings] == [("value", "id=77", '"diverged"')]
    age_s = check.findings[0].age_s
    assert age_s is not None and 2.5 <= age_s <= check.finished_at - check.started_at


def test_the_age_of_a_row_begins_when_it_was_last_changed(postgres: PostgresServer) -> None:
    """Two rows differ for good; one of them was still changed while it was watched."""
    urls = filled(postgres)

    async def run() -> tuple[dict[str, DataCheck], float]:
        connection = await asyncpg.connect(urls[1])
        await connection.execute("UPDATE t SET v = 'diverged' WHERE id IN (77, 78)")

        async def late() -> float:
            await asyncio.sleep(1.0)
            await connection.execute("UPDATE t SET v = 'again' WHERE id = 78")
            return time.time()

        changing = asyncio.create_task(late())
        checks = await verified_meanwhile(*urls, settle_s=1.0)
        changed_at = await changing
        await connection.close()
        return checks, changed_at

    checks, changed_at = asyncio.run(run())
    check = checks["rows"]
    ages = {one.key: one.age_s for one in check.findings}
    assert ages.keys() == {"id=77", "id=78"} and [one.new for one in check.findings] == ['"diverged"', '"again"']
    assert ages["id=77"] is not None and ages["id=78"] is not None
    assert min(ages["id=77"], ages["id=78"]) >= 1.0
    assert ages["id=78"] <= check.finished_at - changed_at, "no age reaches back before the last change"


@pytest.mark.slow
def test_a_row_that_never_rests_proves_nothing(postgres: PostgresServer) -> None:
    urls = filled(postgres)

    async def run() -> dict[str, DataCheck]:
        connection = await asyncpg.connect(urls[0])
        over = asyncio.Event()

        async def restless() -> None:
            n = 0
            while not over.is_set():
                n += 1
                await connection.execute(f"UPDATE t SET v = 'restless {n}' WHERE id = 5")
                await asyncio.sleep(0.01)

        async with asyncio.TaskGroup() as group:
            group.create_task(restless())
            await asyncio.sleep(0.1)
            found = await verified_meanwhile(*urls, settle_s=0.5)
            over.set()
        await connection.close()
        return found

    check = asyncio.run(run())["rows"]
    assert check.status is CheckStatus.inconclusive
    assert "1 row still changing" in check.reason


@pytest.mark.slow
def test_without_settling_every_mismatch_counts(postgres: PostgresServer) -> None:
    urls = filled(postgres)

    async def run() -> dict[str, DataCheck]:
        async with writer(urls):
            return await verified_meanwhile(*urls, settle_s=0)

    check = asyncio.run(run())["rows"]
    assert check.status is CheckStatus.fail
    assert check.total > 50
