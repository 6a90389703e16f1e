"""The data checks, table by table, each with its findings and with what it cannot see."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reports import numbers
from reports.numbers import Better
from reports.page.limits import Limits
from reports.page.redacted import Piece, pieces_of
from reports.page.text import left_out, one_line
from reports.page.times import instant
from reports.page.words import Badge, badge
from reports.status import rank
from shadow.records import CheckStatus, DataCause, DataCheck, DataFinding

MAX_FINDINGS = 20
MAX_CAUSES = 10


class DataFindingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row or value that differs."""

    kind: str
    place: str
    key: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]
    note: str


class CauseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cause of what differs, with a rule or an advice."""

    n: str
    share: str
    what: str
    rule: tuple[str, ...]
    advice: str


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one pair of tables."""

    badge: Badge
    check: str
    rows_old: str
    rows_new: str
    total: str
    reason: str
    cannot_see: str
    findings: tuple[DataFindingRow, ...]
    more: str
    causes: tuple[CauseRow, ...] = ()


class PairView(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of tables with its checks, worst first."""

    badge: Badge
    pair: str
    ran: str
    checks: tuple[CheckRow, ...]


class DataChecks(msgspec.Struct, frozen=True, kw_only=True):
    """All pairs, worst first."""

    pairs: tuple[PairView, ...]
    total: str
    more: str


def data_of(checks: tuple[DataCheck, ...], limits: Limits) -> DataChecks:
    """Group the checks by pair of tables; findings are shared out until the cap is reached."""
    ordered = sorted(checks, key=lambda item: (rank(item.status), item.pair, item.check))[
        : limits.checks
    ]
    left = limits.data_findings
    by_pair: dict[str, list[tuple[DataCheck, CheckRow]]] = {}
    for item in ordered:
        shown = item.findings[: min(MAX_FINDINGS, left)]
        left -= len(shown)
        by_pair.setdefault(item.pair, []).append((item, _row(item, shown)))
    return DataChecks(
        pairs=tuple(_pair(pair, rows) for pair, rows in by_pair.items()),
        total=numbers.count(len(checks)),
        more=left_out(len(checks), len(ordered), 0, "check"),
    )


def _pair(pair: str, rows: list[tuple[DataCheck, CheckRow]]) -> PairView:
    status = min((item.status for item, _ in rows), key=rank)
    return PairView(
        badge=badge(status),
        pair=one_line(pair, 120),
        ran=instant(max(item.finished_at for item, _ in rows)),
        checks=tuple(row for _, row in rows),
    )


def _row(item: DataCheck, shown: tuple[DataFinding, ...]) -> CheckRow:
    return CheckRow(
        badge=badge(item.status),
        check=one_line(item.check, 60),
        rows_old=numbers.count(item.rows_old),
        rows_new=numbers.count(item.rows_new),
        total=numbers.count(item.total),
        reason=one_line(item.reason, 240) or ("nothing differs" if item.status is CheckStatus.passed else ""),
        cannot_see=one_line(item.cannot_see, 300),
        findings=tuple(_finding(finding, item.run_id) for finding in shown),
        more=left_out(len(item.findings), len(shown), item.total, "finding"),
        causes=tuple(_cause(cause, item.total) for cause in item.causes[:MAX_CAUSES]),
    )


def _cause(item: DataCause, total: int) -> CauseRow:
    return CauseRow(
        n="" if item.overlaps else numbers.count(item.n) if item.is_exact else f"at least {numbers.count(item.n)}",
        share="" if item.overlaps else numbers.ratio_of(item.n, total, Better.lower, 1),
        what=one_line(item.what, 300),
        rule=tuple(one_line(line, 300) for line in item.rule.splitlines()),
        advice=one_line(item.advice, 200),
    )


def _finding(item: DataFinding, run_id: str) -> DataFindingRow:
    place = f"{item.table}.{item.column}" if item.column else item.table
    return DataFindingRow(
        kind=one_line(item.kind.replace("_", " "), 40),
        place=one_line(place, 100),
        key=one_line(item.key, 80),
        old=pieces_of("absent" if item.old is None else one_line(item.old, 160)),
        new=pieces_of("absent" if item.new is None else one_line(item.new, 160)),
        note=one_line("; ".join(part for part in (item.note, *_age(item, run_id)) if part), 240),
    )


def _age(item: DataFinding, run_id: str) -> Iterator[str]:
    """Yield for how long a row was seen to differ, within the run and over earlier ones."""
    if item.age_s is not None:
        yield f"unchanged for {item.age_s:,.1f} s"
    if item.since is not None and item.since_run != run_id:
        yield f"there since {instant(item.since)}"
