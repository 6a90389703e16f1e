from __future__ import annotations

from typing import Any

import pytest

from reports.document import Better, Criterion
from reports.headline import closest, severity, title_of, write_headline, write_reasons
from shadow.records import CheckStatus


def row(name: str, scope: str = "all", status: str = "pass", **fields: Any) -> Criterion:
    side = {"parity": Better.higher, "coverage": Better.higher}.get(name, Better.lower)
    unit = {"coverage": "count", "latency": "factor"}.get(name, "ratio")
    given = {"reason": "Because.", "better": side, "unit": unit} | fields
    return Criterion(name=name, scope=scope, status=CheckStatus(status), **given)


def test_titles() -> None:
    assert title_of(row("error_rate")) == "error rate"
    assert title_of(row("parity", "GET /a")) == "parity of GET /a"


@pytest.mark.parametrize(
    ("rows", "headline"),
    [
        ((), "ERROR: no criterion is configured, so nothing was asked."),
        ((row("parity", status="error"),), "ERROR: parity: Because."),
        ((row("parity", status="fail"), row("latency")), "NO-GO: parity: Because."),
        (
            (row("parity", status="fail"), row("latency", status="fail"), row("data", "t", status="inconclusive")),
            "NO-GO: parity: Because. 1 more fails.",
        ),
        (
            tuple(row("parity", f"GET /{n}", status="inconclusive") for n in range(3)),
            "NOT YET: parity of GET /0: Because. 2 more are inconclusive.",
        ),
        ((row("parity", status="waived"), row("latency")), "WAITING for approval of 1 override: parity: Because."),
        ((row("parity"),), "GO: 1 criterion passed. Closest: parity: Because."),
    ],
)
def test_headlines(rows: tuple[Criterion, ...], headline: str) -> None:
    status = rows[0].status if rows else CheckStatus.error
    assert write_headline(status, rows) == headline


def test_reasons_are_one_for_each_criterion_and_status() -> None:
    rows = (
        row("parity", "GET /a", status="fail"),
        row("parity", "GET /b", status="fail"),
        row("latency", "GET /a", status="fail"),
        row("coverage", status="inconclusive", reason="1 of 3; missing: GET /x, GET /y."),
        row("coverage", "GET /x", status="inconclusive"),
        row("coverage", "GET /y", status="inconclusive"),
        row("parity", status="inconclusive"),
        row("completeness", status="inconclusive"),
        row("completeness", "builds", status="inconclusive", reason="Unknown build of candidate."),
        row("data", "t"),
    )
    assert write_reasons(rows) == (
        "parity of GET /a: Because. Likewise: GET /b.",
        "latency of GET /a: Because.",
        "coverage: 1 of 3; missing: GET /x, GET /y.",
        "parity: Because.",
        "completeness: Because.",
        "builds: Unknown build of candidate.",
    )


def test_rows_are_in_order_of_status_and_then_of_how_much_is_missed() -> None:
    rows = [
        row("parity", "GET /ok", required=0.99, observed=1.0),
        row("parity", "GET /half", status="fail", required=0.99, observed=0.5),
        row("coverage", status="inconclusive", required=10.0, observed=4.0),
        row("parity", "GET /none", status="fail", required=0.99, observed=0.0),
        row("latency", "GET /slow", status="fail", required=1.2, observed=7.0),
        row("completeness", status="error"),
    ]
    assert [one.scope for one in sorted(rows, key=severity)] == [
        "all", "GET /none", "GET /half", "GET /slow", "all", "GET /ok",
    ]  # fmt: skip


def test_the_closest_is_the_one_with_the_least_room_for_its_allowance() -> None:
    wide = row("parity", "GET /wide", required=0.99, bound=0.999)
    narrow = row("parity", "GET /narrow", required=0.999, bound=0.9991)
    errors = row("error_rate", required=0.005, bound=0.004)
    assert closest((wide, errors, narrow)) is narrow
    assert closest((wide, errors)) is errors
    assert closest((row("coverage"), wide)) is wide
