"""What stores can tell beyond tables and rows, where they can: other objects, sequences, and answers to a query."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from verify.store import Row


class DbObject(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a schema declares beside columns: a view, a trigger, a constraint, an index. `by_name`: it is the
    same thing only under the same name; others (a check constraint) are what they say, whatever they are called."""

    kind: str
    name: str
    table: str = ""
    definition: str = ""
    by_name: bool = True


class SequenceState(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence (or an identity) that fills a column, the next value it will give, and the extreme value that the
    column holds in its direction, None where the table is empty."""

    name: str
    table: str
    column: str
    next_value: int
    increment: int = 1
    extreme: int | None = None


@runtime_checkable
class Catalogues(Protocol):
    """A snapshot that knows its objects and sequences. Raises StoreError."""

    async def objects(self) -> tuple[DbObject, ...]:
        """Return the objects of all schemas."""

    async def sequences(self) -> tuple[SequenceState, ...]:
        """Return the sequences that fill a column."""


@runtime_checkable
class Queries(Protocol):
    """A snapshot that answers SQL."""

    async def query(self, sql: str) -> list[Row]:
        """Return the rows of a query, which can only read. Raises StoreError."""

    def source(self, table: str) -> str:
        """Return a table's name as the SQL of this store writes it."""
