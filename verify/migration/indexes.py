"""Whether a migration left indexes that were not there before.

Cannot see: indexes that became unique, partial or expression indexes, and lost ones (`schema` and `objects` do).
"""

from __future__ import annotations

from collections.abc import Sequence

from shadow.config.model import Verify
from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.store import TableSchema
from verify.telling.findings import plural

NAME = "indexes"
CANNOT_SEE = blind_spot(__doc__)


def check_indexes(old: Sequence[TableSchema], new: Sequence[TableSchema], settings: Verify) -> Answer:
    """Return the indexes of kept tables that only the new side has."""
    after = {table.name: table for table in new}
    plan = {pair.old: pair for pair in settings.tables}
    findings = []
    for table in old:
        pair = plan.get(table.name)
        rename = pair.rename if pair else {}
        other = after.get(pair.new if pair and pair.new else table.name)
        if other is None or (settings.tables and pair is None):
            continue
        known = {tuple(rename.get(name, name) for name in index.columns) for index in table.indexes}
        for index in other.indexes:
            if index.columns not in known and not index.unique:
                shown = f"{index.name} ({', '.join(index.columns)})"
                findings.append(
                    DataFinding(
                        kind="index", table=table.name, column=", ".join(index.columns), new=shown,
                        note="additional index",
                    )
                )  # fmt: skip
    if not findings:
        return Answer(status=CheckStatus.passed, reason="no additional index")
    return Answer(
        status=CheckStatus.fail, total=len(findings), findings=tuple(findings),
        reason=plural(len(findings), "additional index", "es"),
    )  # fmt: skip
