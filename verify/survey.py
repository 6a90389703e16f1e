"""Questions about a whole column that a store answers itself, asked only where rows differ."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from verify.store import Row, Selection, Value


@runtime_checkable
class Surveys(Protocol):
    """A snapshot that knows the latest value of a column, and how often each value occurs. Raises StoreError."""

    async def latest(self, selection: Selection) -> Row:
        """Return the greatest value of each column as the store holds it, None of an empty one."""

    async def tally(self, selection: Selection, most: int) -> list[tuple[Value, int]]:
        """Return the values of a single column with how many rows hold each: all of them, or `most` + 1 of more."""
