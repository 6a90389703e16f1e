"""What the answers of checks mean for a migration."""

from __future__ import annotations

from typing import Any

import pytest

from shadow.config.model import Invariant, TablePair, Verify
from shadow.records import CheckStatus, DataCheck, DataFinding
from verify.migration.judging import after_up, again, back, data_answer, forth, merged
from verify.store import ColumnSchema, TableSchema


def check(name: str, status: str = "pass", pair: str = "t", *findings: DataFinding, **more: Any) -> DataCheck:
    return DataCheck(
        run_id="r", pair=pair, check=name, started_at=1.0, finished_at=2.0, status=CheckStatus(status),
        total=len(findings), findings=findings, reason=f"{name} says {status}", **more,
    )  # fmt: skip


def finding(kind: str, **more: Any) -> DataFinding:
    return DataFinding(kind=kind, table="t", **more)


ROWS = check("rows", rows_old=5, rows_new=5)


@pytest.mark.parametrize(
    ("kind", "note", "status"),
    [
        ("missing_column", "", "fail"),
        ("missing_table", "", "fail"),
        ("extra_column", "", "pass"),
        ("column_type", "", "pass"),
        ("constraint", "", "pass"),
        ("object", "", "pass"),
        ("migration", "only on the new side", "pass"),
        ("migration", "failed or unfinished on the new side", "fail"),
        ("migration", "failed or unfinished on the old side", "pass"),
    ],
)
def test_only_what_takes_data_away_or_failed_half_way_fails(kind: str, note: str, status: str) -> None:
    changes = after_up([ROWS, check("schema", "fail", "t", finding(kind, note=note))], 10)
    assert (changes.schema.status, len(changes.found), changes.none) == (status, 1, False)
    assert changes.data.status == "pass"


def test_a_check_of_the_schema_that_could_not_be_done_is_an_error() -> None:
    changes = after_up([ROWS, check("objects", "error")], 10)
    assert (changes.schema.status, changes.schema.reason) == ("error", "objects says error")


def test_nothing_is_nothing() -> None:
    assert after_up([ROWS, check("schema")], 10).none


def test_the_worst_answer_counts_and_the_others_are_told() -> None:
    lost = finding("missing_row", key="id=1")
    answer = data_answer([ROWS, check("rows", "fail", "u", lost, rows_old=1), check("self_proof", "error", "all")], 10)
    assert (answer.status, answer.total, answer.findings, answer.rows_old) == ("error", 1, (lost,), 6)
    assert answer.reason == "u: rows says fail; self_proof: self_proof says error"


@pytest.mark.parametrize("checks", [[], [check("rows")], [check("counts"), check("rows")]])
def test_no_row_proves_nothing(checks: list[DataCheck]) -> None:
    assert data_answer(checks, 10).status == "inconclusive"


def test_findings_are_bounded_and_counted() -> None:
    bad = [check("rows", "fail", f"t{n}", *[finding("value")] * 3, rows_old=1) for n in range(9)]
    answer = merged(bad, "", 10)
    assert (answer.total, len(answer.findings)) == (27, 10)
    assert answer.reason.endswith("t4: rows says fail; and 4 more")


def test_a_count_says_only_what_lost_rows_say() -> None:
    answer = merged([check("counts", "fail"), check("rows", "fail", "t", finding("missing_row"))], "", 10)
    assert answer.reason == "t: rows says fail"
    assert merged([check("counts", "fail")], "", 10).reason == "t: counts says fail"


PLAN = Verify(
    old="o", new="n", settle_s=5,
    tables=(TablePair(old="a", new="b", key=("k",), rename={"k": "id", "x": "y"}, ignore=("gone", "fresh")),
            TablePair(old="lost", new="lost")),
    invariants=(Invariant(name="i", old_sql="O", new_sql="N"), Invariant(name="j", sql="S")),
)  # fmt: skip


def test_up_is_compared_by_the_plan() -> None:
    settings = forth(PLAN)
    assert (settings.tables, settings.settle_s, settings.max_findings) == (PLAN.tables, 0, 1000)


def test_down_is_compared_with_nothing_ignored() -> None:
    settings = back(PLAN)
    assert settings.tables == (TablePair(old="a", key=("k",)), TablePair(old="lost"))
    assert [(one.name, one.sql, one.old_sql) for one in settings.invariants] == [("i", "O", ""), ("j", "S", "")]


def test_up_again_is_compared_under_the_new_names() -> None:
    table = TableSchema(name="b", columns=(ColumnSchema(name="id"), ColumnSchema(name="fresh")))
    settings = again(PLAN, [table])
    assert settings.tables == (TablePair(old="b", key=("id",), ignore=("fresh",)),)
    assert [one.sql for one in settings.invariants] == ["N", "S"]
