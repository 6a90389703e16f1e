"""Proof that the comparison by bytes would notice: made-up documents go through it before a run.

Each field is changed in the ways that its class knows, in one document among equal ones, in batches that are cut at
other places on either side. Every change has to come out with its `_id` and its field; documents that are written in
another way and mean the same may not.

Cannot see: what a server loses before it sends a document; filters and sorting, which are the server's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, cast

import bson
import msgspec
from bson import Int64

from shadow.errors import StoreError
from verify.comparison import Task
from verify.equality.canonical import encode_row
from verify.proof.handing import words
from verify.rows.rowdiff import Side
from verify.stores.mongo.compare import RawComparison
from verify.stores.mongo.driver import CODEC
from verify.stores.mongo.handing import CHANGES
from verify.stores.mongo.values import places_of, row_of

_OLD, _NEW = "the old side alone", "the new side alone"
_MISSING = object()

Document = dict[str, Any]


class Case(msgspec.Struct, frozen=True):
    """A made-up document of each side, None where a side has none, and what has to be found."""

    name: str
    old: Document | None
    new: Document | None
    found: tuple[str, ...] = ()


async def survivors(task: Task) -> tuple[str, ...]:
    """Return in words the changes that the comparison of two collections does not notice; none is proof."""
    cases = list(_cases(task))
    documents = [
        [bson.encode(each, codec_options=CODEC) for case in cases if (each := (case.old, case.new)[at]) is not None]
        for at in (0, 1)
    ]
    sides = [msgspec.structs.replace(side, scanned=_unheard) for side in (task.old, task.new)]
    settings = msgspec.structs.replace(task.settings, max_rows_per_second=0)
    made_up = msgspec.structs.replace(task, old=sides[0], new=sides[1], settings=settings)
    comparison = RawComparison(made_up, cast(Any, _Given(documents[0], 3)), cast(Any, _Given(documents[1], 2)))
    found: dict[object, list[str]] = defaultdict(list)
    try:
        async for difference in comparison.differences():
            row = difference.old if difference.old is not None else difference.new
            assert row is not None
            found[row[0]].append(_told(task.old, difference.old, difference.new))
    except StoreError as error:
        return (f"made-up documents cannot be compared ({error})",)
    missed = [case.name for case in cases if found.pop((case.old or case.new or {})["_id"], []) != [*case.found]]
    return tuple(dict.fromkeys(missed)) or (("equal documents are told apart",) if found else ())


def _cases(task: Task) -> Iterator[Case]:
    """Yield documents that differ in one way each; the number of a case is its `_id`."""
    fields = list(zip(task.old.selection.readings[1:], task.new.selection.readings[1:], strict=True))
    usual: Document = {}
    for one, other in fields:
        for name in (one.column, other.column):
            usual[name] = CHANGES[one.kind][0][0]
    number = -1

    def document(**fields: Any) -> Document:
        return {"_id": number, **{name: value for name, value in {**usual, **fields}.items() if value is not _MISSING}}

    def next_one() -> Document:
        nonlocal number
        number += 1
        return document()

    yield Case("an equal document", next_one(), document())
    yield Case("a lost document", next_one(), None, (_OLD,))
    yield Case("an additional document", None, next_one(), (_NEW,))
    yield Case("another order of fields", next_one(), {"_id": number, **dict(reversed(usual.items()))})
    yield Case("a longer field that is not compared", next_one(), document(**{_unused(usual): "x" * 300}))
    tried = set()
    for one, other in fields:
        changes: Sequence[tuple[Any, Any]] = CHANGES[one.kind]
        if one.kind in tried:
            changes = changes[:1]  # what they cost grows with the square of the fields
        else:
            changes = (*changes, (usual[one.column], None), (usual[one.column], _MISSING), (None, _MISSING))
        tried.add(one.kind)
        for before, after in changes:
            next_one()
            old, new = document(**{one.column: before}), document(**{other.column: after})
            change = "NULL became missing" if after is _MISSING else words(before, after)
            if not _is_declared(task, old, new):
                yield Case(f"{one.column}: {change}", old, new, (one.column,))
        if type(usual[one.column]) is int:
            yield Case("a number of another width", next_one(), document(**{other.column: Int64(usual[one.column])}))
        yield Case("an equal document", next_one(), document())
    yield Case("a lost document at the end", next_one(), None, (_OLD,))


def _is_declared(task: Task, old: Document, new: Document) -> bool:
    """Return whether a declared cut, or that missing is NULL, makes both the same."""
    readings = task.old.selection.readings
    if not any(one.step_us > 1 or one.missing_is_null for one in readings):
        return False
    rows = [
        side.hasher.read(row_of(bson.decode(bson.encode(each, codec_options=CODEC), CODEC), places_of(side.selection)))
        for side, each in ((task.old, old), (task.new, new))
    ]
    return encode_row(rows[0]) == encode_row(rows[1])


def _unused(usual: Document) -> str:
    name = "x"
    while name in usual:
        name += "x"
    return name


def _told(side: Side, old: Sequence[Any] | None, new: Sequence[Any] | None) -> str:
    if old is None or new is None:
        return _NEW if old is None else _OLD
    names = [reading.column for reading in side.selection.readings]
    pairs = zip(names, old, new, strict=True)
    return " and ".join(name for name, one, other in pairs if encode_row((one,)) != encode_row((other,)))


class _Given:
    """What a stream asks of a snapshot and its driver: made-up documents in so many batches."""

    session = None

    def __init__(self, documents: Sequence[bytes], batches: int) -> None:
        step = -(-len(documents) // batches)
        self._batches = [b"".join(documents[at : at + step]) for at in range(0, len(documents), step)]
        self.mongo = self

    def known(self, table: str) -> str:
        """Return the name of the collection."""
        return table

    async def raw_batches(self, *_asked: Any, **_how: Any) -> AsyncIterator[bytes]:
        """Yield the batches."""
        for each in self._batches:
            yield each


def _unheard(_rows: int) -> None:
    """Made-up documents are not progress."""
