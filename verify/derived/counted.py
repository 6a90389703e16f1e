"""Counting what is read of the parts of a derived table: ranges of it are whole where all rows of its parts were read,
which each store counts by itself and far sooner than the derived table's rows can be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from verify.store import KeyRange, Row, Selection, Snapshot


class CountedParts:
    """A snapshot that counts the rows that are read from it, or those of them that a range counts."""

    def __init__(self, base: Snapshot, belongs: Callable[[Row], bool] | None = None) -> None:
        self._base = base
        self._belongs = belongs
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)

    async def rows(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> AsyncIterator[list[Row]]:
        """Yield what the snapshot yields."""
        async for batch in self._base.rows(selection, keys, ordered=ordered):
            self.read += len(batch) if self._belongs is None else sum(map(self._belongs, batch))
            yield batch
