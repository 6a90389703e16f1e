"""Reading waits while a server is busier than allowed, and says how long."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from shadow.config.verification import Pause, Verify
from shadow.errors import StoreError
from verify.load.brake import LOOK_S, Brake, Load
from verify.running.job import run_verification


class Server:
    """Tells one load after the other, the last one for ever."""

    label = "postgresql://db/shop"

    def __init__(self, *loads: Load) -> None:
        self.loads = list(loads)
        self.asked = 0

    async def load(self) -> Load:
        self.asked += 1
        return self.loads.pop(0) if len(self.loads) > 1 else self.loads[0]


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Iterator[Time]:
    yield Time()


LIMITS = Pause(active_sessions=10, replication_lag_s=5, latency_ms=50)


@pytest.mark.parametrize(
    ("busy", "why", "reason"),
    [
        (Load(active_sessions=11), "11 active sessions", "active sessions of"),
        (Load(replication_lag_s=5.5), "5.5 s of replication lag", "replication lag of"),
        (Load(latency_ms=50.1), "50.1 ms of latency", "latency of"),
    ],
)
def test_it_waits_until_the_load_has_fallen(time: Time, busy: Load, why: str, reason: str) -> None:
    told: list[str] = []
    server = Server(busy, busy, Load(active_sessions=10, replication_lag_s=5, latency_ms=50))
    brake = Brake(LIMITS, (server,), told.append, time, time.sleep)
    asyncio.run(brake.passes())
    assert time.now == 100 + 2 * LOOK_S
    assert told == [f"{server.label} has {why}"] * 2 + [""]
    assert brake.words() == f"paused 2 s: {reason} {server.label}"
    assert brake.words() == "", "what was told once is over"


def test_it_looks_once_a_second_and_tells_nothing_of_a_quiet_server(time: Time) -> None:
    told: list[str] = []
    server = Server(Load(active_sessions=1))
    brake = Brake(LIMITS, (server,), told.append, time, time.sleep)

    async def read() -> None:
        for _ in range(10):
            await brake.passes()
        time.now += LOOK_S
        await brake.passes()

    asyncio.run(read())
    assert (server.asked, told, brake.words()) == (2, [], "")


def test_readers_of_both_sides_wait_together(time: Time) -> None:
    server = Server(Load(active_sessions=99), Load(active_sessions=0))
    brake = Brake(LIMITS, (server,), clock=time, sleep=time.sleep)

    async def read() -> None:
        await asyncio.gather(brake.passes(), brake.passes())

    asyncio.run(read())
    assert server.asked == 2
    assert brake.words().startswith("paused 1 s")


def test_a_server_that_stays_busy_is_an_error(time: Time) -> None:
    limits = Pause(active_sessions=1, longest_s=3)
    brake = Brake(limits, (Server(Load(active_sessions=2)),), clock=time, sleep=time.sleep)
    with pytest.raises(StoreError, match=r"has 2 active sessions for 3 seconds.*longest_s"):
        asyncio.run(brake.passes())
    assert time.now == 100 + 4 * LOOK_S


def test_what_cannot_be_seen_is_said_once_and_is_no_load(time: Time) -> None:
    server = Server(Load(unseen=("the sessions are not visible",)))
    brake = Brake(LIMITS, (server,), clock=time, sleep=time.sleep)
    asyncio.run(brake.passes())
    assert brake.words() == f"{server.label}: the sessions are not visible"
    time.now += LOOK_S
    asyncio.run(brake.passes())
    assert brake.words() == ""


def test_rows_are_read_no_faster_than_allowed(time: Time) -> None:
    brake = Brake(clock=time, sleep=time.sleep, max_rows_per_second=1000)

    async def read() -> None:
        brake.begin()
        for _ in range(4):
            brake.read("old", 500)
            brake.read("new", 300)
            await brake.passes()

    asyncio.run(read())
    assert time.now == 102, "2,000 rows of the faster side"
    brake.begin()
    asyncio.run(brake.passes())
    assert time.now == 102


def test_a_whole_run_keeps_to_the_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("old", "new"):
        with sqlite3.connect(tmp_path / f"{name}.db") as db:
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
            db.executemany("INSERT INTO t VALUES (?)", ((n,) for n in range(10_000)))
        db.close()
    slept: list[float] = []
    sleep = asyncio.sleep

    async def count(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr("verify.running.job.Brake", partial(Brake, sleep=count))
    settings = Verify(old=f"sqlite:///{tmp_path}/old.db", new=f"sqlite:///{tmp_path}/new.db", max_rows_per_second=1000)
    assert "rows" in {check.check for check in run_verification(settings)}
    assert max(slept) > 9, "10,000 rows at 1,000 a second"


def test_without_a_limit_nobody_is_asked(time: Time) -> None:
    server = Server(Load(active_sessions=10**6))
    asyncio.run(Brake(Pause(), (server,), clock=time, sleep=time.sleep).passes())
    asyncio.run(Brake().passes())
    assert server.asked == 0
