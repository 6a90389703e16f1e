"""A derived table behind the protocol of the stores, so that every check reads it as it reads any other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from shadow.errors import StoreError
from verify.derived.source import Source
from verify.rows.digest import streamed_digest
from verify.rows.settling import Rereads, Watermarked
from verify.store import BucketDigest, Buckets, Key, KeyRange, Row, Scanned, Selection, Snapshot


class DerivedSnapshot:
    """One derived table, read through a snapshot of the store that has its parts."""

    def __init__(self, base: Snapshot, source: Source) -> None:
        self.base = base
        self.source = source

    @property
    def watermark(self) -> str:
        """The moment of the store's own snapshot."""
        return self.base.watermark if isinstance(self.base, Watermarked) else ""

    async def estimate(self, table: str) -> int:
        """Return about how many rows the parts have; items of arrays are more than that."""
        self._check(table)
        return sum([await self.base.estimate(part) for part in self.source.parts])

    async def count(self, table: str, where: str = "") -> int:
        """Return how many rows there are."""
        self._check(table)
        return await self.source.count(self.base, where)

    async def boundaries(self, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return ascending keys that cut the table into parts of about equal size, None where there is no order."""
        return await self.source.boundaries(self.base, selection, buckets)

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        """Return one digest per bucket from a single streaming scan, computed here."""
        return await streamed_digest(self, selection, buckets, salt, scanned)

    def rows(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> AsyncIterator[list[Row]]:
        """Yield the rows in batches of bounded size."""
        return self.source.rows(self.base, selection, keys, ordered=ordered)

    def _check(self, table: str) -> None:
        if table != self.source.name:
            raise StoreError(f"{self.source.name} is not {table}.", "Verify it as a pair of its own.")


class LiveDerivedSnapshot(DerivedSnapshot):
    """The same where the store can be read as it is now."""

    def asks(self, key: Key) -> bool:
        """Return whether the store can be asked for rows by this key."""
        return isinstance(self.base, Rereads) and self.base.asks(key)

    async def now(self, selection: Selection, keys: Sequence[Key]) -> list[Row]:
        """Return the rows that these keys have now, outside of the snapshot."""
        return await self.source.now(self.base, selection, keys)


def underived(snapshot: Snapshot) -> tuple[Snapshot, Source | None]:
    """Return the store's own snapshot, and the derived table that is read through it, None where it is none."""
    if isinstance(snapshot, DerivedSnapshot):
        return snapshot.base, snapshot.source
    return snapshot, None


def derived(base: Snapshot, source: Source | None) -> Snapshot:
    """Return a snapshot of the derived table, the store's own snapshot where the table is none."""
    if source is None:
        return base
    return LiveDerivedSnapshot(base, source) if isinstance(base, Rereads) else DerivedSnapshot(base, source)
