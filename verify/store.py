"""The store protocol: what a database or a file must offer to be verified, and the frozen records it speaks in.

A store is opened once, described, and read through a snapshot that shows one state for as long as it is held.
Everything is asynchronous so that network drivers fit; embedded engines work in a thread of their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, runtime_checkable

import msgspec

from verify.classes import Dialect, TypeClass

Value = object
Row = tuple[Value, ...]
Key = tuple[Any, ...]
"""The key of a row; its parts compare where `verify.rows.digest.order_key` has let them through."""
Scanned = Callable[[int], None]
"""Called with the number of rows just read; how long work shows progress."""


class ColumnSchema(msgspec.Struct, frozen=True, kw_only=True):
    """One column. `declared` is the engine's own text; `size` is (length), (precision, scale) or (bits), empty where
    unbounded or not known. `nullable` and `default` are None where the store cannot know (a CSV file)."""

    name: str
    kind: TypeClass = TypeClass.other
    declared: str = ""
    size: tuple[int, ...] = ()
    nullable: bool | None = None
    default: str | None = None


class IndexSchema(msgspec.Struct, frozen=True, kw_only=True):
    """One index by its columns, in order; the name is for messages only."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


class TableSchema(msgspec.Struct, frozen=True, kw_only=True):
    """One table. `primary_key` is empty where there is none. `knows_constraints` is False for files, which have
    neither keys nor indexes nor defaults: nothing may be concluded from their absence there."""

    name: str
    columns: tuple[ColumnSchema, ...]
    primary_key: tuple[str, ...] = ()
    indexes: tuple[IndexSchema, ...] = ()
    foreign_keys: tuple[str, ...] = ()
    knows_constraints: bool = True

    def column(self, name: str) -> ColumnSchema | None:
        """Return the column of that exact name, None where there is none."""
        return next((column for column in self.columns if column.name == name), None)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A column to read, and the class both sides agree on. `carried`: this engine lacks the class and holds its
    values in another one, so each value is read (text into a timestamp, say) before it is compared.
    `missing_is_null`: a document that lacks the field counts as one that holds NULL. Of timestamps
    `step_us` microseconds are told apart, what is finer is cut. `mapping` and then `steps` (`equality.transforms`) are
    declared transforms; before them the value is read as `before`, the class of the column itself."""

    column: str
    kind: TypeClass = TypeClass.other
    carried: bool = False
    missing_is_null: bool = False
    step_us: int = 1
    before: TypeClass = TypeClass.other
    mapping: dict[str, str] = {}
    steps: tuple[str, ...] = ()

    @property
    def transformed(self) -> bool:
        """Whether values change before they are compared, by declaration."""
        return bool(self.mapping or self.steps)


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of one table to read, key first: the first `key_width` columns are the key, 0 means no key.

    The two selections of a pair have their columns in the same order, whatever the names. `where` leaves out rows, as
    the store itself writes it: an SQL condition, a MongoDB query in JSON.
    """

    table: str
    readings: tuple[Reading, ...]
    key_width: int = 0
    where: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the key columns."""
        return tuple(reading.column for reading in self.readings[: self.key_width])


class KeyRange(msgspec.Struct, frozen=True, kw_only=True):
    """The half-open range of keys [low, high); None leaves that end open. Both None is the whole table."""

    low: Key | None = None
    high: Key | None = None


class Buckets(msgspec.Struct, frozen=True, kw_only=True):
    """How rows are put into buckets.

    With `bounds` (ascending keys): bucket i holds the keys in [bounds[i-1], bounds[i]), the first and the last are
    open-ended. Without: `hashed` buckets by the hash of the key, or of the whole row where there is no key.
    """

    bounds: tuple[Key, ...] = ()
    hashed: int = 0

    @property
    def total(self) -> int:
        """How many buckets there are."""
        return self.hashed or len(self.bounds) + 1

    def range_of(self, first: int, last: int) -> KeyRange:
        """Return the keys of buckets `first` to `last`, both included. Only for buckets with bounds."""
        return KeyRange(
            low=self.bounds[first - 1] if first > 0 else None,
            high=self.bounds[last] if last < len(self.bounds) else None,
        )


class BucketDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The digest of one bucket: how many rows, and the sums modulo 2**64 of the two halves of their hashes."""

    rows: int = 0
    lane1: int = 0
    lane2: int = 0


class KeyOrderLost(Exception):
    """Raised when a key is met that has no place in the order of the bounds (NULL, another type)."""


class Snapshot(Protocol):
    """One unchanging state of a store. All methods raise StoreError when the store cannot be read."""

    async def estimate(self, table: str) -> int:
        """Return about how many rows the table has, cheaply; for progress only."""

    async def count(self, table: str, where: str = "") -> int:
        """Return how many rows the table has, or of them those that `where` lets through, exactly."""

    async def boundaries(self, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return up to `buckets` - 1 ascending keys that cut the table into parts of about equal size.

        None where the keys have no order that another engine would share (mixed types, NULL).
        """

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        """Return one digest per bucket from a single scan. Raises KeyOrderLost for keys outside the order."""

    def rows(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> AsyncIterator[list[Row]]:
        """Yield the rows in batches of bounded size, as the engine's values in the order of the selection.

        `ordered` asks for ascending keys in byte order of text; without it any order will do.
        """


@runtime_checkable
class MaySort(Protocol):
    """A snapshot of a server that may have to sort a table to give its rows in order."""

    async def sorts(self, selection: Selection) -> bool:
        """Return whether it would sort a large table to read it in the order of the key. Raises StoreError."""


class Store(Protocol):
    """A database or a set of files under verification."""

    @property
    def label(self) -> str:
        """How to call this store in messages; never with credentials."""

    @property
    def dialect(self) -> Dialect:
        """What the engine can express."""

    async def describe(self) -> tuple[TableSchema, ...]:
        """Return the tables, ascending by name. Raises StoreError."""

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """Hold one unchanging state of the store for as long as the context lasts. Raises StoreError."""

    async def close(self) -> None:
        """Let go of everything; safe to call twice."""
