"""Both sides as batches of rows in the order of their keys, still in the bytes they came in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

import numpy as np

from shadow.errors import StoreError
from verify.ahead import Ahead
from verify.classes import TypeClass
from verify.columnar import documents as bson
from verify.columnar import records as copy
from verify.columnar.alignment import Keys, is_ascending
from verify.columnar.documents import Templates
from verify.columnar.records import Records
from verify.columnar.values import Reader
from verify.columnar.words import Buffer, Ints
from verify.rows.rowdiff import MAX_SAME_KEY, NotAKeyError, Side
from verify.store import KeyOrderLost, Row, Value
from verify.stores.mongo.batches import starts_of
from verify.stores.mongo.driver import decode
from verify.stores.mongo.values import places_of, row_of


class Batch(Protocol):
    """Some rows in the order of their keys."""

    keys: Keys

    def row(self, at: int) -> Row:
        """Return one row as the store's own reading would give it."""

    def rest(self, at: int) -> bytes:
        """Return the bytes from one row on, to be put in front of what comes next."""


class RowBatch:
    """Rows of PostgreSQL, and perhaps the beginning of one more."""

    def __init__(self, data: bytes, starts: list[int], end: int, side: Side, readers: Sequence[Reader]) -> None:
        self.records = Records(data, starts, len(readers))
        self._end = end
        self._readers = readers
        self.keys: Keys = keys_of(self, side)

    def integers(self, column: int) -> Ints | None:
        """Return a column of integers, None where something in it is none."""
        found = self.records
        at, length = found.at[column], found.length[column]
        if not found.n:
            return np.zeros(0, np.int64)
        size = int(length[0])
        if size not in (2, 4, 8) or not (length == size).all():
            return None
        if size == 2:
            return found.buffer.net2(at).astype(np.int16).astype(np.int64)
        return found.buffer.net8(at) if size == 8 else found.buffer.net4(at)

    def part(self, at: int, column: int) -> Value:
        """Return one value of one row."""
        found = self.records
        length, place = int(found.length[column][at]), int(found.at[column][at])
        return None if length < 0 else self._readers[column](found.buffer.raw[place : place + length])

    def texts(self, column: int) -> list[Value]:
        """Return a column of texts."""
        raw, found = self.records.buffer.raw, self.records
        return [
            None if size < 0 else raw[at : at + size].decode()
            for at, size in zip(found.at[column].tolist(), found.length[column].tolist(), strict=True)
        ]

    def row(self, at: int) -> Row:
        """Return one row as the driver would give it."""
        return tuple([self.part(at, column) for column in range(len(self._readers))])

    def rest(self, at: int) -> bytes:
        """Return the bytes from one row on."""
        found = self.records
        return found.buffer.raw[int(found.starts[at]) if at < found.n else self._end : found.buffer.size]


class DocumentBatch:
    """Documents of MongoDB. `fits` says of which the places of the fields are known."""

    def __init__(self, data: bytes, starts: list[int], side: Side, templates: Templates) -> None:
        self.buffer = Buffer(data)
        self._starts = starts
        self._places = places_of(side.selection)
        self._fields = [one.column.encode() for one in side.selection.readings]
        self.fields, self.fits = templates.places(self.buffer, np.array(starts, np.int64))
        self.keys: Keys = keys_of(self, side)

    def integers(self, column: int) -> Ints | None:
        """Return a column of integers, None where something in it is none."""
        field = self.fields[self._fields[column]]
        is_int, is_long = self.fits & (field.kind == bson.INT), self.fits & (field.kind == bson.LONG)
        if is_long.all():
            return self.buffer.long(field.at)
        if is_int.all():
            return self.buffer.int(field.at)
        found = np.zeros(len(self._starts), np.int64)
        found[is_long] = self.buffer.long(field.at[is_long])
        found[is_int] = self.buffer.int(field.at[is_int])
        for at in np.flatnonzero(~is_int & ~is_long).tolist():
            # Either no template fits, or this is no integer.
            value = self.part(at, column)
            if value.__class__ is not int:
                return None
            found[at] = value
        return found

    def part(self, at: int, column: int) -> Value:
        """Return one value of one document."""
        return self.row(at)[column]

    def texts(self, column: int) -> list[Value]:
        """Return a column of texts, and of what else is in it."""
        field, raw = self.fields[self._fields[column]], self.buffer.raw
        is_text = self.fits & (field.kind == bson.STRING)
        size = np.where(is_text, self.buffer.int(np.where(is_text, field.at, 0)), 0)
        try:
            return [
                raw[start + 4 : start + 3 + length].decode() if good else self.part(at, column)
                for at, (good, start, length) in enumerate(
                    zip(is_text.tolist(), field.at.tolist(), size.tolist(), strict=True)
                )
            ]
        except UnicodeDecodeError:
            return [self.part(at, column) for at in range(len(self._starts))]

    def row(self, at: int) -> Row:
        """Return one document as a row of the selection."""
        start = self._starts[at]
        size = int.from_bytes(self.buffer.raw[start : start + 4], "little")
        return row_of(decode(self.buffer.raw[start : start + size]), self._places)

    def rest(self, at: int) -> bytes:
        """Return the bytes from one document on."""
        return self.buffer.raw[self._starts[at] : self.buffer.size] if at < len(self._starts) else b""


