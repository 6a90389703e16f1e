"""What a real server says of its load, and that a run heeds it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from bench.verify.servers import PostgresServer, Unavailable, free_port, postgres_server
from shadow.config.verification import Pause, Verify
from tests.verify.stores.load_help import load_told
from verify.load.brake import Load
from verify.progress import Step
from verify.running.job import verify_stores
from verify.stores import open_store


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def quiet() -> Iterator[PostgresServer]:
    """A server that no other test works on at the same time."""
    try:
        with postgres_server(settings={"wal_receiver_status_interval": "1s"}) as server:
            yield server
    except Unavailable as error:
        pytest.skip(str(error))


def test_sessions_at_work_are_counted_and_ours_are_not(quiet: PostgresServer) -> None:
    async def measure() -> None:
        assert (await load_told(quiet.url())).active_sessions == 0
        at_work = [await asyncpg.connect(quiet.url()) for _ in range(2)]
        ours = await asyncpg.connect(quiet.url(), server_settings={"application_name": "shadow verify"})
        idle = await asyncpg.connect(quiet.url())
        sleeping = [asyncio.create_task(one.execute("SELECT pg_sleep(60)")) for one in (*at_work, ours)]

        async def two() -> bool:
            return (await load_told(quiet.url())).active_sessions == 2

        await until(two)
        load = await load_told(quiet.url())
        assert load.active_sessions == 2 and load.unseen == ()
        assert load.latency_ms is not None and 0 < load.latency_ms < 10_000
        assert load.replication_lag_s is None
        for one in sleeping:
            one.cancel()
        await asyncio.gather(*sleeping, return_exceptions=True)
        for connection in (*at_work, ours, idle):
            await connection.close()

    asyncio.run(measure())


def test_what_a_plain_user_may_not_see_is_said(quiet: PostgresServer) -> None:
    quiet.execute("postgres", "CREATE ROLE plain LOGIN; CREATE ROLE watcher LOGIN IN ROLE pg_monitor")

    async def measure() -> tuple[Load, Load]:
        other = await asyncpg.connect(quiet.url())
        loads = [await load_told(quiet.url(user=user)) for user in ("plain", "watcher")]
        await other.close()
        return loads[0], loads[1]

    plain, watcher = asyncio.run(measure())
    assert plain.unseen == ("the sessions of other users are not visible (GRANT pg_monitor)",)
    assert watcher.unseen == ()


def test_a_run_pauses_while_sessions_are_at_work_and_says_so(quiet: PostgresServer) -> None:
    names = [quiet.new_database() for _ in range(2)]
    for name in names:
        quiet.execute(name, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 2000)")
    urls = quiet.url(names[0]), quiet.url(names[1])
    steps: list[Step] = []

    async def verify() -> str:
        busy = [await asyncpg.connect(quiet.url()) for _ in range(3)]
        work = [asyncio.create_task(one.execute("SELECT pg_sleep(60)")) for one in busy]

        async def at_work() -> bool:
            return (await load_told(quiet.url())).active_sessions == 3

        await until(at_work)

        def progress(step: Step) -> None:
            steps.append(step)
            if step.what == "paused" and step.why:
                for one in work:
                    one.cancel()

        stores = [open_store(url) for url in urls]
        settings = Verify(old=urls[0], new=urls[1], pause=Pause(active_sessions=2), settle_s=0)
        try:
            checks = await verify_stores(settings, stores[0], stores[1], progress=progress)
        finally:
            for store in stores:
                await store.close()
            await asyncio.gather(*work, return_exceptions=True)
            for connection in busy:
                await connection.close()
        (reason,) = [check.reason for check in checks if check.check == "rows"]
        return reason

    reason = asyncio.run(verify())
    assert "2,000 rows, 1 column compared" in reason
    assert "; paused 1 s: active sessions of postgresql://127.0.0.1" in reason
    paused = [step.why for step in steps if step.what == "paused"]
    assert "has 3 active sessions" in paused[0]
    assert paused[-1] == ""


@contextmanager
def standby_of(primary: PostgresServer) -> Iterator[str]:
    """Run a standby of a server; its URL."""
    folder = Path(tempfile.mkdtemp(prefix="shadow-standby-"))
    data, port = folder / "data", free_port()
    owner = primary.folder.stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    process = None
    try:
        subprocess.run(
            [str(primary.programs / "pg_basebackup"), "-D", str(data), "-R", "-c", "fast", "-X", "stream", "-d",
             primary.url()],
            check=True, capture_output=True, cwd=folder, timeout=60, **as_owner,
        )  # fmt: skip
        process = subprocess.Popen(
            [str(primary.programs / "postgres"), "-D", str(data), "-c", f"port={port}", "-c",
             "wal_receiver_status_interval=1s", "-c", "unix_socket_directories=", "-c",
             "listen_addresses=127.0.0.1", "-c", "max_connections=60"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **as_owner,
        )  # fmt: skip
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        if process is not None:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_standby_that_lags_is_seen_from_both_ends(quiet: PostgresServer) -> None:
    if not (quiet.programs / "pg_basebackup").exists():
        pytest.skip("no pg_basebackup in this PostgreSQL")
    quiet.execute("postgres", "CREATE TABLE IF NOT EXISTS beat (at timestamptz)")

    async def lag(url: str) -> float | None:
        return (await load_told(url)).replication_lag_s

    async def measure(standby: str) -> None:
        async def answers() -> bool:
            try:
                await (await asyncpg.connect(standby)).close()
            except (OSError, asyncpg.PostgresError):
                return False
            return True

        await until(answers)
        follower = await asyncpg.connect(standby)

        async def write() -> None:
            quiet.execute("postgres", "INSERT INTO beat VALUES (now())")

        async def follows() -> bool:
            await write()
            return bool(await follower.fetchval("SELECT count(*) FROM beat") and await lag(standby) == 0)

        await until(follows)
        await follower.execute("SELECT pg_wal_replay_pause()")

        async def both_behind() -> bool:
            await write()
            return (await lag(standby) or 0) > 1 and (await lag(quiet.url()) or 0) > 1

        await until(both_behind)
        await follower.execute("SELECT pg_wal_replay_resume()")

        async def caught_up() -> bool:
            return await lag(standby) == 0 and (await lag(quiet.url()) or 0) < 1

        await until(caught_up)
        await follower.close()

    with standby_of(quiet) as standby:
        asyncio.run(measure(standby))
