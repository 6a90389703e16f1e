"""Contiguous ranges of integer keys, found in bounded memory and whatever the order in which the keys come."""

from __future__ import annotations

from typing import NamedTuple

MOST_BLOCKS = 4_096
"""Blocks of keys held; where there are more, blocks of twice the size are held instead."""
SHORTEST = 10
"""Keys in a row that are a gap; fewer may well be missing side by side by chance."""


class Gap(NamedTuple):
    """The keys from `first` to `last`, all of them."""

    first: int
    last: int

    @property
    def keys(self) -> int:
        """How many keys these are."""
        return self.last - self.first + 1


class Keys:
    """A set of integers as blocks of 2**shift neighbours, each with its count, its least and its greatest.

    A block is solid where it holds every integer between its least and its greatest. The shift is the smallest with
    which the blocks fit, so the result depends on the set alone. A key that comes twice makes its block not solid.
    """

    def __init__(self, most: int = MOST_BLOCKS) -> None:
        # Negative keys and others never share a block.
        self._most = max(2, most)
        self._shift = 0
        self._blocks: dict[int, tuple[int, int, int]] = {}

    def add(self, key: int) -> None:
        """Take in a key."""
        _put(self._blocks, key >> self._shift, (1, key, key))
        while len(self._blocks) > self._most:
            self._shift += 1
            merged: dict[int, tuple[int, int, int]] = {}
            for block, content in self._blocks.items():
                _put(merged, block >> 1, content)
            self._blocks = merged

    @property
    def is_exact(self) -> bool:
        """Whether every gap is seen whole; else those within blocks that are not solid are not."""
        return self._shift == 0

    def gaps(self, shortest: int = SHORTEST) -> tuple[Gap, ...]:
        """Return the ranges without a hole, ascending."""
        found: list[Gap] = []
        open_gap: Gap | None = None
        for _, (count, least, greatest) in sorted(self._blocks.items()):
            solid = count == greatest - least + 1
            if open_gap is not None and solid and least == open_gap.last + 1:
                open_gap = Gap(open_gap.first, greatest)
                continue
            if open_gap is not None:
                found.append(open_gap)
            open_gap = Gap(least, greatest) if solid else None
        if open_gap is not None:
            found.append(open_gap)
        return tuple(gap for gap in found if gap.keys >= shortest)


def _put(blocks: dict[int, tuple[int, int, int]], block: int, content: tuple[int, int, int]) -> None:
    known = blocks.get(block)
    if known is not None:
        content = known[0] + content[0], min(known[1], content[1]), max(known[2], content[2])
    blocks[block] = content
