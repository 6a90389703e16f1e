from __future__ import annotations

from shadow.config.model import Verify
from shadow.records import CheckStatus
from verify.checks.tables import check_tables
from verify.classes import MEMORY
from verify.planning.plan import Plan, Sides, build_plan
from verify.store import ColumnSchema, TableSchema


def plan(old: str, new: str) -> Plan:
    sides = [tuple(TableSchema(name=name, columns=(ColumnSchema(name="x"),)) for name in side) for side in (old, new)]
    return build_plan(
        Verify(old="", new=""), Sides(old=sides[0], new=sides[1], old_dialect=MEMORY, new_dialect=MEMORY)
    )


def test_pairs_on_both_sides_pass() -> None:
    answer = check_tables(plan("ab", "ab"), 10)
    assert (answer.status, answer.total, answer.reason) == (CheckStatus.passed, 0, "2 pairs of tables")


def test_tables_of_one_side_are_named() -> None:
    answer = check_tables(plan("abc", "ad"), 10)
    assert answer.status is CheckStatus.fail
    assert [(f.kind, f.table) for f in answer.findings] == [
        ("missing_table", "b"),
        ("missing_table", "c"),
        ("extra_table", "d"),
    ]
    assert answer.reason == "1 pair of tables, 2 missing, 1 extra"


def test_findings_are_bounded_and_counted() -> None:
    answer = check_tables(plan("abcdefgh", ""), 3)
    assert (answer.total, len(answer.findings)) == (8, 3)


def test_nothing_to_verify_is_an_error() -> None:
    answer = check_tables(Plan(left_out=("alembic_version",)), 10)
    assert answer.status is CheckStatus.error
    assert answer.reason == "there is no table to verify; left out: alembic_version"
