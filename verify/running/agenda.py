"""The checks beside schema, counts and rows: which are due for the whole run, and which for each pair of tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import NamedTuple

from shadow.config.model import TablePair, Verify
from verify.answer import Answer
from verify.checks import assumptions, freshness, invariants, migrations, objects, relations, sequences
from verify.planning.plan import Pair, Plan, Sides
from verify.store import Snapshot
from verify.telling.render import Redact


class Item(NamedTuple):
    """One check: its name, its blind spot and how to do it. The answer None means that there is nothing to check."""

    name: str
    cannot_see: str
    check: Callable[[], Awaitable[Answer | None]]


def of_the_run(
    plan: Plan, settings: Verify, sides: Sides, old: Snapshot, new: Snapshot, redact: Redact
) -> Iterator[Item]:
    """Yield the checks that concern no single pair."""
    limit = settings.max_findings
    yield Item(
        migrations.NAME, migrations.CANNOT_SEE,
        partial(migrations.check_migrations, old, new, sides.old, sides.new, limit),
    )  # fmt: skip
    yield Item(objects.NAME, objects.CANNOT_SEE, partial(objects.check_objects, plan, old, new, limit))
    yield Item(sequences.NAME, sequences.CANNOT_SEE, partial(sequences.check_sequences, plan, old, new, limit))
    for invariant in settings.invariants:
        yield Item(
            f"{invariants.NAME} {invariant.name}", invariants.CANNOT_SEE,
            partial(invariants.check_invariant, invariant, old, new, limit, redact),
        )  # fmt: skip


def of_the_pair(pair: Pair, plan: Plan, settings: Verify, old: Snapshot, new: Snapshot) -> Iterator[Item]:
    """Yield the checks of one pair, after its rows."""
    yield Item(
        assumptions.NAME, assumptions.CANNOT_SEE, partial(assumptions.check_assumptions, pair, old, new)
    )  # fmt: skip
    wanted = next((one for one in settings.tables if one.old == pair.old.name), TablePair(old=pair.old.name))
    yield Item(relations.NAME, relations.CANNOT_SEE, partial(relations.check_relations, pair, plan, new))
    yield Item(
        freshness.NAME, freshness.CANNOT_SEE, partial(freshness.check_freshness, pair, wanted, old, new)
    )  # fmt: skip
