"""Comparing every row by its values, without a digest: what a tolerance needs.

Where the keys have an order that both engines share, both sides are read once and merged, and nothing is held.
Elsewhere buckets of hashed keys that are equal to the last bit are left alone, and the rows of the others are held in
groups of bounded size, which costs a further scan of both sides for each group.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec

from verify.rows.digest import bucket_of_hash
from verify.rows.rowdiff import RowDifference, Side, differing, grouped, ordered_differences, unmatched
from verify.store import Buckets, KeyRange, Row

HELD_ROWS = 20_000
"""Rows of a side whose values are held at a time."""


class Counted:
    """How many rows each side has; known once the differences have ended."""

    def __init__(self) -> None:
        self.rows = [0, 0]

    def on(self, at: int, side: Side) -> Side:
        """Return the side, with what is read of it counted."""
        told: Callable[[int], None] = side.scanned

        def scanned(rows: int) -> None:
            self.rows[at] += rows
            told(rows)

        return msgspec.structs.replace(side, scanned=scanned)


async def merged_differences(old: Side, new: Side, counted: Counted) -> AsyncIterator[RowDifference]:
    """Yield what differs, in the order of the keys. Raises KeyOrderLost, NotAKeyError."""
    async for difference in ordered_differences(counted.on(0, old), counted.on(1, new), KeyRange()):
        yield difference


async def held_differences(
    old: Side, new: Side, buckets: Buckets, salt: bytes, counted: Counted
) -> AsyncIterator[RowDifference]:
    """Yield what differs, bucket by bucket of hashed keys."""
    digests = await asyncio.gather(
        *(side.snapshot.digest(side.selection, buckets, salt, side.scanned) for side in (old, new))
    )
    counted.rows = [sum(one.rows for one in side) for side in digests]
    which = differing(*digests)
    sizes = [max(digests[0][at].rows, digests[1][at].rows) for at in which]
    for group in grouped(which, sizes, HELD_ROWS):
        held: dict[bytes, tuple[list[Row], list[Row]]] = {}
        for at, side in enumerate((old, new)):
            async for batch in side.snapshot.rows(side.selection, KeyRange(), ordered=False):
                side.scanned(len(batch))
                for row in batch:
                    identity = side.hasher.identity(row)
                    if bucket_of_hash(identity, buckets.hashed) in group:
                        held.setdefault(identity, ([], []))[at].append(row)
        for rows in held.values():
            for difference in unmatched(*rows, old.hasher, new.hasher, keyed=True):
                yield difference
