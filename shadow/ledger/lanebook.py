"""Which sequence numbers of a lane are acknowledged: everything up to `upto`, and ranges beyond it. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from math import inf

import msgspec

Range = tuple[int, int]


class LaneBook(msgspec.Struct, frozen=True, kw_only=True):
    """Acknowledged numbers 1..`upto` and the inclusive ranges `beyond` it.

    Ranges are sorted, disjoint, never adjacent, and none of them touches `upto`: equal sets have equal books.
    """

    upto: int = 0
    beyond: tuple[Range, ...] = ()


def acknowledged(book: LaneBook) -> int:
    """Return how many distinct numbers are acknowledged."""
    return book.upto + sum(last - first + 1 for first, last in book.beyond)


def holds(book: LaneBook, seq: int) -> bool:
    """Tell whether `seq` is acknowledged."""
    if seq <= book.upto:
        return seq >= 1
    at = bisect_right(book.beyond, (seq, inf)) - 1
    return at >= 0 and book.beyond[at][1] >= seq


def add(book: LaneBook, seqs: Iterable[int]) -> tuple[LaneBook, frozenset[int]]:
    """Acknowledge `seqs`; return the new book and those that were not in the old one.

    Raises ValueError for a number below 1: sequence numbers start at 1.
    """
    wanted = set(seqs)
    if wanted and min(wanted) < 1:
        raise ValueError(f"seq must be at least 1, got {min(wanted)}")
    fresh = frozenset(seq for seq in wanted if not holds(book, seq))
    return (_normal(book.upto, [*book.beyond, *_runs(sorted(fresh))]) if fresh else book), fresh


def fill(book: LaneBook, through: int) -> tuple[LaneBook, int]:
    """Acknowledge every number up to `through`; return the new book and how many were missing."""
    if through <= book.upto:
        return book, 0
    filled = _normal(through, list(book.beyond))
    return filled, acknowledged(filled) - acknowledged(book)


def missing(book: LaneBook, through: int) -> Iterator[int]:
    """Yield the numbers in 1..`through` that are not acknowledged, in order."""
    expected = book.upto + 1
    for first, last in book.beyond:
        yield from range(expected, min(first, through + 1))
        expected = last + 1
    yield from range(expected, through + 1)


def to_text(book: LaneBook) -> str:
    """Return the compact form for storage: `12`, or `12;15-17,20`."""
    ranges = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in book.beyond)
    return f"{book.upto};{ranges}" if ranges else str(book.upto)


def from_text(text: str) -> LaneBook:
    """Read what `to_text` wrote. Raises ValueError for anything else, ranges out of order included."""
    head, _, tail = text.partition(";")
    beyond = tuple(_range(part) for part in tail.split(",")) if tail else ()
    book = LaneBook(upto=int(head), beyond=beyond)
    backwards = book.upto < 0 or any(first > last for first, last in beyond)
    if backwards or to_text(_normal(book.upto, list(beyond))) != text:
        raise ValueError(f"not a lane book: {text[:80]!r}")
    return book


def _range(text: str) -> Range:
    first, dash, last = text.partition("-")
    return (int(first), int(last) if dash else int(first))


def _runs(seqs: list[int]) -> Iterator[Range]:
    """Join sorted distinct numbers into inclusive ranges."""
    start = 0
    for at in range(1, len(seqs) + 1):
        if at == len(seqs) or seqs[at] != seqs[at - 1] + 1:
            yield seqs[start], seqs[at - 1]
            start = at


def _normal(upto: int, ranges: list[Range]) -> LaneBook:
    """Sort and join ranges; those that touch `upto` become part of it."""
    beyond: list[Range] = []
    for first, last in sorted(ranges):
        if first <= upto + 1:
            upto = max(upto, last)
        elif beyond and first <= beyond[-1][1] + 1:
            beyond[-1] = (beyond[-1][0], max(beyond[-1][1], last))
        else:
            beyond.append((first, last))
    return LaneBook(upto=upto, beyond=tuple(beyond))