def keys_of(batch: RowBatch | DocumentBatch, side: Side) -> Keys:
    """Return the keys of all rows. Raises KeyOrderLost for one without an order that both engines share."""
    kinds = [one.kind for one in side.selection.readings[: side.selection.key_width]]
    columns: list[Any] = []
    for at, kind in enumerate(kinds):
        found = batch.integers(at) if kind is TypeClass.integer else batch.texts(at)
        if found is None or (kind is TypeClass.text and not all(each.__class__ is str for each in found)):
            raise KeyOrderLost("a key of another type")
        columns.append(found)
    if len(columns) == 1:
        keys: Keys = columns[0]
        return keys
    return list(zip(*(each if isinstance(each, list) else each.tolist() for each in columns), strict=True))


class Stream:
    """One side while it is read: the current batch, how much of it is done, and whether more may come."""

    def __init__(self, pieces: AsyncIterator[bytes], side: Side) -> None:
        self.side = side
        self.batch: Any = None
        self.at = 0
        self.passed = 0
        self.is_closed = False
        self._pieces = Ahead(pieces)

    def parse(self, data: bytes) -> Batch:
        """Return the rows in some bytes."""
        raise NotImplementedError

    def check_end(self) -> None:
        """Raise StoreError where the last batch does not end as it should."""

    @property
    def left(self) -> int:
        """How many rows of the batch are left."""
        return 0 if self.batch is None else len(self.batch.keys) - self.at

    @property
    def last(self) -> Any:
        """The last key of the batch."""
        return self.batch.keys[-1]

    async def extend(self) -> None:
        """Put the next rows behind those that are left, or learn that there are none. Raises NotAKeyError."""
        piece = await self._pieces.take()
        if not piece:
            self.is_closed = True
            self.check_end()
            return
        rest = b"" if self.batch is None else self.batch.rest(self.at)
        before = self.last if self.batch is not None and len(self.batch.keys) else None
        self.batch, self.at = self.parse(rest + piece), 0
        if not is_ascending(self.batch.keys) or (before is not None and self.left and self.batch.keys[0] < before):
            raise KeyOrderLost("keys in another order than was asked for")
        if self.left > MAX_SAME_KEY and self.batch.keys[0] == self.last:
            raise NotAKeyError(f"more than {MAX_SAME_KEY:,} rows share one key")

    def passing(self, end: int) -> None:
        """Note that the rows before this position are done."""
        self.side.scanned(end - self.at)
        self.passed += end - self.at
        self.at = end

    async def close(self) -> None:
        """Stop reading."""
        await self._pieces.close()


class RowStream(Stream):
    """PostgreSQL's side: pieces of binary COPY."""

    def __init__(self, pieces: AsyncIterator[bytes], side: Side, readers: Sequence[Reader]) -> None:
        super().__init__(pieces, side)
        self._readers = readers
        self._is_first = True

    def parse(self, data: bytes) -> RowBatch:
        """Return the rows in what is left of the batch before and the next piece."""
        starts, end = copy.split(data, self._is_first)
        self._is_first = self._is_first and not end
        return RowBatch(data, starts, end, self.side, self._readers)

    def check_end(self) -> None:
        """Raise StoreError where the mark of the end is missing: then so are rows."""
        if self.batch is None or not copy.is_end(self.batch.rest(len(self.batch.keys))):
            raise StoreError("The server stopped in the middle of a table.", "Look into the server's log.")


class DocumentStream(Stream):
    """MongoDB's side: raw batches of whole documents."""

    def __init__(self, pieces: AsyncIterator[bytes], side: Side) -> None:
        super().__init__(pieces, side)
        self._templates = Templates(tuple(one.column.encode() for one in side.selection.readings))

    def parse(self, data: bytes) -> DocumentBatch:
        """Return the documents in what is left of the batch before and the next one. Raises StoreError."""
        return DocumentBatch(data, starts_of(data), self.side, self._templates)
