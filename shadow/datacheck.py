"""The frozen records of data checks; `shadow.records` gives them out with all others."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class CheckStatus(StrEnum):
    """The answer of one data check or of one criterion; worst first."""

    error = "error"
    fail = "fail"
    inconclusive = "inconclusive"
    waived = "waived"
    passed = "pass"


class DataFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a data check found, redacted and bounded.

    `kind` is a closed set: missing_table, extra_table, missing_column, extra_column, column_type, nullability,
    default, index, constraint, count, missing_row, extra_row, value, object, sequence, migration, orphan, duplicate,
    invariant, freshness, lock. `key` is the row's key rendered as text.
    `old`/`new` are renderings of the two sides; `note` names the cause where it was recognised ("cut at 40").
    """

    kind: str
    table: str
    column: str = ""
    key: str = ""
    old: str | None = None
    new: str | None = None
    note: str = ""


class DataCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The stored result of one check on one pair of tables. `total` counts all findings, `findings` is bounded.

    `cannot_see` is the check's own statement of what it is blind to. `status` has the failing value as default.
    """

    run_id: str
    pair: str
    check: str
    started_at: float
    finished_at: float
    status: CheckStatus = CheckStatus.error
    rows_old: int = 0
    rows_new: int = 0
    total: int = 0
    findings: tuple[DataFinding, ...] = ()
    reason: str = ""
    cannot_see: str = ""
