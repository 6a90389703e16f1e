"""What does not count against the candidate or was never seen: covered differences, gaps, what was not proved."""

from __future__ import annotations

import msgspec

from reports import numbers
from reports.document import Covered, RuleChange, RuleHistory
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


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """Exchanges that ended otherwise than recorded, because rules changed since."""

    rules: str
    endpoint: str
    before: str
    after: str
    n: str


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """The lists with what was cut from each. `history_note` is empty where no rule changed an outcome."""

    history_note: str
    history: tuple[HistoryRow, ...]
    history_more: str

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
    covered: tuple[Covered, ...], gaps: tuple[Gap, ...], not_proved: tuple[str, ...], limits: Limits,
    rules: RuleHistory | None = None,
) -> Hidden:  # fmt: skip
    """Build the lists: covered differences by how much they hide, gaps and statements in the given order."""
    ordered = sorted(covered, key=lambda item: (-item.n, item.endpoint, item.path, item.kind, item.by))
    changes = rules.changes if rules else ()
    return Hidden(
        history_note=_history_note(rules) if rules and rules.changed else "",
        history=tuple(_change(item) for item in changes[: limits.hidden]),
        history_more=left_out(len(changes), limits.hidden, 0, "change"),
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


def _history_note(rules: RuleHistory) -> str:
    books = f"{len(rules.recorded):,} earlier book{'' if len(rules.recorded) == 1 else 's'} of rules"
    under = f"recorded under {books}" if rules.recorded else "recorded before a rule expired"
    return f"Rules changed since: {numbers.count(rules.changed)} exchanges, {under}, ended otherwise than recorded."


def _change(item: RuleChange) -> HistoryRow:
    return HistoryRow(
        rules=one_line(", ".join(item.rules), 120),
        endpoint=one_line(item.endpoint, 120),
        before=one_line(item.before.replace("_", " "), 40),
        after=one_line(item.after.replace("_", " "), 40),
        n=numbers.count(item.n),
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
