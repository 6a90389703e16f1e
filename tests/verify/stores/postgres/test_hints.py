"""A run that rests on the one before reads only what may have changed, misses nothing that the hint can see, and says
how much it did not read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.verify.servers import PostgresServer
from shadow.config.model import Ledger, TablePair, Verify
from shadow.errors import ConfigError
from shadow.ledger.parts import VerifyParts
from shadow.records import CheckStatus, DataCheck
from verify.running.job import run_verification
from verify.running.resuming import Checkpoints
from verify.stores.postgres import offer

ROWS = 8_000


class Night:
    """Two databases, and what is kept of them from night to night."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self.server = server
        self.names = server.borrow(), server.borrow()
        self.ledger = folder / "ledger.db"
        self.user = "postgres"
        self.wanted: dict[str, Any] = {"changed_column": "xmin"}
        table = (
            "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz DEFAULT now());"
            f" INSERT INTO t SELECT n, 'v' || n, '2020-01-01' FROM generate_series(1, {ROWS}) n"
        )
        for at in (0, 1):
            self.do(at, table)
            # The server commits without waiting for its disk; what is not there yet is visible to nobody for certain.
            self.do(at, "CHECKPOINT")
            self.do(at, "VACUUM ANALYZE t")

    def do(self, side: int, sql: str) -> None:
        self.server.execute(self.names[side], sql)

    def both(self, sql: str) -> None:
        self.do(0, sql)
        self.do(1, sql)

    def read(self) -> int:
        """Return how many rows were ever read through the key of the old side."""
        name = self.names[0]
        # A session tells its statistics before it is gone.
        while self.server.fetch(name, "SELECT FROM pg_stat_activity WHERE application_name = 'shadow verify'"):
            pass
        return int(self.server.fetch(name, "SELECT idx_tup_fetch FROM pg_stat_user_tables")[0][0])

    def run(self, **settings: Any) -> DataCheck:
        with VerifyParts.open(self.ledger, Ledger()) as parts:
            checkpoints = Checkpoints(parts)
            checkpoints.over()
            pair = TablePair(old="t", **self.wanted)
            urls = dict(zip(("old", "new"), (self.server.url(name, self.user) for name in self.names), strict=True))
            checks = run_verification(
                Verify(**urls, settle_s=0, tables=(pair,), **settings), checkpoints=checkpoints
            )
        return next(check for check in checks if check.check == "rows")


