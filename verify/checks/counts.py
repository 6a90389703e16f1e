"""Whether both tables hold the same number of rows.

Cannot see: anything about the contents; a lost row beside a duplicated one.
"""

from __future__ import annotations

from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.planning.plan import Pair
from verify.store import Snapshot

NAME = "counts"
CANNOT_SEE = blind_spot(__doc__)


async def check_counts(pair: Pair, old: Snapshot, new: Snapshot) -> Answer:
    """Return the counts of both sides. Raises StoreError."""
    counts = [
        await side.count(one.table, one.where) for side, one in ((old, pair.old_selection), (new, pair.new_selection))
    ]
    return judge_counts(pair.old.name, counts[0], counts[1])


def judge_counts(table: str, old: int, new: int, unsettled: tuple[int, int] = (0, 0)) -> Answer:
    """Return whether two counts are the same; two empty tables pass and say so. Of each side's rows `unsettled` were in
    flight when they were counted, and do not count."""
    if old - unsettled[0] == new - unsettled[1]:
        reason = "0 rows on both sides" if old == 0 else f"{old:,} rows on both sides"
        if old != new:
            reason = f"{old:,} and {new:,} rows; the difference was in flight or left out"
        return Answer(status=CheckStatus.passed, rows_old=old, rows_new=new, reason=reason)
    finding = DataFinding(kind="count", table=table, old=f"{old}", new=f"{new}", note=f"{new - old:+,} rows")
    return Answer(
        status=CheckStatus.fail,
        rows_old=old,
        rows_new=new,
        total=1,
        findings=(finding,),
        reason=f"{old:,} rows became {new:,} ({new - old:+,})",
    )
