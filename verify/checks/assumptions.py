"""What a pair of tables takes for granted because the plan declares it: rows left out, values transformed, tolerated or
cut, columns left out. None of it is proved, and all of it is said.

Cannot see: whether a declaration is right.
"""

from __future__ import annotations

from collections.abc import Iterator

from shadow.records import CheckStatus
from verify.answer import Answer, blind_spot
from verify.planning.plan import Pair
from verify.store import Snapshot

NAME = "assumptions"
CANNOT_SEE = blind_spot(__doc__)


async def check_assumptions(pair: Pair, old: Snapshot, new: Snapshot) -> Answer | None:
    """Return what is declared, with the number of rows that filters leave out; None where nothing is. Raises
    StoreError."""
    declared = [*_columns(pair)]
    left_out = []
    for side, snapshot, one in (("old", old, pair.old_selection), ("new", new, pair.new_selection)):
        if one.where:
            rows = await snapshot.count(one.table) - await snapshot.count(one.table, one.where)
            left_out.append(f"{rows:,} {side} rows that are not ({' '.join(one.where.split())})")
    if left_out:
        declared.insert(0, f"left out: {' and '.join(left_out)}")
    if not declared:
        return None
    return Answer(status=CheckStatus.passed, reason=f"not proved exactly: {'; '.join(declared)}")


def _columns(pair: Pair) -> Iterator[str]:
    for one, other in zip(pair.old_selection.readings, pair.new_selection.readings, strict=True):
        parts = []
        if one.mapping:
            parts.append(f"{len(one.mapping)} values mapped")
        if one.steps:
            parts.append(f"transformed ({', '.join(one.steps)})")
        if other.steps:
            parts.append(f"on the new side transformed ({', '.join(other.steps)})")
        if one.step_us > 1:
            parts.append(f"cut to {'seconds' if one.step_us >= 1_000_000 else 'milliseconds'}")
        if one.column in pair.tolerances:
            parts.append(f"equal {pair.tolerances[one.column].words()}, compared by value")
        if parts:
            yield f"{one.column} {', '.join(parts)}"
    if any(one.missing_is_null for one in pair.old_selection.readings):
        yield "a missing field counts as NULL"
    if pair.ignored:
        yield f"ignored: {', '.join(sorted(pair.ignored))}"
