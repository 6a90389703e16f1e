"""Whether both sides stand at the same migrations, and none has failed half-way.

Reads what migration tools write down themselves: Alembic, Django, Flyway, Liquibase, Prisma, Rails (and tools that
share its table), Knex, TypeORM, Goose.

Cannot see: whether the schema is what the migrations would make of it (`schema` and `objects` compare that); tools
that keep their state elsewhere. Where the two sides use different tools, only failed migrations are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.store import KeyRange, Reading, Selection, Snapshot, TableSchema
from verify.telling.findings import plural

NAME = "migrations"
CANNOT_SEE = blind_spot(__doc__)


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """How a migration tool keeps its state: its table, the columns that identify a migration (and its checksum), and
    a column with the test that tells a failed one."""

    name: str
    table: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    failed: tuple[str, Callable[[Any], bool]] | None = None


TOOLS = (
    Tool(name="Alembic", table="alembic_version", columns=("version_num",)),
    Tool(name="Django", table="django_migrations", columns=("app", "name")),
    Tool(
        name="Flyway", table="flyway_schema_history", columns=("version", "script"), optional=("checksum",),
        failed=("success", lambda value: not value),
    ),
    Tool(name="Liquibase", table="databasechangelog", columns=("id", "author", "filename"), optional=("md5sum",)),
    Tool(
        name="Prisma", table="_prisma_migrations", columns=("migration_name",), optional=("checksum",),
        failed=("finished_at", lambda value: value is None),
    ),
    Tool(
        name="Rails", table="schema_migrations", columns=("version",),
        failed=("dirty", bool),
    ),
    Tool(name="Knex", table="knex_migrations", columns=("name",)),
    Tool(name="TypeORM", table="migrations", columns=("timestamp", "name")),
    Tool(
        name="Goose", table="goose_db_version", columns=("version_id",),
        failed=("is_applied", lambda value: not value),
    ),
)  # fmt: skip


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The migrations of one tool in one store."""

    applied: frozenset[tuple[str, ...]] = frozenset()
    failed: tuple[str, ...] = ()


async def check_migrations(
    old: Snapshot, new: Snapshot, old_tables: tuple[TableSchema, ...], new_tables: tuple[TableSchema, ...], limit: int
) -> Answer | None:
    """Return how the migrations differ, None where neither side keeps any. Raises StoreError."""
    states = await _states(old, old_tables), await _states(new, new_tables)
    return judge_migrations(*states, limit) if states[0] or states[1] else None


def judge_migrations(old: Mapping[str, State], new: Mapping[str, State], limit: int) -> Answer:
    """Return which migrations only one side has, and which have failed."""
    findings = [
        DataFinding(kind="migration", table=name, key=migration, note=f"failed or unfinished on the {side} side")
        for side, states in (("old", old), ("new", new))
        for name, state in states.items()
        for migration in state.failed
    ]
    shared = sorted(old.keys() & new.keys())
    for name in shared:
        findings += [_only("old", name, one) for one in sorted(old[name].applied - new[name].applied)]
        findings += [_only("new", name, one) for one in sorted(new[name].applied - old[name].applied)]
    words = [f"{name} at {plural(len(old[name].applied), 'migration')} on both sides" for name in shared]
    apart = [f"{name} only on the old side" for name in sorted(old.keys() - new.keys())]
    apart += [f"{name} only on the new side" for name in sorted(new.keys() - old.keys())]
    if findings:
        return Answer(
            status=CheckStatus.fail, total=len(findings), findings=tuple(findings[:limit]),
            reason=f"{plural(len(findings), 'migration')} differ or have failed",
        )  # fmt: skip
    if not shared:
        words.append("no migration has failed, and there is nothing to compare them with")
    return Answer(status=CheckStatus.passed, reason="; ".join([*words, *apart]))


def _only(side: str, tool: str, migration: tuple[str, ...]) -> DataFinding:
    text = " ".join(migration)
    return DataFinding(
        kind="migration", table=tool, key=text, old=text if side == "old" else None,
        new=text if side == "new" else None, note=f"only on the {side} side",
    )  # fmt: skip


async def _states(snapshot: Snapshot, tables: tuple[TableSchema, ...]) -> dict[str, State]:
    found: dict[str, State] = {}
    known = {table.name.rpartition(".")[2].lower(): table for table in tables}
    for tool in TOOLS:
        table = known.get(tool.table)
        names = {column.name.lower(): column.name for column in table.columns} if table else {}
        if table is None or not all(name in names for name in tool.columns):
            continue
        wanted = [*tool.columns, *(name for name in tool.optional if name in names)]
        failed = tool.failed if tool.failed and tool.failed[0] in names else None
        columns = [*wanted, *([failed[0]] if failed else [])]
        selection = Selection(table=table.name, readings=tuple(Reading(column=names[name]) for name in columns))
        rows = [row async for batch in snapshot.rows(selection, KeyRange(), ordered=False) for row in batch]
        bad = [row for row in rows if failed and failed[1](row[-1])]
        found[tool.name] = State(
            applied=frozenset(tuple(str(part) for part in row[: len(wanted)]) for row in rows if row not in bad),
            failed=tuple(sorted(" ".join(str(part) for part in row[: len(tool.columns)]) for row in bad)),
        )
    return found
