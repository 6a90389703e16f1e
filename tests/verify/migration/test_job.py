"""Real migrations on copies of real databases: what is kept, lost, damaged, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.verify.servers import PostgresServer
from shadow.errors import ConfigError, StoreError
from shadow.ledger.reader import read_evidence
from shadow.records import CheckStatus

Text = Callable[..., str]
Trial = Callable[..., Any]

GOOD = (
    "op.add_column('orders', sa.Column('state', sa.Text(), server_default='new'))\n"
    "    op.create_index('ix_orders_customer', 'orders', ['customer'])",
    "op.drop_index('ix_orders_customer', 'orders')\n    op.drop_column('orders', 'state')",
)


def test_a_good_migration_passes_and_its_changes_are_told(database: str, alembic: Text, trial: Trial) -> None:
    command = alembic(*GOOD)
    tried = trial("--command", f"{command} upgrade head", "--down", f"{command} downgrade -1", "--on", database)
    assert (tried.code, set(tried.statuses.values())) == (0, {"pass"}), tried.checks
    assert list(tried.statuses) == ["up", "schema", "data", "locks", "down", "reversal", "repeat"]
    assert tried.checks["data"][1] == "2 tables, 80 rows as before"
    changes = [(one["kind"], one["table"], one.get("column"), one["note"]) for one in tried.report["changes"]]
    assert changes == [
        ("extra_column", "orders", "state", ""), ("index", "orders", "customer", "additional index")
    ]  # fmt: skip
    steps = [step["step"] for step in tried.report["steps"]]
    assert steps == [
        "copy (by template)", "copy of the copy (by template)", "migration up", "comparison after up",
        "copy of the result (by template)", "migration down", "comparison after down", "migration repeat",
        "comparison after up again",
    ]  # fmt: skip
    assert "shadow_scratch_" in tried.report["steps"][2]["output"] and tried.report["steps"][2]["seconds"] > 0


def test_what_a_way_back_does_not_bring_back_is_named(
    database: str, alembic: Text, trial: Trial, tmp_path: Path
) -> None:
    """The plan declares that the column goes; that it comes back empty is another matter."""
    command = alembic(
        "op.drop_column('orders', 'note')", "op.add_column('orders', sa.Column('note', sa.String(200)))"
    )
    (tmp_path / "shadow.yaml").write_text(
        "primary: {url: 'http://127.0.0.1:1'}\ncandidate: {url: 'http://127.0.0.1:2'}\n"
        f"verify:\n  old: {database}\n  new: {database}x\n  tables:\n"
        "    - old: customers\n    - {old: orders, ignore: [note]}\n"
    )
    wanted = ("--command", f"{command} upgrade head", "--on", database)
    tried = trial(*wanted, "--down", f"{command} downgrade -1", "-c", str(tmp_path / "shadow.yaml"), "--no-ledger")
    assert tried.code == 10, tried.error
    assert tried.statuses == {
        "up": "pass", "schema": "pass", "data": "pass", "locks": "pass", "down": "pass", "reversal": "fail",
        "repeat": "pass",
    }  # fmt: skip
    assert "40 values differ in note (value became NULL)" in tried.checks["reversal"][1]
    lost = tried.findings("reversal")
    assert {(one["table"], one["column"], one["kind"]) for one in lost} == {("orders", "note", "value")}
    # Without the declaration it fails at once: a column is gone.
    tried = trial(*wanted)
    assert (tried.code, tried.statuses["schema"]) == (10, "fail")
    assert "missing column note" in tried.checks["schema"][1]


def test_a_migration_that_damages_data_fails_and_says_how(
    database: str, script: Text, trial: Trial, tmp_path: Path
) -> None:
    command = script("sql('ALTER TABLE orders ALTER note TYPE varchar(8) USING left(note, 8)')")
    tried = trial("--command", command, "--on", database, "--ledger", str(tmp_path / "l.db"))
    assert (tried.code, tried.statuses["up"], tried.statuses["data"]) == (10, "pass", "fail")
    assert "cut at 8 characters" in tried.checks["data"][1]
    (type_changed,) = [one for one in tried.report["changes"] if one["kind"] == "column_type"]
    assert (type_changed["old"], type_changed["new"]) == ("character varying(200)", "character varying(8)")
    stored = {check.check: check for check in read_evidence(tmp_path / "l.db", at=0.0).checks}
    assert stored["migration data"].status is CheckStatus.fail
    assert stored["migration data"].total == 40
    assert {check.pair for check in stored.values()} == {"all"}
    assert all(check.cannot_see for check in stored.values())


@pytest.mark.slow
def test_lost_rows_and_dropped_tables_fail(database: str, script: Text, trial: Trial) -> None:
    tried = trial("--command", script("sql('DELETE FROM orders WHERE id = 7')"), "--on", database)
    assert [one["key"] for one in tried.findings("data") if one["kind"] == "missing_row"] == ["id=7"]
    tried = trial("--command", script("sql('DROP TABLE customers')"), "--on", database)
    assert (tried.code, tried.statuses["schema"], tried.statuses["data"]) == (10, "fail", "pass")
    assert [one["kind"] for one in tried.findings("schema")] == ["missing_table"]


def test_a_command_that_fails_is_a_failure_with_its_last_words_and_no_secret(
    database: str, script: Text, trial: Trial
) -> None:
    secret = database.replace("postgres@", "postgres:hunter%2F2@")
    body = "print('x' * 100_000, os.environ['DATABASE_URL'], os.environ['PGPASSWORD'])\n"
    command = script(body + "sys.exit('cannot go on, token=abcdef123456: ' + sys.argv[1])")
    tried = trial("--command", command + " {url}", "--on", secret)
    assert (tried.code, tried.statuses) == (10, {"up": "fail"})
    assert "the command ended with 1 (the schema is as it was): " in tried.checks["up"][1]
    assert "cannot go on" in tried.checks["up"][1]
    for word in ("hunter", "abcdef123456"):
        assert word not in tried.stdout
    assert len(tried.report["steps"][-1]["output"]) <= 4000


def test_one_that_fails_half_way_says_what_it_left(database: str, script: Text, trial: Trial) -> None:
    body = "sql('ALTER TABLE orders ADD x int')\nsql('ALTER TABLE orders ADD x int')"
    tried = trial("--command", script(body), "--on", database)
    assert (tried.code, tried.statuses) == (10, {"up": "fail"})
    assert "ended with 1 (the schema is left half changed): " in tried.checks["up"][1]
    assert "already exists" in tried.checks["up"][1]


def test_a_command_that_changes_nothing_proves_nothing(database: str, script: Text, trial: Trial) -> None:
    tried = trial("--command", script("print('upgraded 1 database')"), "--on", database, "--down", script("pass"))
    assert (tried.code, tried.statuses["up"]) == (11, "inconclusive")
    assert "DATABASE_URL" in tried.checks["up"][1]
    assert "down" not in tried.statuses


def test_a_command_that_goes_for_the_given_database_is_an_error(
    database: str, script: Text, trial: Trial, postgres: PostgresServer
) -> None:
    command = script(f"os.environ['DATABASE_URL'] = {database!r}; sql('ALTER TABLE orders ADD x int')")
    tried = trial("--command", command, "--on", database)
    assert (tried.code, tried.statuses) == (12, {"up": "error"})
    assert "the given database itself has changed" in tried.checks["up"][1]


@pytest.mark.slow
def test_empty_tables_prove_nothing_of_the_data(
    database: str, script: Text, trial: Trial, postgres: PostgresServer
) -> None:
    postgres.execute(database.rpartition("/")[2], "TRUNCATE orders, customers")
    tried = trial("--command", script("sql('ALTER TABLE orders ADD x int')"), "--on", database)
    assert (tried.code, tried.checks["data"]) == (11, ("inconclusive", "there is no row to compare"))


@pytest.mark.slow
def test_one_that_cannot_be_repeated_is_found(database: str, script: Text, trial: Trial) -> None:
    up = script("sql('ALTER TABLE orders ADD x timestamptz DEFAULT now()')")
    tried = trial("--command", up, "--on", database, "--down", script("sql('ALTER TABLE orders DROP x')"))
    assert (tried.code, tried.statuses["reversal"], tried.statuses["repeat"]) == (10, "pass", "fail")
    assert {one["column"] for one in tried.findings("repeat")} == {"x"}


@pytest.mark.slow
def test_an_index_that_is_left_behind_is_no_way_back(database: str, script: Text, trial: Trial) -> None:
    up = script("sql('ALTER TABLE orders ADD x int'); sql('CREATE INDEX IF NOT EXISTS i ON orders (total)')")
    tried = trial("--command", up, "--on", database, "--down", script("sql('ALTER TABLE orders DROP x')"))
    assert (tried.statuses["reversal"], tried.statuses["repeat"]) == ("fail", "pass")
    assert [one["note"] for one in tried.findings("reversal")] == ["additional index"]


def test_a_database_that_is_too_large_is_refused(database: str, script: Text, trial: Trial) -> None:
    tried = trial("--command", script("sql('DROP TABLE orders')"), "--on", database, "--max-size", "0.001")
    assert isinstance(tried.error, ConfigError)
    assert "0.0 GB, and 2 copies of it would be made" in str(tried.error) and "--max-size" in str(tried.error)


@pytest.mark.parametrize("command", ["/no/such/program up", "'open quote", " "])
def test_a_command_that_cannot_be_run_is_a_mistake_of_usage(database: str, command: str, trial: Trial) -> None:
    tried = trial("--command", command, "--on", database)
    assert isinstance(tried.error, ConfigError) and tried.error.remedy


def test_what_cannot_be_copied_is_refused(tmp_path: Path, trial: Trial) -> None:
    for url in ("parquet:/tmp/x", "memory:", "nonsense", "postgresql://host", "postgresql+pg8000://host/shop"):
        tried = trial("--command", "true", "--on", url)
        assert isinstance(tried.error, ConfigError | StoreError) and tried.error.remedy, url
    assert "without the driver" in str(tried.error)
