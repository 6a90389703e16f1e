"""The compatibility table, and what stands behind each of its rows."""

from __future__ import annotations

import msgspec

from reports import numbers
from reports.document import EndpointLine, LatencyLine
from reports.numbers import Better
from reports.page.bars import Segment, segments_of
from reports.page.curves import Chart, chart_of
from reports.page.days import parity_line
from reports.page.limits import Limits
from reports.page.text import left_out, one_line
from reports.page.times import duration
from reports.page.trend import Trend
from reports.page.words import Badge, badge
from reports.status import rank
from reports.words import count

LEGS = ("primary", "secondary", "candidate")


class LegLatency(msgspec.Struct, frozen=True, kw_only=True):
    """One leg's quantiles as text. `width` is the relative width of a histogram bucket: no quantile is
    known better than that."""

    leg: str
    tone: str
    n: str
    p50: str
    p95: str
    p99: str
    width: str


class EndpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. `p50` and `p95` hold one text per leg of the table's `legs`. `link` leads to the detail."""

    badge: Badge
    endpoint: str
    new_endpoint: str
    flag: str
    link: str
    requests: str
    compared: str
    parity: str
    bound: str
    p50: tuple[str, ...]
    p95: tuple[str, ...]
    ratio: str


class EndpointDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a row."""

    anchor: str
    badge: Badge
    endpoint: str
    reason: str
    agreeing: str
    segments: tuple[Segment, ...]
    latency: tuple[LegLatency, ...]
    chart: Chart | None
    parity: Trend | None


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """The table, the details of its first rows, and what was left out."""

    legs: tuple[str, ...]
    rows: tuple[EndpointRow, ...]
    details: tuple[EndpointDetail, ...]
    total: str
    more: str
    more_details: str


def endpoints_of(lines: tuple[EndpointLine, ...], anchors: tuple[str, ...], limits: Limits) -> Endpoints:
    """Build the table, worst first; `anchors` are the ids of `lines`, in the same order."""
    pairs = sorted(zip(lines, anchors, strict=True), key=lambda pair: _rank(pair[0]))
    seen = {item.leg for line in lines for item in line.latency}
    legs = tuple(leg for leg in LEGS if leg in seen)
    details = tuple(_detail(line, anchor) for line, anchor in pairs[: limits.endpoint_details])
    folded = len(pairs) - limits.endpoint_details
    return Endpoints(
        legs=legs,
        rows=tuple(
            _row(line, f"#{anchor}" if index < limits.endpoint_details else "", legs)
            for index, (line, anchor) in enumerate(pairs[: limits.endpoints])
        ),
        details=details,
        total=numbers.count(len(pairs)),
        more=left_out(len(pairs), limits.endpoints, 0, "endpoint"),
        more_details=f"Details of {count(folded, 'more endpoint')} are in the JSON document." if folded > 0 else "",
    )


def detailed(lines: tuple[EndpointLine, ...], anchors: tuple[str, ...], limits: Limits) -> frozenset[str]:
    """The ids that the page will really have."""
    pairs = sorted(zip(lines, anchors, strict=True), key=lambda pair: _rank(pair[0]))
    return frozenset(anchor for _, anchor in pairs[: limits.endpoint_details])


def _rank(line: EndpointLine) -> tuple[int, float, str]:
    return (rank(line.status), line.parity if line.parity is not None else -1.0, line.endpoint)


def _row(line: EndpointLine, link: str, legs: tuple[str, ...]) -> EndpointRow:
    by_leg = {item.leg: item for item in line.latency}
    return EndpointRow(
        badge=badge(line.status),
        endpoint=one_line(line.endpoint, 120),
        new_endpoint=one_line(line.new_endpoint, 120),
        flag="regressed" if line.is_regressed else "worth a look" if line.is_suspect else "",
        link=link,
        requests=numbers.count(line.requests),
        compared=numbers.count(line.compared),
        parity=numbers.printed(line.parity, numbers.PERCENT, Better.higher),
        bound=numbers.printed(line.parity_bound, numbers.PERCENT, Better.higher),
        p50=tuple(duration(by_leg[leg].p50_s) if leg in by_leg else numbers.NONE for leg in legs),
        p95=tuple(duration(by_leg[leg].p95_s) if leg in by_leg else numbers.NONE for leg in legs),
        ratio=numbers.printed(line.ratio, numbers.TIMES, Better.lower),
    )


def _detail(line: EndpointLine, anchor: str) -> EndpointDetail:
    order = {leg: index for index, leg in enumerate(LEGS)}
    lines = tuple(sorted(line.latency, key=lambda item: (order.get(item.leg, len(order)), item.leg)))[:4]
    return EndpointDetail(
        anchor=anchor,
        badge=badge(line.status),
        endpoint=one_line(line.endpoint, 120),
        reason=one_line(line.reason, 300),
        agreeing=f"{numbers.count(line.agreeing)} of {numbers.count(line.compared)} compared exchanges agree"
        if line.compared
        else "Nothing was compared here.",
        segments=segments_of(line.outcomes),
        latency=tuple(_latency(item) for item in lines),
        chart=chart_of(lines),
        parity=parity_line(line.days),
    )


def _latency(item: LatencyLine) -> LegLatency:
    return LegLatency(
        leg=one_line(item.leg, 20),
        tone=item.leg if item.leg in LEGS else "other",
        n=numbers.count(item.n),
        p50=duration(item.p50_s),
        p95=duration(item.p95_s),
        p99=duration(item.p99_s),
        width=numbers.printed(item.error_ratio or None, numbers.PERCENT, Better.lower, 1),
    )
