"""What does not count against the candidate or was never seen: covered differences, gaps, what was not proved."""

from __future__ import annotations

import msgspec

from reports.document import Covered
from reports.page import numbers
from reports.page.limits import Limits
from reports.page.text import left_out, one_line
from reports.page.times import between, duration
from shadow.ledger.gaps import length_s
from shadow.records import Gap


class CoveredRow(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of difference that a rule or noise covered."""

    by: str
    endpoint: str
    path: str
    kind: str
    n: str


class GapRow(msgspec.Struct, frozen=True, kw_only=True):
    """One interval without evidence."""

    kind: str
    when: str
    length: str
    lost: str
    detail: str


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """The three lists with what was cut from each."""

    covered: tuple[CoveredRow, ...]
    covered_total: str
    covered_more: str
    gaps: tuple[GapRow, ...]
    gaps_total: str
    gaps_more: str
    not_proved: tuple[str, ...]
    not_proved_total: str
    not_proved_more: str


def hidden_of(
    covered: tuple[Covered, ...], gaps: tuple[Gap, ...], not_proved: tuple[str, ...], limits: Limits
) -> Hidden:
    """Build the lists: covered differences by how much they hide, gaps and statements in the given order."""
    ordered = sorted(covered, key=lambda item: (-item.n, item.endpoint, item.path, item.kind, item.by))
    return Hidden(
        covered=tuple(_covered(item) for item in ordered[: limits.hidden]),
        covered_total=numbers.count(len(covered)),
        covered_more=left_out(len(covered), limits.hidden, 0, "covered difference"),
        gaps=tuple(_gap(item) for item in gaps[: limits.hidden]),
        gaps_total=numbers.count(len(gaps)),
        gaps_more=left_out(len(gaps), limits.hidden, 0, "gap"),
        not_proved=tuple(one_line(text, 400) for text in not_proved[: limits.hidden]),
        not_proved_total=numbers.count(len(not_proved)),
        not_proved_more=left_out(len(not_proved), limits.hidden, 0, "statement"),
    )


def _covered(item: Covered) -> CoveredRow:
    return CoveredRow(
        by=one_line(item.by, 80),
        endpoint=one_line(item.endpoint, 120),
        path=one_line(item.path, 120),
        kind=item.kind.value,
        n=numbers.count(item.n),
    )


def _gap(item: Gap) -> GapRow:
    return GapRow(
        kind=item.kind.value.replace("_", " "),
        when=between(item.started_at, item.ended_at),
        length=duration(length_s(item)),
        lost=numbers.count(item.lost) if item.lost else "unknown",
        detail=one_line(item.detail, 200),
    )
