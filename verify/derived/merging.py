"""Reading several tables of one store side by side in the order of their keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import groupby

from shadow.errors import StoreError
from verify.store import Key, Row

BATCH_ROWS = 2000

Group = tuple[Key, list[Row]]


async def batched(found: AsyncIterator[Iterable[Row]]) -> AsyncIterator[list[Row]]:
    """Yield the rows that come a few at a time in batches of BATCH_ROWS or a few more."""
    batch: list[Row] = []
    async for rows in found:
        batch += rows
        if len(batch) >= BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


async def groups(batches: AsyncIterator[list[Row]], width: int, table: str) -> AsyncIterator[Group]:
    """Yield the rows of each key, a key that spans two batches once. Raises StoreError for a key that is NULL."""
    pending: Group | None = None
    async for batch in batches:
        for key, rows in groupby(batch, key=lambda row: row[:width]):
            if None in key:
                raise StoreError(f"{table} has a row whose key is NULL.", "Name a key that is never NULL in `key`.")
            if pending is not None and pending[0] == key:
                pending[1].extend(rows)
                continue
            if pending is not None:
                yield pending
            pending = (key, list(rows))
    if pending is not None:
        yield pending


async def side_by_side(
    streams: Sequence[AsyncIterator[Group]], what: str
) -> AsyncIterator[tuple[Key, list[list[Row]]]]:
    """Yield each key with its rows in every stream, none where a stream lacks it. Raises StoreError for keys that have
    no order."""
    heads = [await anext(stream, None) for stream in streams]
    while any(head is not None for head in heads):
        try:
            key = min(head[0] for head in heads if head is not None)
        except TypeError:
            raise StoreError(f"The keys of {what} are of several types.", "Name another `key`.") from None
        rows: list[list[Row]] = []
        for at, head in enumerate(heads):
            if head is not None and head[0] == key:
                rows.append(head[1])
                heads[at] = await anext(streams[at], None)
            else:
                rows.append([])
        yield key, rows
