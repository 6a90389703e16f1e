"""The hashes of the rows of a range, as a server packs them: keys in lists, lanes side by side in bytes.

Of two sides' hashes most are equal, in the same order. Those pairs are taken out before a row is made of any of them:
that leaves the difference of both multisets as it is, whatever the order, and costs a tenth of looking at rows.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import ne
from typing import Any, NamedTuple

from verify.store import Row


class Hashes(NamedTuple):
    """Rows of one range: a list per key column, and of each row its lanes, 8 bytes each, the row after the other."""

    keys: tuple[list[Any], ...]
    lanes: bytes

    @property
    def rows(self) -> list[Row]:
        """Key and lanes of each row."""
        n = len(self.lanes) // 8
        if not n:
            return []
        lanes = struct.unpack(f">{n}q", self.lanes)
        step = n // len(self.keys[0])
        return list(zip(*self.keys, *(lanes[at::step] for at in range(step)), strict=True))


def unmatched_hashes(old: Sequence[Hashes], new: Sequence[Hashes]) -> tuple[Counter[Row], Counter[Row]]:
    """Return key and lanes of the rows that only one side has, as often as it has more of them, given the hashes of the
    same ranges of both sides."""
    only_old: Counter[Row] = Counter()
    only_new: Counter[Row] = Counter()
    for one, other in zip(old, new, strict=True):
        if one == other:
            continue
        left, right = one.rows, other.rows
        if len(left) == len(right):
            is_other = list(map(ne, left, right))
            left, right = list(compress(left, is_other)), list(compress(right, is_other))
        only_old.update(left)
        only_new.update(right)
    return balanced(only_old, only_new)


def balanced(old: Iterable[Row], new: Iterable[Row]) -> tuple[Counter[Row], Counter[Row]]:
    """Return what each side has more of."""
    one, other = Counter(old), Counter(new)
    return one - other, other - one
