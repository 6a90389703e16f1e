"""Whether every sequence and identity of the new side is ahead of what its column holds, on both sides.

A copy brings rows along, but seldom the sequences: the first insert after a cut-over then fails on a duplicate key, or
gives a number that the old side has given already.

Cannot see: numbers that an application makes itself; sequences that fill no column by default; whether gaps matter.
"""

from __future__ import annotations

from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.catalogue import Catalogues, SequenceState
from verify.planning.plan import Plan
from verify.store import Snapshot
from verify.telling.findings import plural

NAME = "sequences"
CANNOT_SEE = blind_spot(__doc__)


async def check_sequences(plan: Plan, old: Snapshot, new: Snapshot, max_findings: int) -> Answer | None:
    """Return which sequences are behind, None where the new side cannot tell or has none. Raises StoreError."""
    if not isinstance(new, Catalogues):
        return None
    pairs = {pair.new.name: pair for pair in plan.pairs}
    sequences = [one for one in await new.sequences() if one.table in pairs]
    if not sequences:
        return None
    before = {(one.table, one.column): one for one in await old.sequences()} if isinstance(old, Catalogues) else {}
    findings = []
    for one in sequences:
        pair = pairs[one.table]
        back = {to: name for name, to in pair.rename.items()}
        counterpart = before.get((pair.old.name, back.get(one.column, one.column)))
        if finding := behind(one, counterpart):
            findings.append(finding)
    if not findings:
        return Answer(status=CheckStatus.passed, reason=f"{plural(len(sequences), 'sequence')} ahead of their columns")
    return Answer(
        status=CheckStatus.fail,
        total=len(findings),
        findings=tuple(findings[:max_findings]),
        reason=f"{plural(len(findings), 'sequence')} of {len(sequences)} would give numbers that are taken",
    )


def behind(new: SequenceState, old: SequenceState | None) -> DataFinding | None:
    """Return what is wrong with a sequence of the new side, None where it is ahead of both sides' columns."""
    sides = [one.extreme for one in (new, old) if one is not None and one.extreme is not None]
    if not sides:
        return None
    ahead = max(sides) < new.next_value if new.increment > 0 else min(sides) > new.next_value
    if ahead:
        return None
    extreme = max(sides) if new.increment > 0 else min(sides)
    return DataFinding(
        kind="sequence",
        table=new.table,
        column=new.column,
        old=f"next {old.next_value:,}" if old else None,
        new=f"next {new.next_value:,}",
        note=f"{new.name} is behind {extreme:,}, the last number in use",
    )
