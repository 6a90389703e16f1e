from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair, Verify
from shadow.errors import ConfigError
from shadow.records import CheckStatus, DataCheck
from verify.classes import TypeClass
from verify.planning.asof import AsOf, Left, moment
from verify.rows.rowdiff import RowDifference
from verify.running.job import run_verification, verify_stores
from verify.store import ColumnSchema, Row, TableSchema
from verify.stores.memory import MemoryStore

T = datetime(2026, 1, 31, 3, tzinfo=UTC)
KINDS = {"id": TypeClass.integer, "v": TypeClass.text, "at": TypeClass.timestamp}
SCHEMA = TableSchema(
    name="t", columns=tuple(ColumnSchema(name=name, kind=kind) for name, kind in KINDS.items()), primary_key=("id",)
)
BACKUP: list[Row] = [(n, "x", T - timedelta(minutes=n)) for n in range(100)]
LATER = T + timedelta(microseconds=1)


def checks(production: list[Row], backup: list[Row], **more: Any) -> dict[str, DataCheck]:
    wanted = {"as_of": "2026-01-31T03:00:00Z", "tables": (TablePair(old="t", written_column="at"),)} | more
    stores = [MemoryStore({"t": (SCHEMA, rows)}) for rows in (production, backup)]
    return {check.check: check for check in asyncio.run(verify_stores(Verify(old="", new="", **wanted), *stores))}


def test_what_was_written_later_is_left_out_and_counted() -> None:
    production = [(n, "changed", LATER) if n < 3 else row for n, row in enumerate(BACKUP)]
    production += [(n, "new", LATER) for n in range(200, 205)]
    found = checks(production, BACKUP, profiles=True)
    assert {check.status for check in found.values()} == {CheckStatus.passed}
    assert "; 8 rows written after 2026-01-31T03:00:00+00:00 left out" in found["rows"].reason
    assert (found["counts"].rows_old, found["counts"].rows_new) == (105, 100)
    assert (found["rows"].total, found["rows"].causes, found["profiles"].total) == (0, (), 0)


def test_without_the_moment_they_differ() -> None:
    found = checks([*BACKUP, (200, "new", LATER)], BACKUP, as_of="")
    assert found["rows"].total == found["counts"].total == 1
    assert "left out" not in found["rows"].reason


def test_what_was_written_at_that_moment_or_before_has_to_be_there() -> None:
    rest = BACKUP[1:]
    for production in ([*BACKUP, (200, "new", T)], [(0, "changed", T), *rest], rest, [(0, "x", None), *rest]):
        assert checks(production, BACKUP)["rows"].total >= 1
        assert checks(production, BACKUP)["rows"].status is CheckStatus.fail


def test_a_lost_row_beside_one_written_later_is_found() -> None:
    found = checks([*BACKUP, (200, "new", LATER)], BACKUP[:-1])
    assert (found["counts"].status, found["rows"].total) == (CheckStatus.fail, 1)
    assert found["rows"].findings[0].key == "id=99"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"as_of": "yesterday"}, "no instant with a zone"),
        ({"as_of": "2026-01-31T03:00:00"}, "no instant with a zone"),
        ({"as_of": "2026-01-31 03:00"}, "no instant with a zone"),
        ({"tables": (TablePair(old="t"),)}, "no table says when its rows were written"),
        ({"tables": ()}, "no table says when its rows were written"),
        ({"tables": (TablePair(old="t", written_column="an"),)}, "'an' is not compared"),
        ({"tables": (TablePair(old="t", written_column="at", ignore=("at",)),)}, "'at' is not compared"),
        ({"tables": (TablePair(old="t", written_column="v"),)}, "'v' holds no instants"),
    ],
)
def test_mistakes_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        checks(BACKUP, BACKUP, **more)


def test_instants_have_a_zone() -> None:
    assert moment("2026-01-31T05:00:00+02:00") == moment("2026-01-31 03:00:00Z") == T


def test_rows_that_only_the_new_side_has_or_that_nobody_saw_are_never_left_out() -> None:
    left = Left(AsOf(at=T, place=0))
    assert not left.takes(RowDifference(new=(LATER,)))
    assert not left.takes(RowDifference(old=(), detailed=False))
    assert left.takes(RowDifference(old=(LATER.replace(tzinfo=None),), new=(T,)))
    assert (left.missing, left.changed, left.words()) == (0, 1, f"; 1 row written after {T.isoformat()} left out")
    assert not Left(None).takes(RowDifference(old=(LATER,))) and Left(None).words() == ""


@pytest.mark.parametrize("settle_s", [0, 0.5])
def test_a_restored_database(postgres: PostgresServer, settle_s: float) -> None:
    production, backup = postgres.new_database(), postgres.new_database()
    for database in (production, backup):
        postgres.execute(database, """
            CREATE TABLE t (id int PRIMARY KEY, v text, at timestamptz);
            INSERT INTO t SELECT n, 'x', timestamptz '2026-01-31 03:00Z' - n * interval '1 s'
                FROM generate_series(1, 500) n;
        """)  # fmt: skip
    postgres.execute(production, """
        UPDATE t SET v = 'y', at = '2026-01-31 03:00:01Z' WHERE id % 100 = 0;
        INSERT INTO t VALUES (1000, 'z', '2026-02-01Z');
    """)
    tables = (TablePair(old="t", written_column="at"),)
    wanted = Verify(
        old=postgres.url(production), new=postgres.url(backup), as_of="2026-01-31T03:00:00Z", tables=tables,
        settle_s=settle_s,
    )  # fmt: skip
    found = {check.check: check for check in run_verification(wanted)}
    assert {check.status for check in found.values()} == {CheckStatus.passed}
    assert "; 6 rows written after 2026-01-31T03:00:00+00:00 left out" in found["rows"].reason
    postgres.execute(backup, "UPDATE t SET v = 'lost' WHERE id = 7")
    found = {check.check: check for check in run_verification(wanted)}
    assert [finding.key for finding in found["rows"].findings] == ["id=7"]
