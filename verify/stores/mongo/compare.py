"""MongoDB against MongoDB: both sides' raw documents in the order of `_id`, compared byte for byte.

Only documents whose bytes differ are decoded. That costs less than any hash that is safe on a server (measured: the
server needs eight times as long to hash a document as to send it), and leaves no doubt about collisions.

Cannot see: the order of fields and the width of a number where the values are the same; how many such documents there
were is told.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from verify.ahead import Ahead
from verify.comparison import Task
from verify.rows.rowdiff import RowDifference, Side, unmatched
from verify.store import Key, KeyRange
from verify.stores.mongo.batches import no_bson
from verify.stores.mongo.driver import decode
from verify.stores.mongo.order import order_of
from verify.stores.mongo.query import both, selected
from verify.stores.mongo.values import places_of, row_of
from verify.telling.findings import plural

if TYPE_CHECKING:
    from verify.stores.mongo.hints import Memory
    from verify.stores.mongo.store import MongoSnapshot

_BY_ID = [("_id", 1)]
_BATCH_DOCUMENTS = 2_000
"""About half a megabyte: what the server sends by default, 16 MB, is in nobody's cache when it is compared."""
_SIZE = struct.Struct("<i")


def told(alike: int) -> str:
    """Return in words how many documents have other bytes and the same values; "" for none."""
    return f"; {plural(alike, 'document')} of other bytes have the same values" if alike else ""


class RawComparison:
    """One way of comparing one pair; see the module."""

    def __init__(
        self,
        task: Task,
        old: MongoSnapshot,
        new: MongoSnapshot,
        note: str = "",
        memory: Memory | None = None,
        only: Sequence[Any] = (),
        survivors: tuple[str, ...] = (),
    ) -> None:
        self._task = task
        self._survivors = survivors
        self._note = note + (memory.words() if memory else "")
        self._memory = memory
        self._snapshot = old
        self._old = Stream(task.old, old, task.keys, only)
        self._new = Stream(task.new, new, task.keys, only)
        self._alike = 0

    @property
    def how(self) -> str:
        """In words for the report: how rows were compared."""
        return f"raw documents byte for byte{told(self._alike)}{self._note}"

    @property
    def alike(self) -> int:
        """How many documents have other bytes and the same values."""
        return self._alike

    async def cuts(self, parts: int) -> tuple[Key, ...]:
        """Return values of `_id`, in MongoDB's own order, that cut the old side into about equal parts."""
        return await self._snapshot.cuts(self._task.old.selection, parts)

    @property
    def rows(self) -> tuple[int, int]:
        """How many documents each side has; known when `differences` has ended."""
        return self._old.passed, self._new.passed

    @property
    def survivors(self) -> tuple[str, ...]:
        """The made-up changes that it does not notice; tried before it was offered (`verify.stores.mongo.proof`)."""
        return self._survivors

    def took(self, difference: RowDifference) -> None:
        """Note a document that differs for the next run."""
        if self._memory is not None:
            self._memory.took(difference)

    def keep(self, rows: tuple[int, int]) -> None:
        """Keep for the next run that everything was compared."""
        if self._memory is not None:
            self._memory.keep(rows)

    async def differences(self) -> AsyncIterator[RowDifference]:
        """Yield the documents that differ. Raises StoreError."""
        async with aclosing(self._differences()) as found:
            async for difference in found:
                self.took(difference)
                yield difference
        self.keep(self.rows)

    async def _differences(self) -> AsyncGenerator[RowDifference, None]:
        old, new = self._old, self._new
        try:
            while True:
                await asyncio.gather(old.fill(), new.fill())
                if not old.left or not new.left:
                    break
                if skip_equal(old, new):
                    continue
                for difference in self._unequal():
                    yield difference
            while old.left:
                yield RowDifference(old=self._row(old, decode(old.take())))
                await old.fill()
            while new.left:
                yield RowDifference(new=self._row(new, decode(new.take())))
                await new.fill()
        finally:
            await asyncio.gather(old.close(), new.close())

    def _unequal(self) -> list[RowDifference]:
        """Take the next document of the side that comes first in the order of `_id`, or of both."""
        one, other = decode(self._old.peek()), decode(self._new.peek())
        left, right = order_of(one.get("_id")), order_of(other.get("_id"))
        if left < right:
            self._old.take()
            return [RowDifference(old=self._row(self._old, one))]
        if right < left:
            self._new.take()
            return [RowDifference(new=self._row(self._new, other))]
        self._old.take()
        self._new.take()
        old, new = self._task.old, self._task.new
        found = list(
            unmatched(
                [self._old.row(one)], [self._new.row(other)], old.hasher, new.hasher, keyed=old.selection.key_width > 0
            )
        )
        self._alike += not found
        return found

    def _row(self, stream: Stream, document: dict[str, Any]) -> tuple[object, ...]:
        return stream.side.hasher.read(stream.row(document))


