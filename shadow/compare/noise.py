"""Noise: what differs between two answers of the same build, learnt from the values and not from counts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from shadow.compare.formats import format_of
from shadow.compare.found import ABSENT, Found
from shadow.compare.paths import Segments
from shadow.records import Kind

MAX_GROUPS = 20_000
MAX_FORMATS = 8
MIN_SHARE_RATIO = 0.2
# Departures in how a value is written: two answers of one build that differ otherwise do not excuse them.
_WRITTEN = frozenset((Kind.case, Kind.whitespace, Kind.encoding, Kind.url_host))
_PRESENCE = frozenset((Kind.missing, Kind.extra, Kind.null_vs_missing, Kind.empty_vs_missing))

Place = tuple[str, Segments | None]


class _Seen:
    """What was seen to vary at one group: formats and kinds, in how many of the pairs since the first time."""

    __slots__ = ("formats", "kinds", "pairs_before", "varied")

    def __init__(self, pairs_before: int) -> None:
        self.pairs_before = pairs_before
        self.varied = 0
        self.formats: set[str] = set()
        self.kinds: set[Kind] = set()


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """What varied in this exchange, by concrete place."""

    by_place: dict[Place, Found] = {}


class NoiseMemory:
    """Remembers per endpoint and group which formats vary between primary and secondary; bounded, in memory only.

    A group counts as volatile while it varied in at least a fifth of the pairs since it first did, so that one write
    that fell between the two answers does not excuse a field for ever.
    Cannot see: ranges (a counter that went back), and values whose meaning is wrong in the right format.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], _Seen] = OrderedDict()
        self._pairs: dict[str, int] = {}

    def learn(self, endpoint: str, found: Iterable[Found]) -> Here:
        """Learn from the differences between primary and secondary of one exchange; none are worth learning too."""
        before = self._pairs.get(endpoint, 0)
        self._pairs[endpoint] = before + 1
        if len(self._pairs) > MAX_GROUPS:
            self._pairs.clear()
            self._seen.clear()
        by_place: dict[Place, Found] = {}
        counted: set[str] = set()
        for each in found:
            by_place[(each.area, each.segments)] = each
            group = each.group
            seen = self._seen.get((endpoint, group))
            if seen is None:
                seen = self._seen[(endpoint, group)] = _Seen(before)
                if len(self._seen) > MAX_GROUPS:
                    self._seen.popitem(last=False)
            if group not in counted:
                counted.add(group)
                seen.varied += 1
            seen.kinds.add(each.kind)
            if len(seen.formats) < MAX_FORMATS:
                seen.formats.update((format_of(each.old), format_of(each.new)))
        return Here(by_place=by_place)

    def cover(self, endpoint: str, found: Found, here: Here) -> str:
        """Return what kind of noise covers a difference between primary and candidate, or an empty string."""
        twin = here.by_place.get((found.area, found.segments))
        if twin is not None and twin.new == found.new and type(twin.new) is type(found.new):
            return "secondary agrees"
        if found.segments is None:
            return ""  # a status or a whole body: only the same answer from the secondary excuses it
        if twin is not None:
            name = _covering({format_of(twin.old), format_of(twin.new)}, {twin.kind}, found)
            if name:
                return name
        seen = self._seen.get((endpoint, found.group))
        if seen is None or seen.varied < MIN_SHARE_RATIO * (self._pairs.get(endpoint, 0) - seen.pairs_before):
            return ""
        return _covering(seen.formats, seen.kinds, found)


def _covering(formats: set[str], kinds: set[Kind], found: Found) -> str:
    if found.kind is Kind.order:
        return "order" if Kind.order in kinds else ""
    if found.kind in _WRITTEN and found.kind not in kinds:
        return ""
    if found.kind in _PRESENCE:
        there = found.new if found.old is ABSENT else found.old
        return "presence" if "absent" in formats and format_of(there) in formats else ""
    shape = format_of(found.new)
    return shape if shape in formats else ""
