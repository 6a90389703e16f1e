"""Proof that the comparison in bulk would notice: made-up rows and documents go through it before a run.

They are written as both servers send them (binary COPY, BSON), cut into several pieces, and every one that differs has
to come out with its key and its column; none that is equal may. Of each column every BSON type that is compared in bulk
has its own rows, all alike but for the change, since columns of one type are compared another way than mixed ones.

Cannot see: what a server loses before it sends a value; forms of a value that nobody made up.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import bson
import msgspec

from verify.classes import TypeClass
from verify.columnar.columns import columns_of
from verify.columnar.comparison import ColumnarComparison
from verify.columnar.made_up import made_up
from verify.columnar.sides import DocumentStream, RowStream, Stream
from verify.columnar.values import Reader
from verify.comparison import Task
from verify.equality.canonical import encode_row
from verify.equality.reading import reader_of
from verify.rows.rowdiff import NotAKeyError, RowDifference, Side
from verify.store import Key, KeyOrderLost, Reading, Selection
from verify.stores.mongo.driver import CODEC
from verify.stores.mongo.values import places_of, row_of
from verify.stores.postgres.types import PgType

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_PIECES = 3
_ROW, _DOCUMENT = "the row alone", "the document alone"


class Case(msgspec.Struct, frozen=True):
    """A made-up row beside a made-up document: what stands in the place of their usual values, by column (None: there
    is no such row or document), how often each is there, and what has to be found: a column, or one side alone."""

    name: str
    row: dict[int, Any] | None = {}
    document: dict[int, Any] | None = {}
    times: tuple[int, int] = (1, 1)
    found: tuple[str, ...] = ()


async def survivors(task: Task, rows: Side, types: Sequence[PgType], readers: Sequence[Reader]) -> tuple[str, ...]:
    """Return in words the changes that the comparison of a pair does not notice, and what it takes for one; none is
    proof. `rows` is the side of PostgreSQL, the other one that of MongoDB."""
    documents = task.new if task.old is rows else task.old
    rounds = max(len(made_up(kind).shapes) for kind in types)
    found: dict[str, None] = {}
    proof = _Proof(task, rows, documents, readers)
    for at in range(rounds + 1):
        mixed = at == rounds
        batch = _Batch(rows.selection, documents.selection, types, 0 if mixed else at)
        cases = [*batch.mixed()] if mixed else [*batch.uniform()]
        columns = columns_of(types, rows.selection.readings, documents.selection.readings)
        assert columns is not None
        try:
            found.update(dict.fromkeys([each async for each in proof.missed(batch, cases, columns)]))
        except (KeyOrderLost, NotAKeyError) as error:
            found[f"made-up rows are not compared at all ({error})"] = None
    return tuple(found)


class _Batch:
    """Makes rows and documents of one shape of each column. Of columns that are compared alike the first one has all
    changes, the others the least: what they cost grows with the square of the columns."""

    def __init__(self, rows: Selection, documents: Selection, types: Sequence[PgType], at: int) -> None:
        self.width = rows.key_width
        self.readings = tuple(zip(rows.readings, documents.readings, strict=True))
        self._reads = reader_of(rows), reader_of(documents)
        self._places = places_of(documents)
        self._every = [made_up(kind) for kind in types]
        self._shapes = [each.shapes[at % len(each.shapes)] for each in self._every]
        self._round = at
        self._whole = [one.kind is TypeClass.integer for one in rows.readings[: self.width]]
        alike = [(kind, *map(_nameless, both)) for kind, both in zip(types, self.readings, strict=True)]
        self._first = [each not in alike[self.width : place] for place, each in enumerate(alike)]

    def uniform(self) -> Iterator[Case]:
        """Yield changes of values that leave every column of one type, with equal rows between them."""
        for at in range(self.width, len(self.readings)):
            # What has fewer shapes than others was tried in an earlier round.
            changes = self._shapes[at].changes if self._round < len(self._every[at].shapes) else ()
            for before, after in changes if self._first[at] else changes[:1]:
                yield from self._told_apart(f"{before!r:.40} became {after!r:.40}", at, before, after)
            yield Case("an equal row")
        # At the very end there is nothing on the other side to align it with.
        yield Case("an additional document at the end", None, {}, found=(_DOCUMENT,))

    def mixed(self) -> Iterator[Case]:
        """Yield what mixes types: NULL, missing fields, other types, and rows that only one side has, or twice."""
        yield from self._of_rows()
        for at, (reading, other) in enumerate(self.readings[self.width :], start=self.width):
            name, shape, zero = reading.column, self._shapes[at], self._every[at].zero
            swapped = f"{name}: the values of two rows exchanged"
            yield Case(swapped, {}, {at: shape.two}, found=(name,))
            yield Case(swapped, {at: shape.two}, {}, found=(name,))
            if not self._first[at]:
                continue
            yield Case("an equal row", {at: shape.two}, {at: shape.two})
            yield Case("an equal row", {at: None}, {at: None})
            yield Case(f"{name}: a value became NULL", {}, {at: None}, found=(name,))
            yield Case(f"{name}: NULL became a value", {at: None}, {}, found=(name,))
            yield from self._told_apart(f"NULL became {zero!r}", at, None, zero)
            yield from self._told_apart(f"{zero!r} became NULL", at, zero, None)
            yield Case(f"{name}: a field was lost", {}, {at: _NOTHING}, found=(name,))
            lost = () if other.missing_is_null else (name,)
            yield Case(f"{name}: NULL became a missing field", {at: None}, {at: _NOTHING}, found=lost)
        yield from self._of_rows()
        yield Case("a lost row at the end", {}, None, found=(_ROW,))

    def _of_rows(self) -> Iterator[Case]:
        yield Case("a lost row", {}, None, found=(_ROW,))
        yield Case("an additional document", None, {}, found=(_DOCUMENT,))
        yield Case("a row that is there twice", times=(2, 1), found=(_ROW,))
        yield Case("a document that is there twice", times=(1, 2), found=(_DOCUMENT,))
        for at in range(self.width):
            name = f"{self.readings[at][0].column}: another key"
            yield Case(name, {}, {at: 1}, found=(_ROW,))
        yield Case("an equal row")

    def _told_apart(self, change: str, at: int, before: Any, after: Any) -> Iterator[Case]:
        """Yield a change, unless a declared cut makes both the same."""
        name = self.readings[at][0].column
        case = Case(f"{name}: {change}", {at: before}, {at: after}, found=(name,))
        held = {other.column: value for (_, other), value in zip(self.readings, self._document(case, 0), strict=True)}
        read = [
            self._reads[0](tuple(before if place == at else None for place in range(len(self.readings)))),
            self._reads[1](row_of(held, self._places)),
        ]
        cut = self.readings[at][0].step_us > 1 and before is not None and after is not None
        if not cut or encode_row(read[0][at : at + 1]) != encode_row(read[1][at : at + 1]):
            yield case

    def key(self, number: int, case: Case | None = None) -> Key:
        """Return the key of the row number so many, or that of its document."""
        changed = {} if case is None or case.document is None else case.document
        parts = [2 * number + changed.get(at, 0) for at in range(self.width)]
        return tuple(part if whole else f"{part:08}" for part, whole in zip(parts, self._whole, strict=True))

    def record(self, case: Case, number: int) -> bytes:
        """Return a row as PostgreSQL sends it."""
        assert case.row is not None
        parts = [b""]
        keys = self.key(number)
        for at, each in enumerate(self._every):
            value = keys[at] if at < self.width else case.row.get(at, self._shapes[at].one)
            data = b"" if value is None else each.sent(value)
            parts.append(struct.pack(">Ii", 0, -1 if value is None else len(data)) + data)
        body = struct.pack(">i", len(self._every)) + b"".join(parts)
        return struct.pack(">hi", 1, len(body)) + body

    def document(self, case: Case, number: int) -> bytes:
        """Return a document as MongoDB sends it."""
        fields = {
            other.column: value
            for (_, other), value in zip(self.readings, self._document(case, number), strict=True)
            if value is not _NOTHING
        }
        return bson.encode(fields, codec_options=CODEC)

    def _document(self, case: Case, number: int) -> list[Any]:
        assert case.document is not None
        found: list[Any] = [*self.key(number, case)]
        for at, shape in enumerate(self._shapes[self.width :], start=self.width):
            value = case.document.get(at, shape.one)
            found.append(value if value is None or value is _NOTHING else shape.written(value))
        return found


_NOTHING = object()


def _nameless(reading: Reading) -> Reading:
    return msgspec.structs.replace(reading, column="")


class _Proof:
    """Puts batches through the comparison of a pair."""

    def __init__(self, task: Task, rows: Side, documents: Side, readers: Sequence[Reader]) -> None:
        self._old_is_rows = task.old is rows
        rows, documents = (msgspec.structs.replace(side, scanned=_unheard) for side in (rows, documents))
        old, new = (rows, documents) if self._old_is_rows else (documents, rows)
        settings = msgspec.structs.replace(task.settings, max_rows_per_second=0)
        self._task = msgspec.structs.replace(task, old=old, new=new, settings=settings)
        self._rows, self._documents, self._readers = rows, documents, readers

    async def missed(self, batch: _Batch, cases: Sequence[Case], columns: Any) -> AsyncIterator[str]:
        """Yield the names of the cases of which something else was found than had to be."""
        wanted: dict[Key, list[str]] = defaultdict(list)
        names: dict[Key, str] = {}
        for number, case in enumerate(cases):
            key = batch.key(number)
            names[key], wanted[key] = case.name, [*case.found]
            other = batch.key(number, case)
            if other != key:
                names[other], wanted[other] = case.name, [_DOCUMENT]
        found: dict[Key, list[str]] = defaultdict(list)
        async for difference in self._differences(batch, cases, columns):
            key, words = self._told(difference, batch)
            found[key].append(words)
        for key in dict.fromkeys((*names, *found)):
            if found[key] != wanted[key]:
                name = names.get(key, "a key that is not there")
                yield f"{name} (found: {', '.join(found[key])})" if found[key] else name

    async def _differences(
        self, batch: _Batch, cases: Sequence[Case], columns: Any
    ) -> AsyncIterator[RowDifference]:
        records = [batch.record(case, n) * case.times[0] for n, case in enumerate(cases) if case.row is not None]
        documents = [
            batch.document(case, n) * case.times[1] for n, case in enumerate(cases) if case.document is not None
        ]
        copied = _HEADER + b"".join(records) + _END
        step, part = (-(-len(each) // _PIECES) for each in (copied, documents))
        pieces = [copied[at : at + step] for at in range(0, len(copied), step)]
        batches = [b"".join(documents[at : at + part]) for at in range(0, len(documents), part or 1)]
        streams: tuple[Stream, Stream] = (
            RowStream(_given(pieces), self._rows, self._readers), DocumentStream(_given(batches), self._documents)
        )  # fmt: skip
        comparison = ColumnarComparison(self._task, *(streams if self._old_is_rows else streams[::-1]), columns)
        async for difference in comparison.differences():
            yield difference

    def _told(self, difference: RowDifference, batch: _Batch) -> tuple[Key, str]:
        """Return the key of a difference, and its column or which side has the row."""
        rows, documents = (difference.old, difference.new)[:: 1 if self._old_is_rows else -1]
        if rows is None or documents is None:
            alone = rows if documents is None else documents
            assert alone is not None
            return alone[: batch.width], _ROW if documents is None else _DOCUMENT
        columns = [
            reading.column for (reading, _), one, other in zip(batch.readings, rows, documents, strict=True)
            if not (one.__class__ is other.__class__ and one == other) and encode_row((one,)) != encode_row((other,))
        ]  # fmt: skip
        return rows[: batch.width], " and ".join(columns)


async def _given(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _unheard(_rows: int) -> None:
    """Made-up rows are not progress."""
