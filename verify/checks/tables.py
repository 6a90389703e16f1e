"""Whether each table of one side has its counterpart on the other.

Cannot see: views, triggers, sequences, grants and stored procedures; tables outside the plan; two tables that have
the same name and another meaning.
"""

from __future__ import annotations

from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.planning.plan import Plan
from verify.telling.findings import plural

NAME = "tables"
CANNOT_SEE = blind_spot(__doc__)


def check_tables(plan: Plan, max_findings: int) -> Answer:
    """Return which tables lack a counterpart. A plan without a single table is an error, not a pass."""
    findings = [
        DataFinding(kind="missing_table", table=name, note="only the old side has it") for name in plan.missing
    ]
    findings += [DataFinding(kind="extra_table", table=name, note="only the new side has it") for name in plan.extra]
    left_out = f"; left out: {', '.join(plan.left_out)}" if plan.left_out else ""
    if not plan.pairs and not findings:
        return Answer(reason=f"there is no table to verify{left_out}")
    pairs = f"{plural(len(plan.pairs), 'pair')} of tables"
    if findings:
        counts = ((len(plan.missing), "missing"), (len(plan.extra), "extra"))
        words = [f"{n} {what}" for n, what in counts if n]
        return Answer(
            status=CheckStatus.fail,
            total=len(findings),
            findings=tuple(findings[:max_findings]),
            reason=f"{pairs}, {', '.join(words)}{left_out}",
        )
    return Answer(status=CheckStatus.passed, reason=f"{pairs}{left_out}")
