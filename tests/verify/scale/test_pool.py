"""Ranges in processes of this machine."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from shadow.errors import EnvironmentFailure
from verify.scale.pool import ProcessPool, processes_here
from verify.scale.task import Outcome, RangeTask, Source, run_task
from verify.sharing import SharesState
from verify.store import Buckets, KeyRange, Reading, Selection
from verify.stores import open_store

SELECTION = Selection(table="t", readings=(Reading(column="id"),))


def task_of(path: Path) -> RangeTask:
    async def token() -> str:
        store = open_store(f"sqlite:///{path}")
        async with store.snapshot() as snapshot:
            assert isinstance(snapshot, SharesState)
            shared = await snapshot.share()
        await store.close()
        assert shared is not None
        return shared.token

    source = Source(side="old", url=f"sqlite:///{path}", token=asyncio.run(token()))
    return RangeTask(source=source, selection=SELECTION, keys=KeyRange(), buckets=Buckets(hashed=4), salt=bytes(16))


@pytest.fixture
def task(tmp_path: Path) -> RangeTask:
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        db.executemany("INSERT INTO t VALUES (?)", ((n,) for n in range(150_000)))
    db.close()
    return task_of(tmp_path / "a.db")


def children() -> list[int]:
    """Return the worker processes of this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and "spawn_main" in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except OSError:
            pass  # it has ended meanwhile
    return found


def test_a_process_that_is_killed_costs_only_what_it_was_doing(task: RangeTask) -> None:
    async def work() -> tuple[Outcome, list[Outcome]]:
        async with ProcessPool(2) as pool:
            first = await pool.run(task)
            rest = [asyncio.ensure_future(pool.run(task)) for _ in range(3)]
            await asyncio.sleep(0)
            os.kill(children()[0], signal.SIGKILL)
            return first, await asyncio.gather(*rest)

    expected = run_task(task)
    assert sum(one.rows for one in expected.checked().digests) == 150_000
    first, rest = asyncio.run(work())
    assert [first, *rest] == [expected] * 4
    assert children() == []


def test_a_task_that_kills_every_process_is_given_up(task: RangeTask) -> None:
    async def work() -> None:
        async with ProcessPool(1) as pool:

            async def kill() -> None:
                while True:
                    for pid in children():
                        os.kill(pid, signal.SIGKILL)
                    await asyncio.sleep(0.01)

            killing = asyncio.ensure_future(kill())
            try:
                await pool.run(task)
            finally:
                killing.cancel()

    with pytest.raises(EnvironmentFailure, match="was killed 3 times"):
        asyncio.run(work())


def test_a_run_that_is_stopped_stops_its_processes_within_a_batch(task: RangeTask) -> None:
    async def work() -> float:
        async with ProcessPool(1) as pool:
            await pool.run(task)
            long = [asyncio.ensure_future(pool.run(task)) for _ in range(20)]
            await asyncio.sleep(0.1)
            for one in long:
                one.cancel()
            began = time.monotonic()
        return time.monotonic() - began

    one = time.monotonic()
    run_task(task)
    one = time.monotonic() - one
    assert asyncio.run(work()) < 20 * one / 2, "they did not do all of it first"
    assert children() == []


def test_processes_do_not_outlive_a_parent_that_is_killed(task: RangeTask) -> None:
    code = (
        "import asyncio, sys\n"
        "from verify.scale.pool import ProcessPool\n"
        "from tests.verify.scale.test_pool import children, task_of\n"
        "from pathlib import Path\n"
        "async def main(task):\n"
        "    pool = ProcessPool(1)\n"
        "    await pool.run(task)\n"
        "    print(*children(), flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "if __name__ == '__main__':\n"
        f"    asyncio.run(main(task_of(Path({task.source.url.removeprefix('sqlite:///')!r}))))\n"
    )
    folder = Path(__file__).parents[3]
    script = Path(task.source.url.removeprefix("sqlite:///")).with_name("script.py")
    script.write_text(code)
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(folder)}
    )
    assert process.stdout is not None
    pids = [int(one) for one in process.stdout.readline().split()]
    process.kill()
    process.communicate()
    assert pids
    until = time.monotonic() + 20
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < until, "they follow their parent"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


@pytest.mark.parametrize(
    ("text", "most"),
    [("max 100000", 8), ("100000 100000", 1), ("150000 100000", 1), ("5000 100000", 1), ("9900000 100000", 8), ("", 8)],
)
def test_one_process_per_core_that_the_container_may_use(tmp_path: Path, text: str, most: int) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert processes_here(cgroup=tmp_path) == min(most, len(os.sched_getaffinity(0)))
    assert processes_here(cgroup=tmp_path / "none") == min(8, len(os.sched_getaffinity(0)))
    assert processes_here(12, tmp_path) == 12


def test_nothing_is_shown_of_a_task(task: RangeTask) -> Any:
    assert repr(task) == "RangeTask(old, t, 4 buckets)"
    assert "sqlite" not in repr(task.source)
