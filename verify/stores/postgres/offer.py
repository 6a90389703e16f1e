"""Whether and how two PostgreSQL tables are compared inside their servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verify.bounds import keep_bounds, kept_bounds
from verify.comparison import Task
from verify.load.pacing import Pacer
from verify.stopping import both
from verify.store import Buckets, Key, Selection
from verify.stores.postgres.compare import PostgresComparison
from verify.stores.postgres.connection import translated
from verify.stores.postgres.digest import PROBE, Hashed, Strength
from verify.stores.postgres.forms import Form, form_of
from verify.stores.postgres.hints import Memory, memory_of
from verify.stores.postgres.native import Native
from verify.stores.postgres.pieces import Pieces
from verify.stores.postgres.proof import prove
from verify.stores.postgres.schema import PgTable
from verify.stores.postgres.side import NativeSide

if TYPE_CHECKING:
    from verify.stores.postgres.store import PostgresSnapshot

ROWS_PER_BUCKET = 64
"""What a bucket holds at least, where there are no more than MAX_BUCKETS. All rows of a bucket that differs are hashed
again: with 1,000 differences all over 1.5 million rows that costs more than the bounds and sums of more buckets do."""
MAX_BUCKETS = 16_384
"""Buckets of a large table: with two sides and two lanes 16,384 of them are 1.7 MB over the wire."""
FAST_ROWS = 1_000_000
"""From this size on one lane of 64 bits is chosen, where the servers agree on it: the hashing is most of the cost."""
FIRST_ROWS = 10_000
"""Rows of the first piece, before it is known how fast the servers are."""
_SHOWN_BOUNDS = 8
_SCATTERED_BYTES = 256 * 2**20
"""Larger tables whose rows lie in another order than their keys are read in one scan, not range by range."""

_CORRELATION = "SELECT correlation FROM pg_stats WHERE schemaname = $1 AND tablename = $2 AND attname = $3"


async def offer(old: PostgresSnapshot, new: PostgresSnapshot, task: Task) -> PostgresComparison | None:
    """Return how the tables are compared, None where only their values can be. Raises StoreError."""
    tables = old.table(task.old.selection.table), new.table(task.new.selection.table)
    forms = _forms(tables, task)
    if not forms:
        return None
    estimate = max(await old.estimate(task.old.selection.table), await new.estimate(task.new.selection.table))
    for strength in await _strengths(old, new, task, estimate):
        sides = _sides(old, new, task, forms, strength)
        proof = await prove(*sides)
        if proof.agreed:
            break
    else:
        return None
    buckets = _power_of_two(max(1, min(max(MAX_BUCKETS, task.settings.buckets), estimate // ROWS_PER_BUCKET)))
    selections = task.old.selection, task.new.selection
    compared = repr([(one.table, one.key, [r.column for r in one.readings], one.where) for one in selections])
    memory = memory_of(task, compared, (sides[0].native, sides[1].native))
    pieces = await _pieces(old, new, task, tables, sides, buckets, estimate, memory, compared)
    if pieces is None and any(await both(*(side.sorts(buckets) for side in sides))):
        return None
    if pieces is None or task.settings.parallel <= 1 or pieces.total < task.settings.parallel:
        return PostgresComparison(task, sides[:1], sides[1:], pieces, memory, buckets, proof.survivors)
    workers = [[sides[0]], [sides[1]]]
    for at, snapshot in enumerate((old, new)):
        workers[at] += [sides[at].on(one) for one in await snapshot.workers(task.settings.parallel - 1)]
    return PostgresComparison(task, workers[0], workers[1], pieces, memory, buckets, proof.survivors)


def _forms(tables: tuple[PgTable, PgTable], task: Task) -> tuple[Form, ...]:
    """Return the form of each pair of columns, nothing where one has none."""
    found = []
    for old, new in zip(task.old.selection.readings, task.new.selection.readings, strict=True):
        if old.step_us != 1 or new.step_us != 1:
            return ()  # declared to be cut: that is done to values, here
        form = form_of(tables[0].types[old.column], tables[1].types[new.column])
        if form is None:
            return ()
        found.append(form)
    return tuple(found)


async def _strengths(
    old: PostgresSnapshot, new: PostgresSnapshot, task: Task, estimate: int
) -> Sequence[Strength]:
    """Return the strengths to try, the preferred one first."""
    wanted = task.settings.strength
    if wanted == Strength.portable or not await _same_functions(old, new):
        return (Strength.portable,)
    if wanted == "auto":
        return (Strength.fast if estimate >= FAST_ROWS else Strength.default, Strength.portable)
    return (Strength(wanted), Strength.portable)


async def _same_functions(old: PostgresSnapshot, new: PostgresSnapshot) -> bool:
    """Return whether both servers' own hash functions agree: the same major version, encoding and probe."""
    if min(old.major, new.major) < 14 or old.major != new.major:
        return False
    answers = await both(*(one.query(PROBE) for one in (old, new)))
    return answers[0] == answers[1]


