from __future__ import annotations

import msgspec
import page_samples
from page_sample_parts import endpoint

from reports.document import EndpointLine, LatencyLine
from reports.numbers import SPACE as S
from reports.page.endpoints import detailed, endpoints_of
from reports.page.limits import FULL
from shadow.records import CheckStatus


def names(n: int) -> tuple[str, ...]:
    return tuple(f"endpoint-{i}" for i in range(1, n + 1))


def test_worst_first_then_least_parity() -> None:
    lines = page_samples.no_go().endpoints
    rows = endpoints_of(lines, names(13), FULL).rows
    assert [row.badge.word for row in rows] == ["Fail"] * 11 + ["Inconclusive", "Pass"]
    assert rows[0].endpoint == "GET /invoices/{id}"
    assert (rows[0].link, rows[-1].link) == ("#endpoint-10", "#endpoint-12")


def test_cells() -> None:
    line = endpoint(1, "GET /orders", 640, 0.001, 18, fixed=False)
    view = endpoints_of((line,), names(1), FULL)
    (row,) = view.rows
    assert view.legs == ("primary", "secondary", "candidate")
    assert (row.requests, row.compared, row.parity) == ("640", "637", f"99.84{S}%")
    assert row.p50 == (f"19{S}ms", f"19{S}ms", f"15{S}ms")
    assert row.p95[0] == f"33{S}ms"
    assert row.ratio == "0.80×"
    (detail,) = view.details
    assert detail.agreeing == "636 of 637 compared exchanges agree"
    assert [leg.width for leg in detail.latency] == [f"9.1{S}%"] * 3
    assert detail.chart is not None and len(detail.chart.curves) == 3


def test_nothing_compared_is_said() -> None:
    (row,) = endpoints_of((EndpointLine(endpoint="GET /a", anchor=""),), names(1), FULL).rows
    assert (row.badge.word, row.parity, row.bound, row.ratio, row.p50) == ("Error", "–", "–", "–", ())
    (detail,) = endpoints_of((EndpointLine(endpoint="GET /a", anchor=""),), names(1), FULL).details
    assert (detail.agreeing, detail.chart, detail.segments) == ("Nothing was compared here.", None, ())


def test_a_leg_without_quantiles() -> None:
    line = EndpointLine(endpoint="GET /a", anchor="", latency=(LatencyLine(leg="candidate", n=3),))
    view = endpoints_of((line,), names(1), FULL)
    assert (view.legs, view.rows[0].p50, view.details[0].latency[0].width) == (("candidate",), ("–",), "–")


def test_long_tables_are_capped() -> None:
    passed = EndpointLine(endpoint="GET /a", anchor="", status=CheckStatus.passed)
    lines = tuple(msgspec.structs.replace(passed, endpoint=f"GET /{i:04}") for i in range(FULL.endpoints + 3))
    view = endpoints_of(lines, names(len(lines)), FULL)
    assert (len(view.rows), len(view.details)) == (FULL.endpoints, FULL.endpoint_details)
    assert view.more == "and 3 more endpoints, in the JSON document"
    assert (
        view.more_details
        == f"Details of {FULL.endpoints + 3 - FULL.endpoint_details} more endpoints are in the JSON document."
    )
    linked = {row.link[1:] for row in view.rows if row.link}
    assert linked == {detail.anchor for detail in view.details} == detailed(lines, names(len(lines)), FULL)


def test_where_the_candidate_has_it_and_what_may_be_claimed() -> None:
    line = endpoint(1, "GET /orders", 640, 0.001, 18, fixed=False)
    lines = (
        msgspec.structs.replace(line, new_endpoint="GET /v2/orders", is_regressed=True, is_suspect=True),
        msgspec.structs.replace(line, is_suspect=True),
        line,
    )
    rows = endpoints_of(lines, names(3), FULL).rows
    assert [row.new_endpoint for row in rows] == ["GET /v2/orders", "", ""]
    assert [row.flag for row in rows] == ["regressed", "worth a look", ""]