class Stream:
    """The raw documents of one side: the rest of the current batch, and the next batch on its way meanwhile."""

    def __init__(self, side: Side, snapshot: MongoSnapshot, keys: KeyRange, only: Sequence[Any] = ()) -> None:
        self.side = side
        self.passed = 0
        where = both(selected(side.selection, keys), {"_id": {"$in": list(only)}} if only else {})
        self._batches = Ahead(snapshot.mongo.raw_batches(
            snapshot.known(side.selection.table), snapshot.session, where=where, sort=_BY_ID, batch=_BATCH_DOCUMENTS
        ))  # fmt: skip
        self._batch = b""
        self._at = 0
        self._places = places_of(side.selection)

    @property
    def left(self) -> int:
        """How many bytes of the current batch are left; 0 only at the end, once `fill` has been awaited."""
        return len(self._batch) - self._at

    async def fill(self) -> None:
        """Make the next batch the current one where that is used up."""
        while not self.left:
            self._batch, self._at = await self._batches.take(), 0
            if not self._batch:
                return

    def rest(self, length: int) -> bytes:
        """Return the next `length` bytes; the whole batch is not copied."""
        return self._batch[self._at : self._at + length]

    def peek(self) -> bytes:
        """Return the next document."""
        return self._batch[self._at : self._at + self._size()]

    def take(self) -> bytes:
        """Return the next document and go on behind it."""
        document = self.peek()
        self._at += len(document)
        self.passed += 1
        self.side.scanned(1)
        return document

    def skip(self, length: int) -> int:
        """Go on behind the documents that end within the next `length` bytes; return how many bytes those are.

        Raises StoreError for a batch that is no BSON."""
        batch, at, end = self._batch, self._at, self._at + length
        count, unpack = 0, _SIZE.unpack_from
        last = end - 4
        while at < last:
            (size,) = unpack(batch, at)
            if size < 5:
                raise no_bson()
            if at + size > end:
                break
            at += size
            count += 1
        taken = at - self._at
        self._at = at
        self.passed += count
        if count:
            self.side.scanned(count)
        return taken

    def forward(self, length: int, count: int) -> None:
        """Go on by so many bytes, known to be so many whole documents."""
        self._at += length
        self.passed += count
        self.side.scanned(count)

    def row(self, document: dict[str, Any]) -> tuple[object, ...]:
        """Return the document as a row of the selection."""
        return row_of(document, self._places)

    def _size(self) -> int:
        return int.from_bytes(self._batch[self._at : self._at + 4], "little")

    async def close(self) -> None:
        """Stop reading."""
        await self._batches.close()


def skip_equal(old: Stream, new: Stream) -> bool:
    """Go on behind the equal documents at the front of both; return whether there were any."""
    if old.peek() != new.peek():
        return False  # before the rest is looked at: where all differ that would be done for each
    length = min(old.left, new.left)
    one, other = old.rest(length), new.rest(length)
    if one != other:
        length = common_prefix(one, other)
    before = old.passed
    taken = old.skip(length)
    if not taken:
        return False
    new.forward(taken, old.passed - before)
    return True


def common_prefix(one: bytes, other: bytes) -> int:
    """Return how many leading bytes are the same, by halving; both are equally long and differ."""
    low, high = 0, len(one)
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low
