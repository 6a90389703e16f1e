"""How many neighbouring buckets are digested as one: more where nothing differs, fewer where much does.

Finding a bucket through the index costs a server about as much as hashing FOUND_ROWS rows, in every bucket. A bucket
that differs costs the hashing of all its rows a second time. With a share p of n buckets of R rows differing and g of
them digested as one, that is n/g x FOUND_ROWS + n x p x g x R rows, least at g = sqrt(FOUND_ROWS / (p x R)).
"""

from __future__ import annotations

from math import sqrt

Span = tuple[int, int]
"""A run of neighbouring buckets: the first and the last of them."""
FOUND_ROWS = 3.3
"""Measured with PostgreSQL 15 on rows of 227 bytes: 4.6 us a bucket, 1.4 us a row that is hashed again."""
MOST_ROWS = 1_024
"""Rows digested as one at most, where a bucket has fewer."""
MOST_BUCKETS = 16


class Grain:
    """Learns from each piece how coarse the next one may be. `fixed`: every bucket is digested for itself."""

    def __init__(self, *, fixed: bool = False) -> None:
        self._fixed = fixed
        self._rows = 0.0
        self._buckets = 0.0
        self._differing = 0.0

    @property
    def size(self) -> int:
        """How many buckets to digest as one: a power of two, 1 before anything is known."""
        if self._fixed or not self._rows:
            return 1
        rows = self._rows / self._buckets
        most = min(MOST_BUCKETS, MOST_ROWS / rows)
        if self._differing:
            most = min(most, sqrt(FOUND_ROWS * self._buckets / (self._differing * rows)))
        return int(1 << (max(1, int(most)).bit_length() - 1))

    def took(self, buckets: int, rows: int, differing: int) -> None:
        """Learn from a piece: its buckets, its rows, in how many places it differed. Earlier pieces count half."""
        self._buckets = self._buckets / 2 + buckets
        self._rows = self._rows / 2 + rows
        self._differing = self._differing / 2 + differing

    def spans(self, first: int, last: int, total: int) -> list[Span]:
        """Return the runs of buckets of a piece that are digested as one; the ends of the table are runs of their own,
        since they have no bound."""
        ends = {0, total - 1}
        inner = range(max(first, 1), min(last, total - 2) + 1)
        size = self.size
        found = [(at, min(at + size, inner.stop) - 1) for at in inner[::size]]
        return sorted([*((end, end) for end in ends if first <= end <= last), *found])
