"""Finding the derived tables that a plan names, and describing them beside the tables that are there."""

from __future__ import annotations

import msgspec

from shadow.config.model import Verify
from verify.derived.source import Source, source_of
from verify.planning.plan import Sides
from verify.store import Snapshot, TableSchema


async def with_derived(settings: Verify, sides: Sides, old: Snapshot, new: Snapshot) -> Sides:
    """Return both sides with the derived tables that the plan names. Raises ConfigError, StoreError."""
    found: tuple[dict[str, Source], dict[str, Source]] = ({}, {})
    described: tuple[list[TableSchema], list[TableSchema]] = ([], [])
    tables = [{table.name: table for table in side} for side in (sides.old, sides.new)]
    for pair in settings.tables:
        new_key = [pair.rename.get(column, column) for column in pair.key]
        for at, (name, key, snapshot, dialect) in enumerate(
            (
                (pair.old, pair.key, old, sides.old_dialect),
                (pair.new or pair.old, new_key, new, sides.new_dialect),
            )
        ):
            source = source_of(name, pair, tables[at], dialect, key)
            if source is not None and name not in found[at]:
                found[at][name] = source
                described[at].append(await source.describe(snapshot))
    return msgspec.structs.replace(
        sides,
        old=(*sides.old, *described[0]),
        new=(*sides.new, *described[1]),
        old_sources=found[0],
        new_sources=found[1],
    )
