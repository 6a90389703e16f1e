"""The differing values of one column: how many of each family, and whether they are a mapping of few values."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import NamedTuple

from shadow.records import DataFinding
from verify.equality.canonical import encode
from verify.explain.families import NUMBER_OFFSET, OFFSET, REMAPPED, UNEXPLAINED, Family, family_of
from verify.explain.samples import Sample, rank_of
from verify.store import Value
from verify.telling.render import Redact, render

EXAMPLES = 3
MOST_PARAMETERS = 64
"""Lengths, offsets and the like told apart within a family; where there are more of them they are not told apart."""
MOST_PAIRS = 64
"""Pairs of an old and a new value held; more of them are no mapping of few values."""
_LONGEST = 64
_ALONE = 10
"""How often a single pair must be seen."""
_OFTEN = 3
"""How often each pair, or each distance, must be seen on average before it is a pattern."""

_VAGUE = frozenset({"another type", "boolean became another type"})


class Group(NamedTuple):
    """Differences of one column that have one cause."""

    family: Family
    n: int
    examples: tuple[DataFinding, ...]
    pairs: tuple[tuple[Value, Value], ...] = ()


class _Counted:
    """How many differences, and some of them."""

    def __init__(self) -> None:
        self.sample: Sample[DataFinding] = Sample(EXAMPLES)

    def add(self, finding: DataFinding, rank: bytes) -> None:
        self.sample.add(rank, lambda: finding)


class Column:
    """Takes in the differing values of one column."""

    def __init__(self, name: str, redact: Redact) -> None:
        self._name, self._redact = name, redact
        self._families: dict[str, _Counted] = {}
        self._parameters: dict[str, dict[str, _Counted] | None] = {}
        self._pairs: dict[tuple[bytes, bytes], tuple[Value, Value]] | None = {}
        self._news: dict[bytes, Value] = {}
        self._old: bytes | None = None
        self._has_olds = False
        self._remapped = _Counted()

    def add(self, old: Value, new: Value, finding: DataFinding) -> None:
        """Take in a difference."""
        family = family_of(finding.note, old, new)
        rank = rank_of(mark_of(finding))
        self._families.setdefault(family.kind, _Counted()).add(finding, rank)
        known = self._parameters.setdefault(family.kind, {})
        if known is not None:
            known.setdefault(family.parameter, _Counted()).add(finding, rank)
            if len(known) > MOST_PARAMETERS:
                self._parameters[family.kind] = None
        if family.kind in REMAPPED:
            self._remapped.add(finding, rank)
            self._pair(old, new)

    def _pair(self, old: Value, new: Value) -> None:
        if len(self._news) > 1 and self._pairs is None:
            return
        mark = _mark(old), _mark(new)
        if len(self._news) < 2:
            self._news.setdefault(mark[1], new)
        self._has_olds = self._has_olds or (self._old is not None and self._old != mark[0])
        self._old = mark[0]
        if self._pairs is None:
            return
        if any(isinstance(side, str | bytes) and len(side) > _LONGEST for side in (old, new)):
            self._pairs = None
            return
        self._pairs.setdefault(mark, (old, new))
        if len(self._pairs) > MOST_PAIRS:
            self._pairs = None

    def groups(self) -> list[Group]:
        """Return the differences by cause; their counts add up to all that were taken in."""
        families = dict(self._families)
        found: list[Group] = []
        remap = self._remap(families)
        if remap is not None:
            found.append(remap)
            for kind in REMAPPED & families.keys():
                del families[kind]
        unexplained = Counter[str]()
        for kind in sorted(families):
            if kind == UNEXPLAINED.kind or not self._is_pattern(kind):
                unexplained[kind] = families[kind].sample.seen
            else:
                found += self._by_parameter(kind, families[kind])
        if unexplained:
            kept = [finding for kind in sorted(unexplained) for finding in families[kind].sample.kept()]
            found.append(Group(UNEXPLAINED, unexplained.total(), tuple(sorted(kept, key=mark_of)[:EXAMPLES])))
        return found

    def _is_pattern(self, kind: str) -> bool:
        """Return whether a family says something: that two instants have some distance does so only if it recurs."""
        if kind not in (OFFSET, NUMBER_OFFSET):
            return True
        known = self._parameters[kind]
        return known is not None and self._families[kind].sample.seen >= _OFTEN * len(known)

    def _says_more(self, kind: str) -> bool:
        """Return whether a family, where it is the only one, says more than the list of what became what."""
        known = self._parameters[kind] or {}
        match kind:
            case _ if kind == UNEXPLAINED.kind:
                return False
            case "type":
                return not known.keys() <= _VAGUE
            case _ if kind == NUMBER_OFFSET:
                return len(known) == 1
        return True

    def _by_parameter(self, kind: str, family: _Counted) -> list[Group]:
        known = self._parameters[kind]
        if known is None:
            return [Group(Family(kind), family.sample.seen, family.sample.kept())]
        total = family.sample.seen
        frequent = {what: one for what, one in sorted(known.items()) if one.sample.seen * 20 >= total}
        groups = [Group(Family(kind, what), one.sample.seen, one.sample.kept()) for what, one in frequent.items()]
        rest = [one for what, one in sorted(known.items()) if what not in frequent]
        if rest:
            kept = sorted((finding for one in rest for finding in one.sample.kept()), key=mark_of)
            groups.append(Group(Family(kind), sum(one.sample.seen for one in rest), tuple(kept[:EXAMPLES])))
        return groups

    def _remap(self, families: dict[str, _Counted]) -> Group | None:
        """Return the differences as a mapping of few values, or of all of them to one; None where they are neither."""
        kinds = REMAPPED & families.keys()
        n = self._remapped.sample.seen
        if len(self._news) == 1 and self._has_olds and n >= _OFTEN:
            (value,) = self._news.values()
            words = f"every value that differs became {render(self._name, value, self._redact)}"
            return Group(Family("constant", words), n, self._remapped.sample.kept())
        if not self._pairs or n < _OFTEN * len(self._pairs):
            return None
        olds = {old for old, _ in self._pairs}
        if len(olds) < len(self._pairs) or (len(olds) == 1 and n < _ALONE):
            return None
        if len(kinds) == 1 and self._says_more(next(iter(kinds))):
            return None
        pairs = tuple(self._pairs[mark] for mark in sorted(self._pairs))
        shown = sorted(" to ".join(render(self._name, side, self._redact) for side in pair) for pair in pairs)
        words = ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")
        return Group(Family("remap", words), n, self._remapped.sample.kept(), pairs)


def mark_of(finding: DataFinding) -> bytes:
    """Return what tells a finding from others."""
    return repr((finding.kind, finding.column, finding.key, finding.old, finding.new)).encode("utf-8", "replace")


def _mark(value: Value) -> bytes:
    return blake2b(encode(value), digest_size=12).digest()
