"""Whether a PostgreSQL table and a MongoDB collection can be compared in bulk, and reading both for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from verify.classes import TypeClass
from verify.columnar.columns import columns_of
from verify.columnar.comparison import ColumnarComparison
from verify.columnar.proof import survivors
from verify.columnar.sides import DocumentStream, RowStream, Stream
from verify.columnar.values import reader_of
from verify.comparison import Task
from verify.rows.rowdiff import Side
from verify.store import KeyRange
from verify.stores.mongo.query import selected
from verify.stores.mongo.store import MongoSnapshot
from verify.stores.postgres.copy import copied
from verify.stores.postgres.offer import lies_in_order, serves
from verify.stores.postgres.store import PostgresSnapshot

PIECE_BYTES = 2**20
"""Bytes of rows that are compared at a time: enough for NumPy, few enough for the processor's cache."""
BATCH_DOCUMENTS = 4_000
_KEYS = frozenset({TypeClass.integer, TypeClass.text})
"""Keys that both engines order alike; of binary data MongoDB orders the lengths first."""


async def offer(task: Task) -> ColumnarComparison | None:
    """Return how the two are compared in bulk, None where they cannot be. Raises StoreError."""
    old_is_rows = isinstance(task.old.snapshot, PostgresSnapshot)
    ours, theirs = (task.old, task.new) if old_is_rows else (task.new, task.old)
    rows, documents = ours.snapshot, theirs.snapshot
    if not (isinstance(rows, PostgresSnapshot) and isinstance(documents, MongoSnapshot)):
        return None
    table = rows.table(ours.selection.table)
    types = [table.types[one.column] for one in ours.selection.readings]
    keys = [one for side in (ours, theirs) for one in side.selection.readings[: side.selection.key_width]]
    if not keys or any(one.kind not in _KEYS or one.carried for one in keys):
        return None
    if any(kind.name == "oid" for kind in types[: ours.selection.key_width]):
        return None  # unsigned, which nothing else is
    columns = columns_of(types, ours.selection.readings, theirs.selection.readings)
    if columns is None or not serves(table, ours.selection) or not await lies_in_order(rows, table, ours.selection):
        return None
    if not await documents.serves(theirs.selection):
        return None
    readers = [reader for kind in types if (reader := reader_of(kind)) is not None]
    row_stream: Stream = RowStream(copied(rows, ours.selection, task.keys, PIECE_BYTES), ours, readers)
    document_stream: Stream = DocumentStream(_batches(documents, theirs, task.keys), theirs)
    streams = (row_stream, document_stream) if old_is_rows else (document_stream, row_stream)
    # A range is a part of a whole that was proved.
    unseen = await survivors(task, ours, types, readers) if task.keys == KeyRange() else ()
    return ColumnarComparison(task, *streams, columns, unseen)


def _batches(documents: MongoSnapshot, side: Side, keys: KeyRange) -> AsyncIterator[bytes]:
    return documents.mongo.raw_batches(
        documents.known(side.selection.table), documents.session, where=selected(side.selection, keys),
        batch=BATCH_DOCUMENTS, sort=[(name, 1) for name in side.selection.key],
    )  # fmt: skip


