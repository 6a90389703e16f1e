"""Whether the newest rows have arrived: the new side's latest value of a column is hardly behind the old side's.

Cannot see: lost rows that are older than the newest ones (`rows` does); a column that is not written on every change.
"""

from __future__ import annotations

from datetime import datetime

from shadow.config.model import TablePair
from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.catalogue import Queries
from verify.equality.carriers import read_timestamp
from verify.planning.plan import Pair
from verify.store import Snapshot, Value
from verify.stores.sql import quote

NAME = "freshness"
CANNOT_SEE = blind_spot(__doc__)


async def check_freshness(pair: Pair, wanted: TablePair, old: Snapshot, new: Snapshot) -> Answer | None:
    """Return whether the new side is fresh, None where that is not asked. Raises StoreError."""
    if not wanted.fresh_column:
        return None
    if not isinstance(old, Queries) or not isinstance(new, Queries):
        return Answer(reason="a store of this pair does not answer SQL")
    latest = []
    for side, table, column in (
        (old, pair.old.name, wanted.fresh_column), (new, pair.new.name, pair.new_name(wanted.fresh_column)),
    ):  # fmt: skip
        ((value,),) = await side.query(f"SELECT max({quote(column)}) FROM {side.source(table)}")  # noqa: S608
        latest.append(value)
    return judge_freshness(pair.new.name, wanted.fresh_column, latest[0], latest[1], wanted.fresh_s)


def judge_freshness(table: str, column: str, old: Value, new: Value, most_s: float) -> Answer:
    """Return how far the new side's latest value is behind."""
    before, after = _instant(old), _instant(new)
    if before is None and old is None:
        return Answer(status=CheckStatus.inconclusive, reason=f"the old side has no {column}")
    if before is None or (after is None and new is not None):
        return Answer(reason=f"{column} holds no instants")
    if after is None:
        behind = f"the new side has no {column}"
    else:
        lag = (before - after).total_seconds()
        if lag <= most_s:
            return Answer(status=CheckStatus.passed, reason=f"the latest {column} is {max(0.0, lag):,.0f} s behind")
        behind = f"the latest {column} is {lag:,.0f} s behind"
    finding = DataFinding(
        kind="freshness", table=table, column=column, old=before.isoformat(),
        new=None if after is None else after.isoformat(), note=behind,
    )  # fmt: skip
    return Answer(status=CheckStatus.fail, total=1, findings=(finding,), reason=behind)


def _instant(value: Value) -> datetime | None:
    from datetime import UTC

    found = read_timestamp(value)
    if not isinstance(found, datetime):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
