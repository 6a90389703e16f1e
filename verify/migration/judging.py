"""What the checks of two copies mean for a migration: what it changed, what it lost, and whether it goes back.

The checks themselves are those of every verification; here their answers are sorted into a migration's own.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shadow.config.model import Invariant, TablePair, Verify
from shadow.records import CheckStatus, DataCheck, DataFinding
from verify.answer import Answer
from verify.checks import assumptions, counts, migrations, objects, rows, schema, tables
from verify.migration import indexes
from verify.running.job import worst_of
from verify.store import TableSchema
from verify.telling.findings import plural

SCHEMA = frozenset({tables.NAME, schema.NAME, indexes.NAME, objects.NAME, migrations.NAME})
"""The checks that compare what is declared; all others compare data."""

LOST = frozenset({"missing_table", "missing_column"})
"""Changes of the schema that take data away."""

KEPT = 1_000
"""Findings that each check keeps, so that no lost column hides behind changed defaults."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What a migration changed of the schema, and the answers of two of its checks."""

    found: tuple[DataFinding, ...]
    schema: Answer
    data: Answer

    @property
    def none(self) -> bool:
        """Whether nothing that is compared has changed."""
        return not self.found and self.data.total == 0


def after_up(checks: Sequence[DataCheck], max_findings: int) -> Changes:
    """Return what the migration changed: whatever takes data away and is not declared fails, the rest is told."""
    found = tuple(finding for check in checks if check.check in SCHEMA for finding in check.findings)
    lost = tuple(finding for finding in found if _is_lost(finding))
    broken = [check for check in checks if check.check in SCHEMA and check.status is CheckStatus.error]
    if broken:
        declared = Answer(reason="; ".join(check.reason for check in broken))
    elif lost:
        words = [f"{one.kind.replace('_', ' ')} {one.column or one.table}" for one in lost[:5]]
        declared = Answer(
            status=CheckStatus.fail, total=len(lost), findings=lost[:max_findings],
            reason=f"data is taken away that the plan does not declare: {', '.join(words)}",
        )  # fmt: skip
    else:
        total = sum(check.total for check in checks if check.check in SCHEMA)
        declared = Answer(status=CheckStatus.passed, reason=f"{plural(total, 'change')}: {_counted(found)}")
    return Changes(found=found, schema=declared, data=data_answer(checks, max_findings))


def _is_lost(finding: DataFinding) -> bool:
    if finding.kind == "migration":
        return finding.note == "failed or unfinished on the new side"
    return finding.kind in LOST


def _counted(found: Sequence[DataFinding]) -> str:
    kinds = dict.fromkeys(finding.kind for finding in found)
    words = [f"{sum(one.kind == kind for one in found)} {kind.replace('_', ' ')}" for kind in kinds]
    return ", ".join(words) or "the schema is as it was"


def data_answer(checks: Sequence[DataCheck], max_findings: int) -> Answer:
    """Return one answer of all checks that compare data; copies without a single row prove nothing."""
    about = [check for check in checks if check.check not in SCHEMA]
    compared = [check for check in about if check.check == rows.NAME]
    if all(check.status is CheckStatus.passed for check in about) and not sum(one.rows_old for one in compared):
        reason = "there is no row to compare" if compared else "there is no table to compare"
        return Answer(status=CheckStatus.inconclusive, reason=reason)
    done = f"{plural(len(compared), 'table')}, {plural(sum(one.rows_old for one in compared), 'row')} as before"
    granted = [f"{check.pair}: {check.reason}" for check in about if check.check == assumptions.NAME]
    return merged(about, "; ".join([done, *granted]), max_findings)


def merged(checks: Sequence[DataCheck], passed: str, max_findings: int) -> Answer:
    """Return one answer of several: the worst status, in words what was not passed, else `passed`."""
    bad = [check for check in checks if check.status is not CheckStatus.passed]
    # A count that differs only says again which rows are missing.
    words = [_words(check) for check in bad if check.check != counts.NAME] or [_words(check) for check in bad]
    more = f"; and {len(words) - 5} more" if len(words) > 5 else ""
    compared = [check for check in checks if check.check == rows.NAME]
    return Answer(
        status=worst_of(tuple(checks)),
        rows_old=sum(check.rows_old for check in compared),
        rows_new=sum(check.rows_new for check in compared),
        total=sum(check.total for check in bad),
        findings=tuple(finding for check in bad for finding in check.findings)[:max_findings],
        reason="; ".join(words[:5]) + more if bad else passed,
    )


def _words(check: DataCheck) -> str:
    return f"{check.check if check.pair == 'all' else check.pair}: {check.reason}"


def forth(settings: Verify) -> Verify:
    """Return the settings to compare the data before and after: the plan as it is declared."""
    return msgspec.structs.replace(settings, settle_s=0.0, max_findings=max(KEPT, settings.max_findings))


def back(settings: Verify) -> Verify:
    """Return the settings to compare the beginning with what came back: everything, under its old name."""
    pairs = tuple(
        TablePair(old=pair.old, key=pair.key, where=pair.old_where or pair.where) for pair in settings.tables
    )
    asked = tuple(Invariant(name=one.name, sql=one.old_sql or one.sql) for one in settings.invariants)
    return msgspec.structs.replace(forth(settings), tables=pairs, invariants=asked)


def again(settings: Verify, described: Sequence[TableSchema]) -> Verify:
    """Return the settings to compare two results of the migration: the new names, less what the plan ignores."""
    known = {table.name: table for table in described}
    pairs = []
    for pair in settings.tables:
        table = known.get(pair.new or pair.old)
        if table is not None:
            ignore = tuple(name for name in pair.ignore if table.column(name))
            key = tuple(pair.rename.get(name, name) for name in pair.key)
            where = pair.new_where or pair.where
            pairs.append(TablePair(old=table.name, key=key, ignore=ignore, where=where))
    asked = tuple(Invariant(name=one.name, sql=one.new_sql or one.sql) for one in settings.invariants)
    return msgspec.structs.replace(forth(settings), tables=tuple(pairs), invariants=asked)
