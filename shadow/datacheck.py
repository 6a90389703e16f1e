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
    invariant, freshness, profile, lock. `key` is the row's key rendered as text.
    `old`/`new` are renderings of the two sides; `note` names the cause where it was recognised ("cut at 40").
    `age_s`: for so many seconds at least the run saw the row different and neither side change it; None where it
    was seen only once. `since` (Unix seconds) and `since_run`: the first of the runs, one after the other up to this
    one, that found the same (kind, table, column and key), as far as the ledger kept it; None without a ledger.
    """

    kind: str
    table: str
    column: str = ""
    key: str = ""
    old: str | None = None
    new: str | None = None
    note: str = ""
    age_s: float | None = None
    since: float | None = None
    since_run: str = ""


class DataCause(msgspec.Struct, frozen=True, kw_only=True):
    """Why differences of a check came about, in words without values that must be hidden.

    `n` of the check's `total` differences are explained, `share` (0 to 1) of them; `is_exact` False: `n` is the least
    or an estimate, as the words say. `overlaps`: these differences are counted under other causes too; the `n` of all
    others add up to `total`. `rule` is YAML for the pair of tables under which they would be equal, `advice` what to do
    where no rule is right.
    """

    kind: str
    what: str
    column: str = ""
    n: int = 0
    share: float = 0.0
    is_exact: bool = True
    overlaps: bool = False
    rule: str = ""
    advice: str = ""
    examples: tuple[DataFinding, ...] = ()


class DataCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The stored result of one check on one pair of tables. `total` counts all findings, `findings` is bounded.

    `cannot_see` is the check's own statement of what it is blind to. `status` has the failing value as default.
    `causes`, the most frequent first, say why.
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
    causes: tuple[DataCause, ...] = ()
