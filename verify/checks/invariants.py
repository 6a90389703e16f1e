"""Whether a declared query gives the same answer on both sides: balances per account, orders per day.

Cannot see: anything that the query does not ask; the order of the rows of its answer; writes between the two snapshots.
"""

from __future__ import annotations

from collections import Counter

from shadow.config.model import Invariant
from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.catalogue import Queries
from verify.equality.canonical import encode_row
from verify.store import Row, Snapshot
from verify.telling.findings import Findings, plural
from verify.telling.render import Redact, render_row

NAME = "invariant"
CANNOT_SEE = blind_spot(__doc__)

MOST_ROWS = 100_000
"""An invariant sums up; an answer of more rows than this is no invariant."""


async def check_invariant(
    invariant: Invariant, old: Snapshot, new: Snapshot, max_findings: int, redact: Redact
) -> Answer:
    """Return where the two answers differ. Raises StoreError."""
    if not isinstance(old, Queries) or not isinstance(new, Queries):
        return Answer(reason="a store of this pair does not answer SQL")
    rows = await old.query(invariant.old_sql or invariant.sql), await new.query(invariant.new_sql or invariant.sql)
    if max(map(len, rows)) > MOST_ROWS:
        return Answer(reason=f"the query gives more than {MOST_ROWS:,} rows: let it sum up")
    return judge_invariant(invariant.name, *rows, max_findings, redact)


def judge_invariant(name: str, old: list[Row], new: list[Row], max_findings: int, redact: Redact) -> Answer:
    """Return which rows only one answer has; two empty answers prove nothing."""
    counted = Counter(map(encode_row, old)), Counter(map(encode_row, new))
    findings = Findings(max_findings)
    for rows, spare, side in (
        (old, counted[0] - counted[1], "old"), (new, counted[1] - counted[0], "new"),
    ):  # fmt: skip
        for row in rows:
            mark = encode_row(row)
            if spare[mark] > 0:
                spare[mark] -= 1
                shown = render_row(tuple(f"column {at}" for at in range(1, len(row) + 1)), row, redact)
                note = f"only the {side} side answers this"
                one, other = (shown, None) if side == "old" else (None, shown)
                findings.add(DataFinding(kind="invariant", table=name, old=one, new=other, note=note))
    if findings.total:
        return Answer(
            status=CheckStatus.fail, total=findings.total, findings=findings.kept(),
            reason=f"{plural(findings.total, 'row')} of the answers differ",
        )  # fmt: skip
    if not old:
        return Answer(status=CheckStatus.inconclusive, reason="the query gives no row on either side")
    return Answer(status=CheckStatus.passed, reason=f"{plural(len(old), 'row')} alike")