def _sides(
    old: PostgresSnapshot, new: PostgresSnapshot, task: Task, forms: Sequence[Form], strength: Strength
) -> tuple[NativeSide, NativeSide]:
    found = []
    both = [(one, side, one.table(side.selection.table)) for one, side in ((old, task.old), (new, task.new))]
    nullable = [
        any(side.selection.readings[at].column not in table.not_null for _, side, table in both)
        for at in range(len(forms))
    ]
    for snapshot, side, table in both:
        columns = [
            Hashed(column=one.column, form=form, nullable=null)
            for one, form, null in zip(side.selection.readings, forms, nullable, strict=True)
        ]
        native = Native(table, side.selection, columns, strength, task.salt)
        found.append(NativeSide(snapshot.connection, snapshot.label, native))
    return found[0], found[1]


async def _pieces(
    old: PostgresSnapshot,
    new: PostgresSnapshot,
    task: Task,
    tables: tuple[PgTable, PgTable],
    sides: tuple[NativeSide, NativeSide],
    buckets: int,
    estimate: int,
    memory: Memory,
    compared: str,
) -> Pieces | None:
    """Return the ranges to compare, None where they cannot be read through an index on both sides."""
    selections = task.old.selection, task.new.selection
    for snapshot, table, selection in zip((old, new), tables, selections, strict=True):
        if not serves(table, selection) or not await lies_in_order(snapshot, table, selection):
            return None
    bounds = kept_bounds(task.checkpoint, compared)
    if bounds is None:
        await memory.recall(old, new)
        bounds = memory.bounds or await _bounds(old, new, selections, buckets)
        keep_bounds(task.checkpoint, compared, bounds)
        await memory.look(old, new, bounds)
    shown = bounds[:_SHOWN_BOUNDS]
    if len(shown) > 1 and not all(await both(*(side.reads_by_index(shown) for side in sides))):
        return None
    first = max(1, FIRST_ROWS * len(bounds) // max(FIRST_ROWS, estimate))
    pacer = Pacer(task.settings.chunk_s, task.settings.max_rows_per_second, first)
    return Pieces(Buckets(bounds=bounds), task.checkpoint, pacer, memory.settled)


def serves(table: PgTable, selection: Selection) -> bool:
    """Return whether an index serves ranges of this key, in an order that every server shares, without NULL."""
    key = selection.key
    return (
        bool(key)
        and all(table.types[name].index_serves and name in table.not_null for name in key)
        and any(columns[: len(key)] == key for columns in table.indexed)
    )


async def lies_in_order(snapshot: PostgresSnapshot, table: PgTable, selection: Selection) -> bool:
    """Return whether rows lie about in the order of their keys, or the table is too small for that to matter."""
    if table.bytes < _SCATTERED_BYTES:
        return True
    async with translated(snapshot.label, snapshot.connection):
        found: Any = await snapshot.connection.fetchval(_CORRELATION, table.schema, table.name, selection.key[0])
    return found is None or abs(found) >= 0.5


async def _bounds(
    old: PostgresSnapshot, new: PostgresSnapshot, selections: tuple[Selection, Selection], buckets: int
) -> tuple[Key, ...]:
    """Return ascending bounds, half of them keys of each side, so that no bucket holds most of either table."""
    # Copies often lie alike on their pages: the new side is cut halfway between the old side's cuts.
    half = max(1, buckets // 2) + 1
    halves = await both(old.cut(selections[0], half), new.cut(selections[1], half, 0.5))
    try:
        return tuple(sorted({*halves[0], *halves[1]}))
    except TypeError:  # keys of two Python types (a year beyond 9999 among others): one side's own order will do
        return halves[0]


def _power_of_two(n: int) -> int:
    return int(1 << (n.bit_length() - 1))
