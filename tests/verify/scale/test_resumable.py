"""A comparison in bulk that is killed goes on where it was, and comes to the same result."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import Ledger, TablePair, Verify
from shadow.ledger.parts import VerifyParts
from shadow.records import DataCheck
from verify.running.job import run_verification
from verify.running.resuming import Checkpoints
from verify.scale.resumable import parts_of

ROWS = 40_000


def value(n: int) -> str:
    return f"v{n}"


def in_mongo(mongo: MongoServer, key: Any, changed: dict[int, str], gone: int = 0) -> str:
    database = mongo.new_database()
    mongo.client[database]["t"].insert_many(
        {"_id": key(n), "v": changed.get(n, value(n))} for n in range(1, ROWS + 1) if n != gone
    )
    return database


def in_postgres(postgres: PostgresServer) -> str:
    database = postgres.new_database()
    postgres.execute(
        database,
        "CREATE TABLE t (_id int PRIMARY KEY, v text NOT NULL);"
        f" INSERT INTO t SELECT n, 'v' || n FROM generate_series(1, {ROWS}) n",
    )
    postgres.execute(database, "VACUUM ANALYZE t")
    return database


def sent(mongo: MongoServer, database: str) -> int:
    """Return how many documents of the collection the server has sent since its profiler was switched on."""
    found = mongo.client[database]["system.profile"].aggregate([
        {"$match": {"ns": f"{database}.t", "op": {"$in": ["query", "getmore"]}}},
        {"$group": {"_id": None, "n": {"$sum": "$nreturned"}}},
    ])  # fmt: skip
    return next((int(one["n"]) for one in found), 0)


def watched(mongo: MongoServer, database: str) -> None:
    """Switch the profiler on, with room for all that it sees."""
    mongo.client[database].create_collection("system.profile", capped=True, size=16 * 2**20)
    mongo.client[database].command("profile", 2)


def result(done: subprocess.CompletedProcess[bytes]) -> list[Any]:
    check = next(check for check in json.loads(done.stdout) if check["check"] == "rows")
    findings = sorted((one["kind"], one["key"], one["column"], one["old"], one["new"]) for one in check["findings"])
    return [check["status"], check["rows_old"], check["rows_new"], check["total"], findings]


def rows_done(ledger: Path) -> int:
    db = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        return int(db.execute("SELECT COALESCE(sum(rows_old), 0) FROM verify_part").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        db.close()


CHANGED = {7: "x", ROWS // 2: "y", ROWS: "z"}


@pytest.mark.parametrize(
    "engines", ["mongodb-mongodb", pytest.param("postgresql-mongodb", marks=pytest.mark.slow)]
)
def test_a_killed_run_reads_no_finished_range_again(
    postgres: PostgresServer, mongo: MongoServer, tmp_path: Path, engines: str
) -> None:
    if engines == "mongodb-mongodb":
        keys = [ObjectId(f"{n:024x}") for n in range(ROWS + 1)]
        old_url = mongo.url(in_mongo(mongo, keys.__getitem__, {}))
        new = in_mongo(mongo, keys.__getitem__, CHANGED, gone=9)
    else:
        old_url, new = postgres.url(in_postgres(postgres)), in_mongo(mongo, int, CHANGED, gone=9)
    watched(mongo, new)
    ledger, config = tmp_path / "ledger.db", tmp_path / "shadow.yaml"
    text = (
        "primary: {url: http://127.0.0.1:9001}\ncandidate: {url: http://127.0.0.1:9002}\n"
        f"ledger: {{path: {ledger}}}\nredact: {{key: {'k' * 32}}}\n"
        f"verify: {{old: '{old_url}', new: '{mongo.url(new)}', settle_s: 0, tables: [{{old: t}}]"
    )
    config.write_text(f"{text}, max_rows_per_second: 12000}}\n")
    command = [sys.executable, "-m", "shadow", "verify", "run", "-c", str(config), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    done = 0
    try:
        until = time.monotonic() + 60
        while done < ROWS // 3 and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
            done = rows_done(ledger) if ledger.exists() else 0
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert ROWS // 3 <= done < ROWS, "killed in the middle"
    config.write_text(f"{text}}}\n")
    done = rows_done(ledger)
    before = sent(mongo, new)
    resumed = subprocess.run([*command, "--resume"], capture_output=True, check=False)
    again = sent(mongo, new) - before
    whole = subprocess.run(command, capture_output=True, check=False)
    assert result(resumed) == result(whole), resumed.stderr.decode()
    assert result(resumed)[:4] == ["fail", ROWS, ROWS - 1, 4]
    reason = next(check["reason"] for check in json.loads(resumed.stdout) if check["check"] == "rows")
    assert "of 8 ranges by the run that was killed" in reason
    # What is left, the documents that differed, and a few that are looked at before the rows are.
    assert again <= ROWS - done + len(CHANGED) + 300, (again, done)
    with sqlite3.connect(ledger) as db:
        assert db.execute("SELECT count(*) FROM verify_part").fetchone() == (0,)
    db.close()


@pytest.mark.parametrize(
    ("rows", "parts"), [(9_999, 1), (40_000, 8), (400_000, 8), (1_000_000, 20), (10**9, 64)]
)
def test_ranges_are_few_beside_what_they_hold(rows: int, parts: int) -> None:
    assert parts_of(rows) == parts


def compared(urls: tuple[str, str], parts: VerifyParts) -> DataCheck:
    settings = Verify(old=urls[0], new=urls[1], settle_s=0, tables=(TablePair(old="t"),))
    checks = run_verification(settings, checkpoints=Checkpoints(parts))
    return next(check for check in checks if check.check == "rows")


@pytest.mark.parametrize("odd", ["text", None, float("nan"), 2.5])
def test_keys_outside_of_all_ranges_are_compared(mongo: MongoServer, tmp_path: Path, odd: Any) -> None:
    """Ranges of integers hold neither text nor NaN, but other numbers: else the pair is one piece."""
    databases = [in_mongo(mongo, int, {}) for _ in range(2)]
    for database, v in zip(databases, ("one", "another"), strict=True):
        mongo.client[database]["t"].insert_one({"_id": odd, "v": v})
    with VerifyParts.open(tmp_path / "ledger.db", Ledger()) as parts:
        check = compared((mongo.url(databases[0]), mongo.url(databases[1])), parts)
        kept = len(parts.of("t"))
    assert (check.total, check.rows_old, check.findings[0].kind) == (1, ROWS + 1, "value")
    assert (kept > 0) is (odd == 2.5)


def test_keys_that_must_not_be_written_down_are_not(mongo: MongoServer, tmp_path: Path) -> None:
    databases = [in_mongo(mongo, lambda n: f"user{n}@example.org", changed) for changed in ({}, CHANGED)]
    with VerifyParts.open(tmp_path / "ledger.db", Ledger()) as parts:
        assert compared((mongo.url(databases[0]), mongo.url(databases[1])), parts).total == len(CHANGED)
        assert parts.of("t") == ()
    assert b"example.org" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
