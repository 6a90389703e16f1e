"""A run that is killed goes on where it was, and comes to the same result."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.verify.servers import PostgresServer
from shadow.config.model import Ledger
from shadow.ledger.parts import PLAN, Part, VerifyParts
from verify.checkpoint import Finished
from verify.running.resuming import Checkpoints

ROWS = 60_000
STORES = ("postgresql://u:p@old/shop", "mongodb://new/shop")


@pytest.fixture
def parts(tmp_path: Path) -> Any:
    with VerifyParts.open(tmp_path / "ledger.db", Ledger()) as opened:
        yield opened


def test_parts_are_kept_by_pair(parts: VerifyParts) -> None:
    parts.put("a", Part(PLAN, 0, 0, b"cut"))
    parts.put("a", Part(0, 5, 6, b"x"))
    parts.put("b", Part(0, 1, 1, b""))
    assert parts.of("a") == (Part(PLAN, 0, 0, b"cut"), Part(0, 5, 6, b"x"))
    parts.put("a", Part(PLAN, 0, 0, b"another"))
    assert parts.of("a") == (Part(PLAN, 0, 0, b"another"),)
    parts.clear()
    assert parts.of("a") == parts.of("b") == ()


def test_parts_without_a_plan_are_not_kept(parts: VerifyParts) -> None:
    checkpoint = Checkpoints(parts).of("a", STORES)
    assert checkpoint.plan() is None
    checkpoint.finish(Finished(part=0))
    assert checkpoint.finished() == ()
    checkpoint.begin(b"cut")
    checkpoint.finish(Finished(part=0, rows_old=2, rows_new=3, content=b"c"))
    again = Checkpoints(parts).of("a", STORES)
    assert again.plan() == b"cut"
    assert again.finished() == (Finished(part=0, rows_old=2, rows_new=3, content=b"c"),)


@pytest.mark.parametrize(
    ("urls", "goes_on"),
    [
        (STORES, True),
        (("postgresql://u:changed@old/shop?password=x", "mongodb://new/shop"), True),
        (("postgresql://u:p@old/another", "mongodb://new/shop"), False),
        (("postgresql://u:p@old/shop", "mongodb://restored/shop"), False),
        (("postgresql://u:p@old/shop?host=/run/other", "mongodb://new/shop"), False),
        (STORES[::-1], False),
    ],
)
def test_what_was_finished_between_other_stores_does_not_count(
    parts: VerifyParts, urls: tuple[str, str], goes_on: bool
) -> None:
    first = Checkpoints(parts).of("a", STORES)
    first.begin(b"cut")
    first.finish(Finished(part=0))
    again = Checkpoints(parts).of("a", urls)
    assert (again.plan() == b"cut") is goes_on
    if not goes_on:
        again.begin(b"another")
        assert again.finished() == ()


def test_without_a_ledger_nothing_is_kept() -> None:
    checkpoint = Checkpoints().of("a", STORES)
    checkpoint.begin(b"cut")
    checkpoint.finish(Finished(part=0))
    assert (checkpoint.plan(), checkpoint.finished()) == (None, ())


def fetched(postgres: PostgresServer, database: str) -> int:
    """Return how many rows were ever read through the key of the table."""
    postgres.fetch(database, "SELECT pg_stat_clear_snapshot()")
    return int(postgres.fetch(database, "SELECT idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 't'")[0][0])


def result(done: subprocess.CompletedProcess[bytes]) -> list[Any]:
    checks = [check for check in json.loads(done.stdout) if check["check"] == "rows"]
    return [
        [check["status"], check["rows_old"], check["rows_new"], check["total"], sorted(map(str, check["findings"]))]
        for check in checks
    ]


def test_a_killed_run_goes_on_without_reading_finished_ranges_again(postgres: PostgresServer, tmp_path: Path) -> None:
    names = [postgres.new_database() for _ in range(2)]
    for name in names:
        postgres.execute(
            name,
            "CREATE TABLE t (id int PRIMARY KEY, v text);"
            f" INSERT INTO t SELECT n, 'v' || n FROM generate_series(1, {ROWS}) n",
        )
        postgres.execute(name, "VACUUM ANALYZE t")
    postgres.execute(names[1], f"UPDATE t SET v = 'x' WHERE id IN (5, 30000, {ROWS}); DELETE FROM t WHERE id = 45000")
    ledger = tmp_path / "ledger.db"
    config = tmp_path / "shadow.yaml"
    text = (
        "primary: {url: http://127.0.0.1:9001}\ncandidate: {url: http://127.0.0.1:9002}\n"
        f"ledger: {{path: {ledger}}}\nredact: {{key: {'k' * 32}}}\n"
        f"verify: {{old: '{postgres.url(names[0])}', new: '{postgres.url(names[1])}', settle_s: 0, chunk_s: 0.02"
    )
    config.write_text(f"{text}, max_rows_per_second: 20000}}\n")
    command = [sys.executable, "-m", "shadow", "verify", "run", "-c", str(config), "--json"]
    before = fetched(postgres, names[0])
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    done_rows = 0
    try:
        until = time.monotonic() + 60
        while done_rows < ROWS // 3 and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
            if ledger.exists():
                done_rows = _rows_done(ledger)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert ROWS // 3 <= done_rows < ROWS, "killed in the middle"
    config.write_text(f"{text}}}\n")
    time.sleep(1.2)  # a backend tells its statistics at most once a second
    middle = fetched(postgres, names[0])
    resumed = subprocess.run([*command, "--resume"], capture_output=True, check=False)
    time.sleep(1.2)
    after = fetched(postgres, names[0])
    whole = subprocess.run(command, capture_output=True, check=False)
    assert result(resumed) == result(whole), resumed.stderr.decode()
    ((status, rows_old, rows_new, total, _),) = result(resumed)
    assert (status, rows_old, rows_new, total) == ("fail", ROWS, ROWS - 1, 4)
    assert middle - before >= done_rows
    # What is left, and of the finished part only the buckets that differed: 128 buckets, and each is read twice.
    assert after - middle <= ROWS - done_rows + 2 * 4 * (ROWS // 128)
    with sqlite3.connect(ledger) as db:
        assert db.execute("SELECT count(*) FROM verify_part").fetchone() == (0,)
    db.close()


def _rows_done(ledger: Path) -> int:
    db = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        return int(db.execute("SELECT COALESCE(sum(rows_old), 0) FROM verify_part").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        db.close()


def test_resuming_says_when_there_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from verify.cli import verify

    for name in ("a", "b"):
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as db:
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    ledger = tmp_path / "ledger.db"
    stores = ["--old", f"sqlite:///{tmp_path}/a.db", "--new", f"sqlite:///{tmp_path}/b.db"]
    command = ["run", *stores, "--ledger", str(ledger), "--resume", "--json"]
    anew = CliRunner().invoke(verify, command)
    with VerifyParts.open(ledger, Ledger()) as parts:
        parts.put("t", Part(PLAN, 0, 0, b"cut"))
    going_on = CliRunner().invoke(verify, command)
    assert (anew.exit_code, going_on.exit_code) == (0, 0), anew.output
    assert "everything is read" in anew.stderr
    assert "everything is read" not in going_on.stderr


def test_resuming_needs_a_ledger() -> None:
    from click.testing import CliRunner

    from shadow.errors import ConfigError
    from verify.cli import verify

    answer = CliRunner().invoke(verify, ["run", "--old", "sqlite:///a", "--new", "sqlite:///b", "--resume"])
    assert isinstance(answer.exception, ConfigError)
    assert "--resume needs the ledger" in answer.exception.message
