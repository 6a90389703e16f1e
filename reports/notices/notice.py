"""What changed between two result documents, as short messages. Pure: no clock, no IO."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from reports.criteria.pairing import PAIRING
from reports.document import Criterion, Finding, Result
from reports.headline import title_of
from reports.numbers import count
from reports.page.text import one_line
from reports.page.times import between
from shadow.errors import EXIT_WAITING
from shadow.records import CheckStatus, Gap

MOST_OF_A_KIND = 5
"""More changes of one kind at once are told as one number."""


class Event(StrEnum):
    """What a channel can ask for."""

    verdict = "verdict"
    divergence = "divergence"
    gap = "gap"
    breaker = "breaker"
    budget = "budget"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message: a title that stands by itself, and a text. Both hold nothing that the report would not show."""

    event: Event
    title: str
    text: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was told before: enough of a document to see a change, and small."""

    status: str = ""
    exit_code: int = -1
    candidate_build: str = ""
    divergences: frozenset[str] = frozenset()
    gap_until: float = 0.0
    trips: dict[str, float] = {}
    spent: frozenset[str] = frozenset()
    has_fewer_pairs: bool = False


def known_of(result: Result) -> Known:
    """Return what the next comparison needs of this document."""
    return Known(
        status=result.status.value,
        exit_code=result.exit_code,
        candidate_build=result.identity.candidate_build,
        divergences=frozenset(_divergence_key(item) for item in result.findings),
        gap_until=max((gap.ended_at for gap in result.gaps), default=0.0),
        trips={_row_key(row): row.observed for row in _breaker_rows(result) if row.observed is not None},
        spent=frozenset(_row_key(row) for row in _spent(result)),
        has_fewer_pairs=bool(_fewer_pairs(result)),
    )


def notices_between(before: Known, result: Result) -> tuple[Notice, ...]:
    """Return what changed since `before`. With nothing known before, the verdict is news and nothing else is.

    A new candidate build begins anew: its divergences are told again, since they are evidence on another build.
    """
    found = [*_verdict(before, result)]
    if before.exit_code < 0:
        return tuple(found)
    if before.candidate_build != result.identity.candidate_build:
        before = msgspec.structs.replace(before, divergences=frozenset(), trips={}, spent=frozenset())
    fresh = [item for item in result.findings if _divergence_key(item) not in before.divergences]
    found += _some(Event.divergence, [_divergence(item) for item in fresh], "new divergences")
    gaps = [gap for gap in result.gaps if gap.ended_at > before.gap_until]
    found += _some(Event.gap, [_gap(gap) for gap in gaps], "gaps in the evidence")
    if not before.has_fewer_pairs:
        found += [Notice(event=Event.gap, title=f"Fewer pairs: {_sentence(row)}") for row in _fewer_pairs(result)]
    for row in _breaker_rows(result):
        trips = (row.observed or 0.0) - before.trips.get(_row_key(row), 0.0)
        if trips > 0:
            found.append(Notice(event=Event.breaker, title=f"Circuit breaker: {_sentence(row)}"))
    spent = [row for row in _spent(result) if _row_key(row) not in before.spent]
    rows = [Notice(event=Event.budget, title=f"Allowance used up: {_sentence(row)}") for row in spent]
    return (*found, *_some(Event.budget, rows, "allowances used up"))


def _verdict(before: Known, result: Result) -> list[Notice]:
    if (before.status, before.exit_code) == (result.status.value, result.exit_code):
        return []
    was = f" (it was {before.status})" if before.status else ""
    waiting = " It waits for approval." if result.exit_code == EXIT_WAITING else ""
    builds = f"{result.identity.primary_build or 'unknown'} → {result.identity.candidate_build or 'unknown'}"
    return [
        Notice(
            event=Event.verdict,
            title=f"Shadow: {one_line(result.headline, 300)}",
            text=f"Verdict {result.status.value}{was}.{waiting} Builds: {builds}.",
        )
    ]


def _some(event: Event, notices: list[Notice], words: str) -> list[Notice]:
    if len(notices) <= MOST_OF_A_KIND:
        return notices
    text = "\n".join(notice.title for notice in notices[:MOST_OF_A_KIND])
    more = len(notices) - MOST_OF_A_KIND
    return [Notice(event=event, title=f"{count(len(notices))} {words}", text=f"{text}\nand {count(more)} more")]


def _divergence(item: Finding) -> Notice:
    return Notice(
        event=Event.divergence,
        title=f"New divergence: {one_line(item.title, 220)}",
        text=f"{one_line(item.scope, 120)} {one_line(item.path, 160)}: {count(item.n)} seen.",
    )


def _gap(gap: Gap) -> Notice:
    lost = f"{count(gap.lost)} exchanges lost. " if gap.lost else ""
    kind = gap.kind.value.replace("_", " ")
    when = between(gap.started_at, gap.ended_at)
    text = f"{when}. {lost}{one_line(gap.detail, 200)}"
    return Notice(event=Event.gap, title=f"Gap in the evidence: {kind}", text=text)


def _divergence_key(item: Finding) -> str:
    return "\n".join((item.source, item.scope, item.kind, item.path))


def _row_key(row: Criterion) -> str:
    return f"{row.name}\n{row.scope}"


def _breaker_rows(result: Result) -> list[Criterion]:
    return [row for row in result.criteria if row.name == "trips"]


def _fewer_pairs(result: Result) -> list[Criterion]:
    return [row for row in result.criteria if (row.name, row.scope) == ("completeness", PAIRING)]


def _spent(result: Result) -> list[Criterion]:
    """The rows on rates and losses that failed: what they allow is used up, more of the same cannot mend it."""
    return [
        row
        for row in result.criteria
        if row.status is CheckStatus.fail and row.unit == "ratio" and not row.dry_run
    ]


def _sentence(row: Criterion) -> str:
    return f"{title_of(row)}: {one_line(row.reason, 220)}"
