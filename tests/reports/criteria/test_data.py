from __future__ import annotations

from typing import Any

import pytest

from reports.criteria.data import judge_data, latest_checks
from shadow.config.model import Data, TablePair, Verify
from shadow.records import CheckStatus, DataCheck, DataFinding

AT = 1_700_000_000.0
ASKED = Data(max_age_s=3600.0)
PLAN = Verify(old="sqlite:old.db", new="sqlite:new.db", tables=(TablePair(old="orders"), TablePair(old="a", new="b")))
ANY = Verify(old="sqlite:old.db", new="sqlite:new.db")


def check(
    pair: str = "orders", name: str = "rows", age_s: float = 60.0, status: str = "pass", **fields: Any
) -> DataCheck:
    return DataCheck(
        run_id="r", pair=pair, check=name, started_at=AT - age_s - 5, finished_at=AT - age_s,
        status=CheckStatus(status), **{"rows_old": 10, "rows_new": 10, **fields},
    )  # fmt: skip


def statuses(verify: Verify | None, *checks: DataCheck) -> list[tuple[str, str]]:
    return [(row.scope, str(row.status)) for row in judge_data(ASKED, verify, checks, AT)]


FINDING = DataFinding(kind="value", table="orders")


@pytest.mark.parametrize(
    ("one", "status"),
    [
        (check(), "pass"),
        (check(age_s=3600.0), "pass"),
        (check(age_s=3601.0), "inconclusive"),
        (check(age_s=-30.0), "pass"),  # clocks of two machines
        (check(age_s=-3600.0), "inconclusive"),
        (check(age_s=float("nan")), "inconclusive"),
        (check(status="fail", total=1), "fail"),
        (check(status="fail", total=1, age_s=9e9), "fail"),  # an old failure stands
        (check(status="error"), "error"),
        (check(status="inconclusive"), "inconclusive"),
        (check(total=1), "fail"),  # a pass that has findings is none
        (check(findings=(FINDING,)), "fail"),
    ],
)
def test_one_check(one: DataCheck, status: str) -> None:
    assert statuses(ANY, one) == [("orders", status)]


def test_a_planned_pair_without_a_check_is_open() -> None:
    assert statuses(PLAN, check()) == [("a -> b", "inconclusive"), ("orders", "pass")]
    assert statuses(PLAN, check(), check("a -> b")) == [("a -> b", "pass"), ("orders", "pass")]


def test_a_pair_that_lacks_a_check_which_others_have_is_open() -> None:
    half = check("items", "counts")
    assert statuses(ANY, check(), check(name="counts"), half) == [("items", "inconclusive"), ("orders", "pass")]
    (row, _) = judge_data(ASKED, ANY, (check(), check(name="counts"), half), AT)
    assert row.reason == "Not recorded here, though for other tables: rows; run `shadow verify`."
    failed = check("items", "counts", status="fail", total=1)
    assert statuses(ANY, check(), check(name="counts"), failed) == [("items", "fail"), ("orders", "pass")]


def test_checks_of_all_tables_at_once_prove_no_rows() -> None:
    assert statuses(ANY, check("all", "tables")) == [("all", "inconclusive"), ("all", "pass")]
    assert statuses(ANY, check("all", "tables"), check()) == [("all", "pass"), ("orders", "pass")]
    assert statuses(ANY, check("all", "self_proof", status="error"), check()) == [
        ("all", "error"),
        ("orders", "pass"),
    ]


def test_what_was_checked_beside_the_plan_counts_too() -> None:
    found = statuses(PLAN, check(), check("a -> b"), check("items", status="fail", total=1))
    assert found == [("items", "fail"), ("a -> b", "pass"), ("orders", "pass")]


def test_verification_configured_and_never_run_is_open() -> None:
    assert statuses(ANY) == [("all", "inconclusive")]
    assert statuses(PLAN) == [("a -> b", "inconclusive"), ("orders", "inconclusive")]


def test_without_verification_the_criterion_is_left_out() -> None:
    assert statuses(None) == []


def test_recorded_checks_count_even_when_no_longer_configured() -> None:
    assert statuses(None, check(status="fail", total=1)) == [("orders", "fail")]


def test_the_latest_check_of_each_kind_counts() -> None:
    failed, passed = check(status="fail", total=1, age_s=500), check(age_s=100)
    other = check(name="counts", age_s=900)
    assert latest_checks((failed, passed, other)) == (other, passed)
    assert statuses(ANY, failed, passed, other) == [("orders", "pass")]
    assert statuses(ANY, check(status="fail", total=1, age_s=50), passed) == [("orders", "fail")]


def test_of_two_at_the_same_instant_the_worse_one_counts() -> None:
    failed, passed = check(status="fail", total=1), check()
    assert latest_checks((failed, passed)) == latest_checks((passed, failed)) == (failed,)


def test_words_and_figures() -> None:
    (row,) = judge_data(ASKED, ANY, (check(status="fail", total=3, reason="3 rows differ"), check(name="counts")), AT)
    assert (row.unit, row.required, row.observed, row.n) == ("count", 0.0, 3.0, 10)
    assert row.reason == "rows: 3 rows differ."
    (row,) = judge_data(ASKED, ANY, (check(), check(name="counts")), AT)
    assert row.reason == "2 checks passed on 10 rows: counts, rows."
    (row,) = judge_data(ASKED, ANY, (check(age_s=7200.0),), AT)
    assert row.reason == "rows: the last check is 2.0 h old; run `shadow verify`."
