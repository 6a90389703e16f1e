"""Whether the new side holds what the old side's keys guarantee, where the new side itself does not: no orphans behind
a foreign key, no duplicates behind a unique key.

Cannot see: relations that the old side never declared; foreign keys that refer to other columns than the primary key;
the old side's own orphans (NOT VALID constraints); relations across stores.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.catalogue import Queries
from verify.planning.plan import Pair, Plan
from verify.store import Snapshot
from verify.stores.sql import quote
from verify.telling.findings import plural

NAME = "relations"
CANNOT_SEE = blind_spot(__doc__)


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the new side: a query that counts what breaks it, and the words for that."""

    sql: str
    kind: str
    columns: tuple[str, ...]
    words: str


async def check_relations(pair: Pair, plan: Plan, new: Snapshot) -> Answer | None:
    """Return which promises are broken, None where there is nothing to ask, or no SQL for it. Raises StoreError."""
    if not isinstance(new, Queries):
        return None
    promises = list(promises_of(pair, plan, new))
    if not promises:
        return None
    findings = []
    for promise in promises:
        ((broken,),) = await new.query(promise.sql)
        if broken:
            findings.append(
                DataFinding(
                    kind=promise.kind,
                    table=pair.new.name,
                    column=", ".join(promise.columns),
                    new=f"{broken}",
                    note=promise.words,
                )
            )
    if findings:
        words = "; ".join(f"{finding.new} {finding.note}" for finding in findings[:3])
        return Answer(status=CheckStatus.fail, total=len(findings), findings=tuple(findings), reason=words)
    return Answer(status=CheckStatus.passed, reason=f"{plural(len(promises), 'key')} of the old side kept by the data")


def promises_of(pair: Pair, plan: Plan, new: Queries) -> Iterator[Promise]:
    """Yield what the old side guarantees of this table and the new side does not."""
    kept = {pair.new.primary_key, *(index.columns for index in pair.new.indexes if index.unique)}
    unique = {pair.old.primary_key, *(index.columns for index in pair.old.indexes if index.unique)} - {()}
    if pair.new_selection.key:
        unique.add(tuple(reading.column for reading in pair.old_selection.readings[: pair.old_selection.key_width]))
    source = new.source(pair.new.name)
    for columns in sorted(unique):
        names = tuple(pair.new_name(name) for name in columns)
        if names in kept or not _has(pair, names):
            continue
        listed = ", ".join(map(quote, names))
        given = " AND ".join(f"{quote(name)} IS NOT NULL" for name in names)
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {given} GROUP BY {listed} HAVING count(*) > 1) AS d"  # noqa: S608
        yield Promise(sql=sql, kind="duplicate", columns=names, words=f"duplicate values of {', '.join(names)}")
    tables = {other.old.name: other for other in plan.pairs}
    declared = set(pair.new.foreign_keys)
    for key in pair.old.foreign_keys:
        referring, _, target = key.partition(" -> ")
        names = tuple(pair.new_name(name) for name in referring.split(", "))
        parent = tables.get(target)
        renamed = f"{', '.join(names)} -> {parent.new.name if parent else target}"
        if parent is None or renamed in declared or not _has(pair, names):
            continue
        referred = parent.new.primary_key or tuple(parent.new_name(name) for name in parent.old.primary_key)
        if len(referred) != len(names):
            continue
        matches = " AND ".join(
            f"p.{quote(theirs)} = c.{quote(ours)}" for theirs, ours in zip(referred, names, strict=True)
        )
        given = " AND ".join(f"c.{quote(name)} IS NOT NULL" for name in names)
        sql = (
            f"SELECT count(*) FROM {source} AS c WHERE {given}"  # noqa: S608 (names are quoted)
            f" AND NOT EXISTS (SELECT 1 FROM {new.source(parent.new.name)} AS p WHERE {matches})"
        )
        yield Promise(sql=sql, kind="orphan", columns=names, words=f"rows without their {parent.new.name}")


def _has(pair: Pair, names: tuple[str, ...]) -> bool:
    return all(pair.new.column(name) is not None for name in names)
