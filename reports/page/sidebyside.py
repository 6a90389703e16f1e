"""Two texts beside each other: equal lines aligned, changed lines marked, changed characters within them too."""

from __future__ import annotations

from difflib import SequenceMatcher
from enum import StrEnum

import msgspec

from reports.page.redacted import Piece, pieces_of
from reports.page.text import clip

CONTEXT = 3
MAX_LINES = 200
MAX_SHOWN = 60
MAX_COLUMNS = 240
ALIKE = 0.5


class Mark(StrEnum):
    """What is the matter with a pair of lines."""

    equal = "equal"
    changed = "changed"
    removed = "removed"
    added = "added"
    skipped = "skipped"


class LinePair(msgspec.Struct, frozen=True, kw_only=True):
    """One row: the primary's line and the candidate's, in pieces; `note` replaces both where rows were left out."""

    mark: Mark
    old: tuple[Piece, ...] = ()
    new: tuple[Piece, ...] = ()
    note: str = ""


def compare(old: list[str], new: list[str], *, laid_out: bool = False) -> tuple[LinePair, ...]:
    """Align two lists of lines. Equal stretches are folded to a few lines of context; the result is bounded.

    In JSON that was `laid_out` a comma at the end of a line belongs to the layout and does not count.
    """
    left = [clip(line, MAX_COLUMNS) for line in old[:MAX_LINES]]
    right = [clip(line, MAX_COLUMNS) for line in new[:MAX_LINES]]
    left_keys = [line.removesuffix(",") for line in left] if laid_out else left
    right_keys = [line.removesuffix(",") for line in right] if laid_out else right
    pairs: list[LinePair] = []
    codes = SequenceMatcher(None, left_keys, right_keys, autojunk=False).get_opcodes()
    for position, (tag, a, b, c, d) in enumerate(codes):
        if tag == "equal":
            lines = list(zip(left[a:b], right[c:d], strict=True))
            pairs += _equal(lines, first=position == 0, last=position == len(codes) - 1)
        else:
            pairs += _changed(left[a:b], right[c:d])
    beyond = max(len(old), len(new)) - MAX_LINES
    if len(pairs) > MAX_SHOWN or beyond > 0:
        dropped = max(len(pairs) - MAX_SHOWN, 0) + max(beyond, 0)
        pairs = [*pairs[:MAX_SHOWN], LinePair(mark=Mark.skipped, note=f"and {dropped:,} more lines")]
    return tuple(pairs)


def plain(lines: list[str]) -> tuple[LinePair, ...]:
    """One text alone, for a leg that has no counterpart."""
    return tuple(LinePair(mark=Mark.equal, old=pieces_of(clip(line, MAX_COLUMNS))) for line in lines[:MAX_SHOWN]) + (
        (LinePair(mark=Mark.skipped, note=f"and {len(lines) - MAX_SHOWN:,} more lines"),)
        if len(lines) > MAX_SHOWN
        else ()
    )


def _equal(lines: list[tuple[str, str]], *, first: bool, last: bool) -> list[LinePair]:
    head = 0 if first and not last else CONTEXT
    tail = 0 if last and not first else CONTEXT
    if len(lines) <= head + tail + 1:
        return [_same(old, new) for old, new in lines]
    fold = LinePair(mark=Mark.skipped, note=f"{len(lines) - head - tail:,} equal lines")
    above, below = lines[:head], lines[len(lines) - tail :]
    return [*(_same(old, new) for old, new in above), fold, *(_same(old, new) for old, new in below)]


def _same(old: str, new: str) -> LinePair:
    return LinePair(mark=Mark.equal, old=pieces_of(old), new=pieces_of(new))


def _changed(old: list[str], new: list[str]) -> list[LinePair]:
    both = min(len(old), len(new))
    pairs = [_pair(before, after) for before, after in zip(old[:both], new[:both], strict=True)]
    pairs += [LinePair(mark=Mark.removed, old=pieces_of(line)) for line in old[both:]]
    pairs += [LinePair(mark=Mark.added, new=pieces_of(line)) for line in new[both:]]
    return pairs


def _pair(old: str, new: str) -> LinePair:
    """Mark what lies between the common beginning and the common end; whole words and numbers, never half of one.

    Two lines that have little in common are only put beside each other.
    """
    if SequenceMatcher(None, old, new, autojunk=False).quick_ratio() < ALIKE:
        return LinePair(mark=Mark.changed, old=pieces_of(old), new=pieces_of(new))
    shortest = min(len(old), len(new))
    begin = 0
    while begin < shortest and old[begin] == new[begin]:
        begin += 1
    if _is_word(old[begin : begin + 1]) or _is_word(new[begin : begin + 1]):
        while begin > 0 and _is_word(old[begin - 1]):
            begin -= 1
    end = 0
    while end < shortest - begin and old[-1 - end] == new[-1 - end]:
        end += 1
    if _is_word(old[-1 - end : len(old) - end]) or _is_word(new[-1 - end : len(new) - end]):
        while end > 0 and _is_word(old[-end]):
            end -= 1
    return LinePair(
        mark=Mark.changed,
        old=pieces_of(old, begin, len(old) - end),
        new=pieces_of(new, begin, len(new) - end),
    )


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "."
