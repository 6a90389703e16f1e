"""Locks that a real migration held, beside how long it says itself that it held them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from verify.migration.locks import LockTimes

Text = Callable[..., str]
Trial = Callable[..., Any]

HOLD = """
import asyncio, asyncpg, json, os, time

async def run():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    watchers = "FROM pg_stat_activity WHERE application_name = 'shadow verify' AND datname = current_database()"
    pid = await connection.fetchval("SELECT pid " + watchers)
    await connection.execute("BEGIN")
    asked = time.monotonic()
    await connection.execute("ALTER TABLE orders ADD x int")
    got = time.monotonic()
    looks = set()
    while len(looks) < 12:
        # Within a transaction this view stands still unless told otherwise.
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        looks.add(await connection.fetchval("SELECT query_start FROM pg_stat_activity WHERE pid = $1", pid))
    held = time.monotonic() - got
    await connection.execute("COMMIT")
    print(json.dumps({"least": held, "most": time.monotonic() - asked}))
    await connection.execute("CREATE INDEX i ON customers (name)")
    await connection.close()

asyncio.run(run())
"""


def test_a_lock_is_measured_and_judged(database: str, script: Text, trial: Trial) -> None:
    """The migration keeps its lock until it has been looked at twelve times; what it says itself lies between the
    two bounds."""
    command = script(HOLD)
    tried = trial("--command", command, "--on", database, "--max-lock", "0.1")
    own = json.loads(tried.report["steps"][2]["output"].splitlines()[-1])
    locks = {(one["table"], one["mode"]): one for one in tried.report["locks"]}
    seen = locks["orders", "AccessExclusiveLock"]
    assert seen["at_least_s"] <= own["most"] and own["least"] <= seen["at_most_s"]
    assert seen["at_most_s"] - seen["at_least_s"] <= 2 * tried.report["resolution_s"] + 0.001
    assert (tried.code, tried.statuses["locks"]) == (10, "fail")
    (finding,) = [one for one in tried.findings("locks") if one["table"] == "orders"]
    assert (finding["kind"], finding["key"]) == ("lock", "AccessExclusiveLock")
    assert finding["note"] == "nobody else can read or write"
    assert "AccessExclusiveLock on orders for up to" in tried.checks["locks"][1]
    # The same locks, with time enough.
    assert trial("--command", command, "--on", database, "--max-lock", "60").statuses["locks"] == "pass"


def test_spans_lie_between_the_looks() -> None:
    times = LockTimes()
    one, other = (1, "3/4", 99, "ShareLock"), (1, "3/5", 99, "ShareLock")
    times.saw(10.0, {})
    times.saw(11.0, {one: "t"})
    times.saw(13.0, {one: "t"})
    times.saw(14.0, {})
    (held,) = times.held()
    assert (held.table, held.mode, held.at_least_s, held.at_most_s) == ("t", "ShareLock", 2.0, 4.0)
    assert (times.looks, times.resolution_s) == (4, 2.0)
    # Another transaction is another span, and only the longest counts.
    times.saw(15.0, {other: "t"})
    times.saw(16.0, {})
    assert times.held() == (held,)
    # What is held until the end counts until then.
    times.saw(17.0, {other: "u"})
    times.saw(27.0, {other: "u"})
    assert [(span.table, span.at_least_s, span.at_most_s) for span in times.held()] == [
        ("u", 10.0, 11.0), ("t", 2.0, 4.0)
    ]  # fmt: skip


def test_what_was_there_at_the_first_look_has_no_earlier_beginning() -> None:
    times = LockTimes()
    times.saw(5.0, {(1, "x", 2, "ExclusiveLock"): "t"})
    times.saw(6.0, {})
    assert [(one.at_least_s, one.at_most_s) for one in times.held()] == [(0.0, 1.0)]


def test_a_watch_that_broke_off_is_an_error(database: str, script: Text, trial: Trial) -> None:
    kick = (
        "sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database()')\nsql('ALTER TABLE orders ADD x int')"
    )
    tried = trial("--command", script(kick), "--on", database)
    assert (tried.code, tried.statuses["locks"], tried.statuses["data"]) == (12, "error", "pass")
    assert "could not be watched" in tried.checks["locks"][1]


@pytest.mark.parametrize("statement", ["UPDATE orders SET note = note", "SELECT 1"])
def test_a_migration_s_own_reads_and_writes_are_no_locks(
    database: str, script: Text, trial: Trial, statement: str
) -> None:
    tried = trial("--command", script(f"sql({statement!r})"), "--on", database)
    assert tried.report["locks"] == []
