"""Whether both schemas declare the same objects beside columns. PostgreSQL: views, triggers, check and foreign key
constraints, partial and expression indexes, generated columns, collations, enums. MongoDB: validators, options of
collections (capped, time series, collation), indexes with options (partial, TTL, sparse, text), views.

Constraints and indexes are the same where they say the same, whatever they are called; the others by name.

Cannot see: functions and procedures (and so what a trigger does), grants and roles, row-security policies, comments,
storage options, shard keys, search indexes; objects of tables outside the plan; objects of tables or columns that were
renamed; two different engines.
"""

from __future__ import annotations

from collections.abc import Iterable

from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.catalogue import Catalogues, DbObject
from verify.planning.plan import Plan
from verify.store import Snapshot
from verify.telling.findings import plural

NAME = "objects"
CANNOT_SEE = blind_spot(__doc__)


async def check_objects(plan: Plan, old: Snapshot, new: Snapshot, max_findings: int) -> Answer | None:
    """Return which objects differ, None where a side cannot tell or they are different engines. Raises StoreError."""
    if not isinstance(old, Catalogues) or not isinstance(new, Catalogues) or type(old) is not type(new):
        return None
    tables = {pair.old.name for pair in plan.pairs if pair.old.name == pair.new.name and not pair.rename} | {""}
    sides = [[one for one in await side.objects() if one.table in tables] for side in (old, new)]
    if not sides[0] and not sides[1]:
        return None
    return judge_objects(sides[0], sides[1], max_findings)


def judge_objects(old: Iterable[DbObject], new: Iterable[DbObject], max_findings: int) -> Answer:
    """Return which objects are missing, additional or different."""
    before, after = {_identity(one): one for one in old}, {_identity(one): one for one in new}
    findings = []
    for identity in sorted(before.keys() | after.keys()):
        one, other = before.get(identity), after.get(identity)
        if one is None or other is None or one.definition != other.definition:
            shown = one or other
            assert shown is not None
            word = "differs" if one and other else "missing" if one else "additional"
            findings.append(
                DataFinding(
                    kind="object",
                    table=shown.table or shown.name,
                    key=shown.name,
                    old=one.definition if one else None,
                    new=other.definition if other else None,
                    note=f"{shown.kind} {word}",
                )
            )
    if not findings:
        return Answer(status=CheckStatus.passed, reason=f"{plural(len(before), 'object')} alike")
    return Answer(
        status=CheckStatus.fail,
        total=len(findings),
        findings=tuple(findings[:max_findings]),
        reason=f"{plural(len(findings), 'object')} of {len(before.keys() | after.keys())} differ",
    )


def _identity(one: DbObject) -> tuple[str, str, str]:
    return one.kind, one.table, one.name if one.by_name else one.definition
