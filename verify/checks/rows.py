"""Whether both tables hold the same rows: keys, and the value of every compared column.

One scan per side digests the rows by bucket; differing buckets are read again and their rows compared.

Cannot see: columns that only one side has or that are ignored; what the engine itself dropped before storing
(fractions of a second, trailing zeros); whether a timestamp meant another zone where both sides say the same text;
the order of rows; writes after the snapshot, save to rows that differed; two buckets that differ and whose sums agree
(chance about 2**-128, 2**-64 with one lane).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from shadow.config.model import Verify
from shadow.errors import StoreError
from shadow.records import CheckStatus
from verify.answer import Answer, blind_spot
from verify.checkpoint import Checkpoint, NoCheckpoint
from verify.checks.collecting import Collected, Taken
from verify.comparison import Comparison, Task
from verify.offering import offered
from verify.planning.plan import Pair
from verify.rows.byvalue import Counted, held_differences, merged_differences
from verify.rows.digest import RowHasher
from verify.rows.rowdiff import Side, differing, hashed_differences, ordered_differences, ranges_of
from verify.scale.resumable import resumable
from verify.scale.spread import Spread
from verify.store import Buckets, KeyOrderLost, Selection, Snapshot
from verify.telling.findings import plural
from verify.telling.render import Redact

NAME = "rows"
CANNOT_SEE = blind_spot(__doc__)

ROWS_PER_BUCKET = 64
"""What a bucket should hold: few enough that one changed row drags few equal ones along when it is read again."""
_MAX_BUCKETS = 65_536
"""Buckets of a large table, unless more are configured; about 20 MB a side."""

Scanned = Callable[[str, int], None]
"""Called with the side (`old` or `new`) and the number of rows just read."""


async def check_rows(
    pair: Pair,
    old: Snapshot,
    new: Snapshot,
    *,
    salt: bytes,
    settings: Verify,
    redact: Redact,
    scanned: Scanned,
    checkpoint: Checkpoint | None = None,
    spread: Spread | None = None,
    taken: Taken | None = None,
) -> Answer:
    """Return the rows and columns that differ; each row that does is `taken`, with its values.

    Raises StoreError, CanonicalError, NotAKeyError.
    """
    left = _side("old", old, pair.old_selection, salt, scanned)
    right = _side("new", new, pair.new_selection, salt, scanned)
    if not left.selection.readings:
        return Answer(status=CheckStatus.inconclusive, reason="the two tables have no column in common to compare")
    if pair.as_stored:
        task = Task(old=left, new=right, salt=salt, settings=settings, checkpoint=checkpoint or NoCheckpoint())
        comparison = await offered(task)
        if comparison is not None:
            comparison = await resumable(await (spread or Spread()).natively(comparison, task), task)
            with suppress(KeyOrderLost):  # then in the way that needs no order
                return await _natively(pair, comparison, Collected(pair, left, right, settings, redact, taken))
    wanted = await _wanted(left, settings.buckets)
    collected = Collected(pair, left, right, settings, redact, taken)
    if pair.tolerances:
        return await _by_value(pair, left, right, Buckets(hashed=wanted), salt, collected)
    try:
        buckets = await _bounds(pair, left, wanted)
        rows, how = await _compare(pair, left, right, buckets, salt, collected, spread or Spread())
    except KeyOrderLost:
        collected = collected.anew()
        buckets = Buckets(hashed=wanted)
        rows, how = await _compare(pair, left, right, buckets, salt, collected, spread or Spread())
    return await collected.answer(rows, how)


async def _natively(pair: Pair, comparison: Comparison, collected: Collected) -> Answer:
    """Return what a comparison within the engine finds; an error where it would miss changes."""
    if comparison.survivors:
        words = "; ".join(comparison.survivors[:5])
        reason = f"the comparison does not notice: {words}"
        return Answer(total=len(comparison.survivors), reason=reason)
    async for difference in comparison.differences():
        collected.add(difference)
    return await collected.answer(comparison.rows, comparison.how, getattr(comparison, "unread", 0))


async def _by_value(
    pair: Pair, old: Side, new: Side, buckets: Buckets, salt: bytes, collected: Collected
) -> Answer:
    """Return what differs by more than is tolerated."""
    counted = Counted()
    try:
        if not pair.ordered:
            raise KeyOrderLost("the keys have no order that both engines share")
        async for difference in merged_differences(old, new, counted):
            collected.add(difference)
    except KeyOrderLost:
        collected, counted = collected.anew(), Counted()
        async for difference in held_differences(old, new, buckets, salt, counted):
            collected.add(difference)
    return await collected.answer((counted.rows[0], counted.rows[1]), "by value, with tolerances")


async def _compare(
    pair: Pair, old: Side, new: Side, buckets: Buckets, salt: bytes, collected: Collected, spread: Spread
) -> tuple[tuple[int, int], str]:
    """Collect what differs; return how many rows each side has, and who digested them where others did."""
    done = await spread.digests(old, new, buckets, salt, pair.max_ranges)
    digests = done.old, done.new
    which = differing(*digests)
    if buckets.hashed:
        sizes = [max(digests[0][at].rows, digests[1][at].rows) for at in which]
        async for difference in hashed_differences(old, new, buckets, which, sizes):
            collected.add(difference)
    else:
        for keys in ranges_of(buckets, which, pair.max_ranges):
            async for difference in ordered_differences(old, new, keys):
                collected.add(difference)
    if which and not collected.any:
        raise StoreError(
            f"{plural(len(which), 'bucket')} of {pair.name} differed, then no row did:"
            " the data changed while it was read.",
            "Verify a store that nobody writes to, or a copy of it.",
        )
    return (sum(digest.rows for digest in done.old), sum(digest.rows for digest in done.new)), done.words


async def _wanted(old: Side, buckets: int) -> int:
    """Return how many buckets the table deserves: more for larger ones, at least those that are configured."""
    estimate = await old.snapshot.estimate(old.selection.table)
    return max(1, min(max(buckets, _MAX_BUCKETS), estimate // ROWS_PER_BUCKET))


async def _bounds(pair: Pair, old: Side, wanted: int) -> Buckets:
    """Return buckets cut at the old side's keys; both sides use them. Raises KeyOrderLost."""
    bounds = await old.snapshot.boundaries(old.selection, wanted) if pair.ordered else None
    if bounds is None:
        raise KeyOrderLost("the keys have no order that both engines share")
    return Buckets(bounds=bounds)


def _side(name: str, snapshot: Snapshot, selection: Selection, salt: bytes, scanned: Scanned) -> Side:
    return Side(
        snapshot=snapshot, selection=selection, hasher=RowHasher(selection, salt), scanned=partial(scanned, name)
    )
