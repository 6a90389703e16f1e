"""The compatibility table: one line for each endpoint, seen or expected."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from reports.criteria.completeness import outcome_counts
from reports.criteria.coverage import reasons_of
from reports.document import Criterion, EndpointLine, LatencyLine
from reports.evidence.histogram import Histogram, Histograms
from reports.evidence.tally import EndpointTally
from reports.headline import severity
from reports.statistics.binomial import upper_bound
from reports.statistics.quantiles import wilks_n
from reports.status import rank, worst_of
from reports.words import listed
from shadow.config.model import Config
from shadow.records import CheckStatus, Leg

CONFIDENCE = 0.95
"""Of the bound beside a share where parity itself is not asked, and of the least n beside a quantile."""


def endpoint_lines(
    histograms: Histograms,
    criteria: tuple[Criterion, ...],
    tallies: dict[str, EndpointTally],
    expected: tuple[str, ...],
    confidence: float = CONFIDENCE,
) -> tuple[EndpointLine, ...]:
    """Return the lines, worst status first, then those that disagree most. `anchor` is set in that order."""
    own: dict[str, list[Criterion]] = {}
    for row in criteria:
        own.setdefault(row.scope, []).append(row)
    names = dict.fromkeys((*tallies, *expected))
    lines = [
        endpoint_line(tallies.get(name) or EndpointTally(endpoint=name, by_reason={}), own.get(name, []), confidence)
        for name in names
    ]
    lines = [
        msgspec.structs.replace(
            line,
            latency=tuple(
                latency_line(leg, found) for leg in Leg if (found := histograms.get((line.endpoint, leg))) is not None
            ),
        )
        for line in lines
    ]
    lines.sort(key=lambda line: (rank(line.status), line.parity if line.parity is not None else 1.0, line.endpoint))
    return tuple(msgspec.structs.replace(line, anchor=f"endpoint-{number}") for number, line in enumerate(lines, 1))


def endpoint_line(tally: EndpointTally, rows: list[Criterion], confidence: float) -> EndpointLine:
    """Return one line without its latency. Its status is that of its worst criterion; without one it is open."""
    rows = sorted(rows, key=severity)
    compared = tally.compared
    latency = next((row for row in rows if row.name == "latency"), None)
    if rows:
        reason = rows[0].reason
    elif compared:
        reason = "Judged within `all` only: it is not among the expected endpoints."
    elif tally.requests:
        reason = f"Never compared: {listed(reasons_of(tally))}."
    else:
        reason = "Expected, but never seen."
    return EndpointLine(
        endpoint=tally.endpoint,
        anchor="",
        status=worst_of(row.status for row in rows) if rows else CheckStatus.inconclusive,
        requests=tally.requests,
        compared=compared,
        agreeing=tally.agreeing,
        parity=tally.agreeing / compared if compared else None,
        parity_bound=1.0 - upper_bound(tally.failing, compared, confidence) if compared else None,
        outcomes=outcome_counts(tally),
        ratio=latency.observed if latency else None,
        reason=reason,
    )


def moved_endpoints(config: Config, names: Iterable[str]) -> dict[str, str]:
    """Return where the candidate has those endpoints that a mapping leads elsewhere."""
    if not config.mapping:
        return {}
    from shadow.mapping.book import MappingBook  # most configurations map nothing

    book = MappingBook(config)
    return {name: new for name in names if (new := book.new_endpoint(name)) != name}


def latency_line(leg: Leg, histogram: Histogram) -> LatencyLine:
    """Return the quantiles of one leg, each only where n could bound it from above."""
    n = histogram.n

    def value(quantile: float) -> float | None:
        found = histogram.quantile(quantile)
        return found.middle_s if found and n >= wilks_n(quantile, CONFIDENCE) else None

    return LatencyLine(
        leg=str(leg),
        n=n,
        p50_s=value(0.5),
        p95_s=value(0.95),
        p99_s=value(0.99),
        error_ratio=histogram.error_ratio,
        buckets=histogram.bars(),
    )


def linked(criteria: tuple[Criterion, ...], lines: tuple[EndpointLine, ...]) -> tuple[Criterion, ...]:
    """Return the criteria, each with a link to what it is about, where the page has a place for it."""
    places = {"data": "#data", "completeness": "#evidence", "days": "#evidence", "trips": "#evidence"}
    anchors = {line.endpoint: f"#{line.anchor}" for line in lines}
    return tuple(
        msgspec.structs.replace(row, link=places.get(row.name) or anchors.get(row.scope, "")) for row in criteria
    )
