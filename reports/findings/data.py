"""Data findings: what the checks found, grouped by table pair, kind and column."""

from __future__ import annotations

from collections import defaultdict

from reports.document import Finding
from reports.findings.titles import contrast, shortened
from reports.words import count, listed
from shadow.records import CheckStatus, DataCheck, DataFinding

ROWS = frozenset({"missing_row", "extra_row"})

SELF_EVIDENT = frozenset({"missing_table", "extra_table"})
"""Kinds whose sentence already says what a note could."""

SENTENCES = {
    "missing_table": "the table is missing in the new store",
    "extra_table": "the table exists only in the new store",
    "missing_column": "column `{column}` is missing",
    "extra_column": "column `{column}` was added",
    "column_type": "column `{column}` changes type",
    "nullability": "column `{column}` changes whether it may be null",
    "default": "column `{column}` changes its default",
    "index": "an index differs",
    "constraint": "a constraint differs",
    "count": "the number of rows differs",
    "object": "an object differs",
    "sequence": "the sequence of `{column}` is behind",
    "migration": "a migration differs",
    "orphan": "rows refer by `{column}` to rows that are missing",
    "duplicate": "values of `{column}` that must be unique are not",
    "invariant": "the answer to a declared query differs",
    "profile": "column `{column}` has another profile",
    "freshness": "the latest `{column}` is too far behind",
    "lock": "a lock was held for too long",
}


def data_findings(checks: tuple[DataCheck, ...]) -> list[Finding]:
    """Return one finding for each table pair, kind, column and cause, of the latest checks.

    A count that differs only says again what lost or added rows of the same pair say; then it is left out. A failed
    check without findings is a finding by itself.
    """
    found: list[Finding] = []
    explained = {check.pair for check in checks if any(item.kind in ROWS for item in check.findings)}
    for check in checks:
        groups: dict[tuple[str, str, str], list[DataFinding]] = defaultdict(list)
        for item in check.findings:
            if not (item.kind == "count" and check.pair in explained):
                groups[item.kind, item.column, item.note].append(item)
        for (kind, column, _), items in groups.items():
            # The list of findings is bounded and the total is not; only a single group can claim the rest.
            n = max(check.total, len(items)) if len(groups) == 1 else len(items)
            found.append(describe(check, kind, column, items, n))
        if check.status is CheckStatus.fail and not check.findings:
            reason = check.reason or f"{count(check.total, 'finding')}, none of them recorded"
            found.append(
                Finding(
                    source="data",
                    scope=check.pair,
                    kind=check.check,
                    title=f"{check.pair}: {reason}",
                    n=max(check.total, 1),
                    first_at=check.started_at,
                    last_at=check.finished_at,
                )
            )
    return found


def describe(check: DataCheck, kind: str, column: str, items: list[DataFinding], n: int) -> Finding:
    """Return the finding for one group."""
    first = items[0]
    keys = [item.key for item in items if item.key]
    where = f" (key {listed(keys, 3)})" if keys else ""
    if kind == "missing_row":
        what = f"{count(n, 'row is', 'rows are')} missing{where}"
    elif kind == "extra_row":
        what = f"{count(n, 'row was', 'rows were')} added{where}"
    elif kind == "value":
        what = f"{count(n, 'value differs', 'values differ')}{where}{change(first)}"
    else:
        what = SENTENCES.get(kind, kind.replace("_", " ")).format(column=column) + change(first)
    # A check of all tables at once names the table in each finding only.
    scope = check.pair if first.table in check.pair.split(" -> ") else first.table or check.pair
    place = f"{scope}.{column}" if kind == "value" and column else scope
    note = "" if kind in SELF_EVIDENT else first.note
    return Finding(
        source="data",
        scope=scope,
        kind=kind,
        path=column,
        title=f"{place}: {what}" + (f", {note}" if note else ""),
        note=note,
        n=n,
        first_at=min((item.since for item in items if item.since is not None), default=check.started_at),
        last_at=check.finished_at,
    )


def change(item: DataFinding) -> str:
    """Return `: 'abc' → 'ab'`, or nothing where neither side is recorded."""
    if item.old is None and item.new is None:
        return ""
    if item.old is not None and item.new is not None:
        old, new = contrast(item.old, item.new)
    else:
        old, new = (shortened(side) if side is not None else "nothing" for side in (item.old, item.new))
    return f": {old} → {new}"
