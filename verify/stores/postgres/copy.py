"""A table's rows as the bytes of binary COPY, one record a row, in the order of the key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING

from verify.store import KeyRange, Selection
from verify.stores.postgres.connection import FAILURES, RECOVER, translated
from verify.stores.postgres.sql import key_columns, rows_of, within
from verify.stores.postgres.types import reading

if TYPE_CHECKING:
    from verify.stores.postgres.store import PostgresSnapshot

_WAITING = 2
"""Pieces that may wait to be taken; then the server waits."""


async def copied(
    snapshot: PostgresSnapshot, selection: Selection, keys: KeyRange, piece_bytes: int
) -> AsyncIterator[bytes]:
    """Yield the rows of a range in the order of the key, in pieces of about so many bytes, cut anywhere.

    Raises StoreError, and KeyOrderLost for a bound that no key of this table could have."""
    table = snapshot.table(selection.table)
    columns = ", ".join(reading(one.column, table.types[one.column]) for one in selection.readings)
    condition, values = within(table, selection, keys)
    statement = (
        f"SELECT record_send(ROW({columns})) FROM {rows_of(table, selection.where)}"  # noqa: S608 (names are quoted)
        f"{f' WHERE {condition}' if condition else ''} ORDER BY {', '.join(key_columns(table, selection))}"
    )
    pieces: asyncio.Queue[bytes] = asyncio.Queue(_WAITING)
    held: list[bytes] = []
    size = 0

    async def take(data: bytes) -> None:
        nonlocal size
        held.append(data)
        size += len(data)
        if size >= piece_bytes:
            piece = b"".join(held)
            held.clear()
            size = 0
            await pieces.put(piece)

    async def run() -> None:
        try:
            await snapshot.connection.copy_from_query(statement, *values, output=take, format="binary")
            if held:
                await pieces.put(b"".join(held))
        except Exception:
            await pieces.put(b"")  # whoever waits for a piece learns of it from this task
            raise
        await pieces.put(b"")

    async with translated(snapshot.label, snapshot.connection):
        copying = asyncio.ensure_future(run())
        try:
            while piece := await pieces.get():
                yield piece
                await snapshot.brake.passes()
            await copying
        finally:
            if not copying.done():
                await _given_up(snapshot, copying)


async def _given_up(snapshot: PostgresSnapshot, copying: asyncio.Future[None]) -> None:
    """Cancel a COPY; the snapshot goes on as if it had not been."""
    copying.cancel()
    await asyncio.gather(copying, return_exceptions=True)
    with suppress(*FAILURES):
        await snapshot.connection.execute(RECOVER)