@pytest.fixture
def night(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    # In several pieces, as a large table: each bucket has to be known for itself in all of them.
    monkeypatch.setattr(offer, "FIRST_ROWS", 200)
    made = Night(postgres, tmp_path)
    yield made
    for name in made.names:
        postgres.give_back(name)


def unread(check: DataCheck) -> int:
    if " rows not read: equal on " not in check.reason:
        assert "; all rows read: " in check.reason, check.reason
        return 0
    assert "all rows were read on " in check.reason
    return int(check.reason.rpartition(" rows not read")[0].rpartition("; ")[2].replace(",", ""))


def keys(check: DataCheck) -> list[str]:
    return sorted(f"{one.kind} {one.key} {one.column}".strip() for one in check.findings)


def test_what_did_not_change_is_not_read_and_the_result_says_so(night: Night) -> None:
    before = night.read()
    first = night.run()
    in_full = night.read()
    assert in_full - before >= ROWS
    assert (first.status, unread(first)) == (CheckStatus.passed, 0)
    assert "all rows read: nothing is kept of an earlier run" in first.reason
    assert first.reason.startswith(f"{ROWS:,} rows, 3 columns compared")
    second = night.run()
    assert night.read() - in_full < ROWS // 10, "the server says so too"
    assert (second.status, unread(second)) == (CheckStatus.passed, ROWS)
    assert second.reason.startswith(f"0 of {ROWS:,} rows, 3 columns compared")
    assert (second.rows_old, second.rows_new) == (ROWS, ROWS)
    night.both("UPDATE t SET v = 'changed alike' WHERE id IN (5, 5000)")
    third = night.run()
    assert third.status is CheckStatus.passed
    assert ROWS // 2 <= unread(third) < ROWS - 2


CHANGES = {
    "an update": ("UPDATE t SET v = 'x' WHERE id = 7000", ["value id=7000 v"]),
    "a lost row": ("DELETE FROM t WHERE id = 7000", ["missing_row id=7000"]),
    "the first and the last row lost": (
        f"DELETE FROM t WHERE id IN (1, {ROWS})",
        ["missing_row id=1", f"missing_row id={ROWS}"],
    ),
    "a row more": (f"INSERT INTO t VALUES ({ROWS + 5}, 'y', '2020-01-01')", [f"extra_row id={ROWS + 5}"]),
    "one row in the place of another": (
        "DELETE FROM t WHERE id = 7000; UPDATE t SET id = 7000 WHERE id = 7001",
        ["missing_row id=7001", "value id=7000 v"],
    ),
    "an update in a subtransaction": (
        "DO $$ BEGIN BEGIN UPDATE t SET v = 'x' WHERE id = 7000; EXCEPTION WHEN division_by_zero THEN NULL; END;"
        " END $$",
        ["value id=7000 v"],
    ),
    "an update that leaves updated_at alone": (
        "UPDATE t SET v = 'x', updated_at = '2020-01-01' WHERE id = 7000", ["value id=7000 v"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "side"), [*((change, 1) for change in CHANGES), ("an update", 0), ("a lost row", 0)]
)
def test_every_change_is_found_by_xmin(night: Night, change: str, side: int) -> None:
    sql, expected = CHANGES[change]
    night.run()
    night.do(side, sql)
    if side == 0:
        swap = {"missing_row": "extra_row", "extra_row": "missing_row", "value": "value"}
        expected = sorted(f"{swap[one.partition(' ')[0]]} {one.partition(' ')[2]}" for one in expected)
    for _ in range(2):
        found = night.run()
        assert keys(found) == expected, "on the first night and on every one after it"
        assert unread(found) > ROWS // 2


def test_a_transaction_that_was_open_is_seen_when_it_is_over(night: Night) -> None:
    async def open_over_a_run(connection: Any) -> None:
        await connection.execute("BEGIN; UPDATE t SET v = 'x' WHERE id = 7000")
        # A later one ends before it.
        await asyncio.to_thread(night.do, 1, "SELECT pg_current_xact_id()")
        first = await asyncio.to_thread(night.run)
        assert first.status is CheckStatus.passed
        await connection.execute("COMMIT")

    night.server.use(night.names[1], open_over_a_run)
    assert keys(night.run()) == ["value id=7000 v"]


def test_a_column_is_believed(night: Night) -> None:
    night.wanted = {"changed_column": "updated_at"}
    night.run()
    night.do(1, "UPDATE t SET v = 'seen', updated_at = now() WHERE id = 300")
    night.do(1, "UPDATE t SET v = 'not seen' WHERE id = 4000")
    night.do(1, "DELETE FROM t WHERE id = 6000")
    found = night.run()
    assert keys(found) == ["missing_row id=6000", "value id=300 updated_at", "value id=300 v"]
    assert "updated_at says that they did not change, which is believed" in found.reason
    assert unread(found) > ROWS // 2
    night.wanted["full_every_days"] = 1e-9
    full = night.run()
    assert "value id=4000 v" in keys(full) and unread(full) == 0
    assert "all rows read: the last time was 20" in full.reason


def test_a_column_may_be_left_out_of_the_comparison(night: Night) -> None:
    night.wanted = {"changed_column": "updated_at", "ignore": ("updated_at",)}
    night.run()
    night.do(1, "UPDATE t SET v = 'seen', updated_at = NULL WHERE id = 300")
    found = night.run()
    assert keys(found) == ["value id=300 v"]


OTHERWISE = {
    "another table": (
        "CREATE TABLE other AS TABLE t; DROP TABLE t; ALTER TABLE other RENAME TO t;"
        " ALTER TABLE t ADD PRIMARY KEY (id)",
        {},
    ),
    "a column that came": ("ALTER TABLE t ADD extra int DEFAULT 1", {}),
    "other columns": ("", {"ignore": ("v",)}),
    "a filter": ("", {"where": "id > 0"}),
    "another hint": ("", {"changed_column": "updated_at"}),
    "no timestamp": ("", {"changed_column": "v"}),
    "a child": ("CREATE TABLE child () INHERITS (t)", {}),
}


@pytest.mark.parametrize("change", OTHERWISE)
def test_everything_is_read_where_the_last_run_says_nothing(night: Night, change: str) -> None:
    sql, wanted = OTHERWISE[change]
    night.run()
    if sql:
        night.both(sql)
    night.wanted |= wanted
    night.do(1, "UPDATE t SET v = v WHERE id = 1")
    assert unread(night.run()) == 0


def test_too_many_changes_are_a_full_run(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.stores.postgres.hints.MOST_CHANGES", 10)
    night.run()
    night.do(1, "UPDATE t SET v = 'x' WHERE id <= 11")
    found = night.run()
    assert found.total == 11 and "all rows read: more than 10 rows changed" in found.reason


def test_a_plain_user_may_rest_on_the_last_run_too(night: Night) -> None:
    night.do(0, "CREATE ROLE plain_hints LOGIN")
    night.both("GRANT USAGE ON SCHEMA public TO plain_hints; GRANT SELECT ON t TO plain_hints")
    night.user = "plain_hints"
    night.run()
    assert unread(night.run()) == ROWS
    night.both("REVOKE EXECUTE ON FUNCTION pg_control_system FROM public")
    found = night.run()
    assert unread(found) == 0 and "this user must not ask a server who it is" in found.reason
    assert found.status is CheckStatus.passed
    night.both("DROP OWNED BY plain_hints; GRANT EXECUTE ON FUNCTION pg_control_system TO public")
    night.do(0, "DROP ROLE plain_hints")


def test_without_the_hint_nothing_is_said_of_it(night: Night) -> None:
    night.wanted = {}
    night.run()
    assert "read" not in night.run().reason


def test_a_column_that_is_not_there_is_refused(night: Night) -> None:
    night.wanted = {"changed_column": "updated"}
    with pytest.raises(ConfigError, match=r"changed_column: old table t has no column 'updated'.*'updated_at'"):
        night.run()
