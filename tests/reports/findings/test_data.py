from __future__ import annotations

from typing import Any

import pytest

from reports.findings.data import data_findings
from shadow.records import CheckStatus, DataCheck, DataFinding


def check(*findings: DataFinding, pair: str = "orders", name: str = "rows", **fields: Any) -> DataCheck:
    given: dict[str, Any] = {"status": CheckStatus.fail, "total": len(findings)}
    return DataCheck(
        run_id="r", pair=pair, check=name, started_at=1.0, finished_at=2.0, findings=findings, **(given | fields)
    )


def item(kind: str, table: str = "orders", **fields: Any) -> DataFinding:
    return DataFinding(kind=kind, table=table, **fields)


@pytest.mark.parametrize(
    ("one", "title"),
    [
        (item("missing_row", key="17"), "orders: 1 row is missing (key 17)"),
        (item("extra_row", key="17"), "orders: 1 row was added (key 17)"),
        (
            item("value", column="name", key="5", old="'abcd'", new="'ab'", note="cut at 2"),
            "orders.name: 1 value differs (key 5): 'abcd' → 'ab', cut at 2",
        ),
        (item("value", column="name", key="5", old="'a'"), "orders.name: 1 value differs (key 5): 'a' → nothing"),
        (item("count", old="20", new="19", note="-1 rows"), "orders: the number of rows differs: 20 → 19, -1 rows"),
        (item("missing_column", column="tax"), "orders: column `tax` is missing"),
        (
            item("column_type", column="tax", old="numeric", new="real"),
            "orders: column `tax` changes type: numeric → real",
        ),
        (item("unheard_of"), "orders: unheard of"),
    ],
)
def test_titles(one: DataFinding, title: str) -> None:
    (found,) = data_findings((check(one),))
    assert (found.title, found.source, found.scope, found.kind, found.path) == (
        title, "data", "orders", one.kind, one.column,
    )  # fmt: skip
    assert (found.first_at, found.last_at, found.share) == (1.0, 2.0, None)


def test_rows_are_grouped_and_the_total_claims_what_was_cut() -> None:
    many = [item("value", column="price", key=str(n), note="rounded") for n in range(5)]
    (found,) = data_findings((check(*many, total=900),))
    assert (found.n, found.title) == (900, "orders.price: 900 values differ (key 0, 1, 2 and 2 more), rounded")


def test_each_column_and_cause_is_a_finding() -> None:
    found = data_findings(
        (
            check(
                item("value", column="price", key="1", note="rounded"),
                item("value", column="price", key="2", note="rounded"),
                item("value", column="price", key="3", note="cut"),
                item("value", column="name", key="4"),
                total=50,
            ),
        )
    )
    assert [(one.path, one.note, one.n) for one in found] == [
        ("price", "rounded", 2),
        ("price", "cut", 1),
        ("name", "", 1),
    ]


def test_a_count_that_lost_rows_explain_is_left_out() -> None:
    counts = check(item("count", old="20", new="19"), name="counts")
    lost = check(item("missing_row", key="17"))
    assert [one.kind for one in data_findings((counts, lost))] == ["missing_row"]
    assert [one.kind for one in data_findings((counts,))] == ["count"]
    elsewhere = check(item("missing_row", "items", key="17"), pair="items")
    assert [one.kind for one in data_findings((counts, elsewhere))] == ["count", "missing_row"]


def test_a_check_of_all_tables_names_the_table() -> None:
    one = item("missing_table", "items", note="only the old side has it")
    (found,) = data_findings((check(one, pair="all", name="tables"),))
    assert (found.scope, found.title) == ("items", "items: the table is missing in the new store")


def test_renamed_pairs_keep_their_name() -> None:
    (found,) = data_findings((check(item("missing_row", "clients", key="1"), pair="customers -> clients"),))
    assert found.scope == "customers -> clients"


def test_a_failed_check_without_findings_is_one() -> None:
    (found,) = data_findings((check(total=4, reason="4 rows differ"),))
    assert (found.kind, found.n, found.title) == ("rows", 4, "orders: 4 rows differ")
    assert data_findings((check(status=CheckStatus.passed), check(status=CheckStatus.error))) == []
