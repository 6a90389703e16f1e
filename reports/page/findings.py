"""The divergences: worst first as the document lists them, each with its examples within the page's budget."""

from __future__ import annotations

import msgspec

from reports import numbers
from reports.document import Finding
from reports.numbers import Better
from reports.page.examples import LEAST_WEIGHT, ExampleView, example_of
from reports.page.limits import Limits
from reports.page.text import left_out, one_line
from reports.page.times import between
from reports.words import count
from shadow.export.curl import NEW_BASE, curl_command
from shadow.records import Example

MAX_EXAMPLES = 3
MOST_MISFITS = 12  # laying out examples that do not fit costs time and shows nothing

_NONE_FOUND = "No divergence was found in what was compared."
_NOTHING_COMPARED = "Nothing was compared, so nothing could be found."
_SOURCES = {"http": "answer", "latency": "latency", "data": "data"}


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    """One divergence. `is_open` tells whether its first example is shown unfolded."""

    rank: str
    anchor: str
    title: str
    source: str
    kind: str
    scope: str
    path: str
    note: str
    cause: str
    smallest: str
    smallest_curl: str
    n: str
    share: str
    seen: str
    examples: tuple[ExampleView, ...]
    more_examples: str
    is_open: bool


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """The list, how many there are, and what was left out."""

    rows: tuple[FindingView, ...]
    empty: str
    total: str
    more: str


def findings_of(
    findings: tuple[Finding, ...], total: int, anchors: tuple[str, ...], limits: Limits, *, compared: bool
) -> Findings:
    """Build the list. `total` counts all findings, also those that the document itself left out; `compared` tells
    whether anything could have been found."""
    shown = findings[: limits.findings]
    examples = examples_within(tuple(item.examples for item in shown), limits.example_bytes)
    first = next((index for index, found in enumerate(examples) if found), -1)
    rows = tuple(
        _view(index, item, anchors[index], examples[index], is_open=index == first)
        for index, item in enumerate(shown)
    )
    whole = max(total, len(findings))
    return Findings(
        rows=rows,
        empty="" if rows else (_NONE_FOUND if compared else _NOTHING_COMPARED),
        total=numbers.count(whole),
        more=left_out(len(findings), len(rows), whole, "divergence"),
    )


def examples_within(found: tuple[tuple[Example, ...], ...], budget: int) -> tuple[tuple[ExampleView, ...], ...]:
    """Spend the budget breadth first: one example for every finding before any finding gets a second."""
    kept: list[list[ExampleView]] = [[] for _ in found]
    left, misfits = budget, 0
    for turn in range(MAX_EXAMPLES):
        for index, examples in enumerate(found):
            if turn < len(examples) and left >= LEAST_WEIGHT and misfits < MOST_MISFITS:
                view = example_of(examples[turn])
                if view.weight <= left:
                    kept[index].append(view)
                    left -= view.weight
                else:
                    misfits += 1
    return tuple(tuple(views) for views in kept)


def _view(index: int, item: Finding, anchor: str, examples: tuple[ExampleView, ...], *, is_open: bool) -> FindingView:
    return FindingView(
        rank=str(index + 1),
        anchor=anchor,
        title=one_line(item.title, 220) or f"{one_line(item.kind, 40)} at {one_line(item.scope, 120)}",
        source=_SOURCES.get(item.source, one_line(item.source, 20)),
        kind=one_line(item.kind, 40),
        scope=one_line(item.scope, 120),
        path=one_line(item.path, 160),
        note=one_line(item.note, 300),
        cause=one_line(item.cause, 300),
        smallest=count(item.smallest_bytes, "byte") if item.smallest else "",
        smallest_curl=curl_command(item.smallest, NEW_BASE) if item.smallest else "",
        n=count(item.n, "row or value", "rows or values") if item.source == "data" else count(item.n, "exchange"),
        share="" if item.share is None else numbers.printed(item.share, numbers.PERCENT, Better.lower),
        seen=between(item.first_at, item.last_at) if item.first_at or item.last_at else "",
        examples=examples,
        more_examples=left_out(len(item.examples), len(examples), 0, "example"),
        is_open=is_open,
    )
