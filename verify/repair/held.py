"""Rows as a store holds them, by their keys, and how they are read: of MongoDB its own types, which reading loses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from verify.comparison import Bulk
from verify.equality.reading import reader_of
from verify.repair.lookup import Found, rows_of_keys
from verify.store import Key, Row, Selection, Snapshot, Value

Reader = Callable[[Row], Row]


class Held(Protocol):
    """The rows of one side."""

    async def rows(self, selection: Selection, keys: Mapping[bytes, Key]) -> Found:
        """Return the rows of these keys, as they are held. Raises StoreError."""

    def reader(self, selection: Selection) -> Reader:
        """Return what reads a row so that both sides compare."""

    def stored(self, value: Value) -> Value:
        """Return a value of another engine as this one holds it. Raises CannotWriteError."""

    def order(self, mark: bytes) -> tuple[str, ...]:
        """Return the order of the fields of the row of a key, () where that is the table's."""


class HeldRows:
    """Rows of a store that hands its values over as they are."""

    def __init__(self, snapshot: Snapshot, most_ranges: int) -> None:
        self._snapshot, self._most_ranges = snapshot, most_ranges

    async def rows(self, selection: Selection, keys: Mapping[bytes, Key]) -> Found:
        """Return the rows of these keys, as they are held. Raises StoreError."""
        return await rows_of_keys(self._snapshot, selection, keys, self._most_ranges)

    def reader(self, selection: Selection) -> Reader:
        """Return what reads a row so that both sides compare."""
        return reader_of(selection)

    def stored(self, value: Value) -> Value:
        """Return a value of another engine; how it is written is decided where it is."""
        return value

    def order(self, mark: bytes) -> tuple[str, ...]:
        """Return (): columns are in the order of their table."""
        return ()


def held_by(snapshot: Snapshot, most_ranges: int) -> Held:
    """Return how the rows of a snapshot are held; so many ranges of keys are worth a query each."""
    if not (isinstance(snapshot, Bulk) and snapshot.bulk == "documents"):
        return HeldRows(snapshot, most_ranges)
    from verify.repair.mongo_held import HeldDocuments
    from verify.stores.mongo.store import MongoSnapshot

    assert isinstance(snapshot, MongoSnapshot)
    return HeldDocuments(snapshot)
