"""Whoever stops a run, and however: nothing of it stays on a server."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.cli import EXIT_INTERRUPTED
from verify.stopping import at_once, run_stoppable, surely

OURS = "SELECT pid, state, query FROM pg_stat_activity WHERE application_name = 'shadow verify'"


def test_both_sides_are_asked_at_once_and_a_failure_gives_up_the_other() -> None:
    given_up: list[str] = []

    async def answering(name: str, both: asyncio.Barrier) -> str:
        await both.wait()
        return name

    async def failing(both: asyncio.Barrier) -> str:
        await both.wait()
        raise LookupError("new")

    async def waiting(both: asyncio.Barrier) -> str:
        try:
            await both.wait()
            await asyncio.Event().wait()
        finally:
            given_up.append("old")
        return "old"

    async def run(*, fails: bool) -> tuple[str, str]:
        both = asyncio.Barrier(2)
        async with asyncio.timeout(20):
            if fails:
                return await at_once(waiting(both), failing(both))
            return await at_once(answering("old", both), answering("new", both))

    assert asyncio.run(run(fails=False)) == ("old", "new")
    with pytest.raises(LookupError, match="new"):
        asyncio.run(run(fails=True))
    assert given_up == ["old"]


def until(holds: Callable[[], bool], what: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def start(old: str, new: str, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "shadow", "verify", "run", "--old", old, "--new", new, *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_leaves_no_session_on_postgres(postgres: PostgresServer, number: signal.Signals) -> None:
    """The run is stopped within a statement that would go on for ten seconds: it waits for a lock."""
    names = [postgres.new_database() for _ in range(2)]
    for name in names:
        postgres.execute(name, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 5000)")
    urls = [postgres.url(name) for name in names]
    version = postgres.version

    async def locked(connection: Any) -> None:
        await connection.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        # Within a transaction the view would not change.
        watching = await asyncpg.connect(urls[0])
        process = start(*urls)
        try:
            waits = OURS + " AND wait_event_type = 'Lock'"
            async with asyncio.timeout(20):
                while not await watching.fetch(waits):
                    await asyncio.sleep(0.05)
            process.send_signal(number)
            said = process.communicate(timeout=20)[1].decode()
            async with asyncio.timeout(8 if version >= 14 or number != signal.SIGKILL else 20):
                while await watching.fetch(OURS):
                    await asyncio.sleep(0.05)
        finally:
            process.kill()
            process.communicate()
            await watching.close()
        if number != signal.SIGKILL:
            assert process.returncode == EXIT_INTERRUPTED
            assert said.splitlines()[-1] == "interrupted"
            assert "Traceback" not in said

    postgres.use(names[1], locked)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_no_cursor_on_mongo(mongo: MongoServer, number: signal.Signals, tmp_path: Any) -> None:
    names = mongo.new_database(), mongo.new_database()
    for name in names:
        mongo.client[name]["t"].insert_many([{"_id": n, "text": "x" * 2000} for n in range(20_000)])
    config = tmp_path / "shadow.yaml"
    config.write_text(
        "primary: {url: http://127.0.0.1:9001}\ncandidate: {url: http://127.0.0.1:9002}\n"
        f"verify: {{old: '{mongo.url(names[0])}', new: '{mongo.url(names[1])}',"
        # Nothing answers as fast as that: the run pauses with its cursors open.
        " pause: {latency_ms: 0.000001}}\n"
    )

    def cursors() -> int:
        ours = {"ns": {"$in": [f"{name}.t" for name in names]}, "type": "idleCursor"}
        return len(list(mongo.client.admin.aggregate([{"$currentOp": {"idleCursors": True}}, {"$match": ours}])))

    def sessions() -> int:
        found = mongo.client.admin.aggregate([{"$currentOp": {"idleConnections": True}}])
        return sum(one.get("appName") == "shadow verify" for one in found)

    process = subprocess.Popen(
        [sys.executable, "-m", "shadow", "verify", "run", "-c", str(config), "--no-ledger"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        assert any(b"paused: mongodb://127.0.0.1" in line for line in process.stderr), "it pauses in the middle"
        until(lambda: cursors() > 0, "the run holds a cursor")
        process.send_signal(number)
        said = process.communicate(timeout=20)[1].decode()
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == EXIT_INTERRUPTED, said
    until(lambda: cursors() == 0 and sessions() == 0, "its cursors and connections are gone", 8)


def test_what_the_job_raises_is_raised() -> None:
    async def broken() -> None:
        raise ValueError("mine")

    async def cancelled() -> None:
        raise asyncio.CancelledError

    async def fine() -> int:
        return 7

    assert run_stoppable(fine()) == 7
    with pytest.raises(ValueError, match="mine"):
        run_stoppable(broken())
    with pytest.raises(asyncio.CancelledError):
        run_stoppable(cancelled())


def test_what_has_to_be_done_is_done_however_often_it_is_told_to_stop() -> None:
    done: list[str] = []

    async def run() -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def work() -> int:
            begun.set()
            await go_on.wait()
            done.append("dropped")
            return 7

        task = asyncio.create_task(surely(work()))
        await begun.wait()
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await surely(work()) == 7

    asyncio.run(run())
    assert done == ["dropped", "dropped"]


def test_what_has_to_be_done_and_fails_says_so() -> None:
    async def broken() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        asyncio.run(surely(broken()))
