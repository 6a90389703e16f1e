"""A few examples out of many, the same ones whatever the order in which they come."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from hashlib import blake2b
from typing import Generic, TypeVar

T = TypeVar("T")


def rank_of(mark: bytes) -> bytes:
    """Return the rank of an item, by what tells it from others."""
    return blake2b(mark, digest_size=12).digest()


class Sample(Generic[T]):
    """Keeps the `size` items whose hashes are the smallest: a random sample that does not depend on their order."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: list[tuple[bytes, int, T]] = []
        self.seen = 0

    def add(self, rank: bytes, make: Callable[[], T]) -> None:
        """Take in an item; `rank_of` gives its rank, `make` is called only where the item is kept."""
        self.seen += 1
        if len(self._kept) < self._size:
            insort(self._kept, (rank, self.seen, make()), key=lambda entry: entry[0])
        elif rank < self._kept[-1][0]:
            self._kept.pop()
            insort(self._kept, (rank, self.seen, make()), key=lambda entry: entry[0])

    def kept(self) -> tuple[T, ...]:
        """Return the items kept."""
        return tuple(item for _, _, item in self._kept)
