"""Noise: what differs between two answers of the same build, learnt from the values and not from counts.

What is learnt of a place is what kind of thing varies there: whether it is there at all, its order, how it is written,
and how far it goes: the spread of a number, of a length, of an instant from now, of a counter's steps. Only that is
masked. A value beyond it is a mismatch, and the difference says what was learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from shadow.compare.formats import format_of
from shadow.compare.found import ABSENT, Found
from shadow.compare.measures import measure, number_of
from shadow.config.again import Noise
from shadow.learnt.book import MAX_GROUPS, Book, Learnt, Place
from shadow.learnt.exact import is_above
from shadow.learnt.seen import FROM_NOW, LENGTH, NUMBER, STEP, Seen
from shadow.paths import Segments
from shadow.records import Kind

MIN_SHARE_RATIO = 0.2
"""Beyond the exchange in which it varied, a place is noisy where the exact lower bound (95 %) of the share of pairs in
which it varies is above this: two of two are, three of five, or a quarter of very many."""
MIN_TIMES = 1.5
"""A counter, or an instant near now, needs only to have been seen this often: what is left to check is strict."""
MIN_VALUES = 30
"""Values from which on a spread of numbers or lengths is held against the candidate."""
MIN_INSTANTS = 10
MIN_COUNTER_RATIO = 0.8
"""A number is a counter where the second answer never had the smaller one, and the exact lower bound of the share in
which it had the greater one is above this: from 14 pairs on."""
NEAR_S = 600.0
"""Instants are near now where all of them were within this."""
_SLACK_S = 5.0
_STEPS = 10.0

# Departures in how a value is written: two answers of one build that differ otherwise do not excuse them.
_WRITTEN = frozenset((Kind.case, Kind.whitespace, Kind.encoding, Kind.url_host))
_PRESENCE = frozenset((Kind.missing, Kind.extra, Kind.null_vs_missing, Kind.empty_vs_missing))

IsSecret = Callable[[tuple[str, ...]], bool]
Spot = tuple[str, Segments | None]


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """What varied in this exchange, by concrete place. `build` is the primary's, `at` when the exchange began (Unix
    seconds): also where no secondary answered, since what was learnt before holds then, too."""

    by_place: dict[Spot, Found] = {}
    build: str = ""
    at: float = 0.0


class Judged(NamedTuple):
    """What noise says of a difference: `by` is the kind of noise that covers it, else an empty string; `beyond` says
    where noise was learnt there and the difference goes beyond it."""

    by: str = ""
    beyond: str = ""


class NoiseMemory:
    """Learns from pairs of answers of one build, per endpoint and group, and covers differences by what it learnt.

    It never sees an answer of the candidate when it learns. A new build begins anew.
    Cannot see: values whose meaning is wrong within all that was learnt, and separate parts of a value that vary.
    """

    def __init__(self, settings: Noise | None = None) -> None:
        settings = settings or Noise()
        self._book = Book(half_life_pairs=settings.half_life_pairs, half_life_s=settings.half_life_s)
        self._told: dict[tuple[str, str], Learnt] = {}
        self._is_secret: IsSecret = lambda segments: False
        self._secret: dict[str, bool] = {}

    def __len__(self) -> int:
        return len(self._book)

    def use(self, settings: Noise, *, is_secret: IsSecret | None = None) -> None:
        """Fade by other half-lives from now on. Of values at places that are secret nothing is measured: what is learnt
        is stored, and told."""
        if is_secret is not None:
            self._is_secret, self._secret = is_secret, {}
        self._book.half_life_pairs, self._book.half_life_s = settings.half_life_pairs, settings.half_life_s

    def learn(self, endpoint: str, found: Iterable[Found], *, build: str = "", at: float = 0.0) -> Here:
        """Learn from the differences between primary and secondary of one exchange, which began `at` (Unix seconds);
        none are worth learning, too."""
        place = self._book.pass_time(build, endpoint, at, 1.0)
        new = self._new(build, endpoint, at)
        by_place: dict[Spot, Found] = {}
        counted: set[str] = set()
        for each in found:
            by_place[(each.area, each.segments)] = each
            group = each.group
            seen, more = self._book.group(place, group), new.setdefault(group, Seen())
            _take((seen, more), each, at, first=group not in counted, measured=not self._hides(group, each))
            counted.add(group)
        return Here(by_place=by_place, build=build, at=at)

    def cover(self, endpoint: str, found: Found, here: Here) -> str:
        """Return what kind of noise covers a difference between primary and candidate, or an empty string."""
        return self.judge(endpoint, found, here).by

    def judge(self, endpoint: str, found: Found, here: Here) -> Judged:
        """Return what covers a difference, or what of the noise learnt there it goes beyond."""
        twin = here.by_place.get((found.area, found.segments))
        if twin is not None and twin.new == found.new and type(twin.new) is type(found.new):
            return Judged("secondary agrees")
        if found.segments is None:
            return Judged()  # a status or a whole body: only the same answer from the secondary excuses it
        place = self._book.place(here.build, endpoint)
        seen = place.groups.get(found.group) if place is not None else None
        if seen is not None:
            assert place is not None
            seen.fade(place.clock)
            if is_noisy(seen, place):
                formats, kinds = set(seen.formats), set(seen.kinds)
                if twin is not None:
                    formats |= _formats(twin)
                    kinds.add(twin.kind.value)
                return _covering(formats, kinds, found, seen, here.at)
        if twin is not None:
            return _covering(_formats(twin), {twin.kind.value}, found, seen, here.at)
        return Judged()

    def is_known(self, endpoint: str, build: str, *, pairs: float) -> bool:
        """Tell whether so many pairs taught what is noise at an endpoint."""
        return self.pairs(endpoint, build) >= pairs

    def pairs(self, endpoint: str, build: str) -> float:
        """Return the weight of the pairs that taught what is noise at an endpoint."""
        place = self._book.place(build, endpoint)
        return place.pairs if place is not None else 0.0

    # -- shared with other comparers

    def take_new(self) -> list[Learnt]:
        """Return what was learnt since this was asked last; it adds up."""
        new, self._told = list(self._told.values()), {}
        return new

    def add(self, increment: Learnt) -> None:
        """Add what another comparer learnt."""
        self._book.add(increment)

    def replace(self, whole: Learnt) -> None:
        """Take over what the ledger has of an endpoint."""
        self._book.replace(whole)

    def _hides(self, group: str, found: Found) -> bool:
        hidden = self._secret.get(group)
        if hidden is None:
            names = tuple(each for each in found.segments or () if isinstance(each, str))
            if len(self._secret) >= MAX_GROUPS:
                self._secret.clear()
            hidden = self._secret[group] = self._is_secret(names)
        return hidden

    def _new(self, build: str, endpoint: str, at: float) -> dict[str, Seen]:
        key = (build, endpoint)
        held = self._told.get(key)
        groups = held.groups if held is not None else {}
        pairs = held.pairs if held is not None else 0.0
        self._told[key] = Learnt(build=build, endpoint=endpoint, pairs=pairs + 1, at=at, groups=groups)
        return groups


def is_noisy(seen: Seen, place: Place) -> bool:
    """Tell whether a place varies often enough to be masked where this exchange's secondary happens to agree."""
    if seen.varied >= MIN_TIMES and (is_counter(seen) or is_near_now(seen)):
        return True
    pairs = max(place.pairs - seen.before * 0.5 ** max(place.clock - seen.clock, 0.0), seen.varied)
    return is_above(seen.varied, pairs, MIN_SHARE_RATIO)


def is_counter(seen: Seen) -> bool:
    """Tell whether a number only ever grows."""
    return seen.down < 0.01 and is_above(seen.up, seen.up + seen.down, MIN_COUNTER_RATIO)


def is_near_now(seen: Seen) -> bool:
    """Tell whether all that was seen is instants near now."""
    spread = seen.spreads.get(FROM_NOW)
    alone = spread is not None and len(seen.spreads.keys() - {STEP}) == 1
    return alone and spread is not None and max(-spread.least, spread.greatest) <= NEAR_S


def _take(both: tuple[Seen, Seen], found: Found, at: float, *, first: bool, measured: bool) -> None:
    """Count one difference between two answers of one build, in what is known and in what is new; `first`: of this
    group in this pair."""
    formats = (format_of(found.old), format_of(found.new))
    measures = [one for one in (measure(found.old, at), measure(found.new, at)) if one] if measured else []
    old, new = number_of(found.old), number_of(found.new)
    for seen in both:
        if first:
            seen.varied += 1
        seen.kinds[found.kind.value] = seen.kinds.get(found.kind.value, 0.0) + 1
        for name in formats:
            seen.count_format(name)
        for name, value in measures:
            seen.spread(name).take(value)
        if measured and old is not None and new is not None:
            seen.spread(STEP).take(new - old)
            seen.up += new > old
            seen.down += new <= old


def _formats(twin: Found) -> set[str]:
    return {format_of(twin.old), format_of(twin.new)}


def _covering(formats: set[str], kinds: set[str], found: Found, seen: Seen | None, at: float) -> Judged:
    if found.kind is Kind.order:
        return Judged("order") if Kind.order.value in kinds else Judged()
    if found.kind in _WRITTEN and found.kind.value not in kinds:
        return Judged()
    if found.kind in _PRESENCE:
        there = found.new if found.old is ABSENT else found.old
        return Judged("presence") if "absent" in formats and format_of(there) in formats else Judged()
    shape = format_of(found.new)
    if shape not in formats:
        known = ", ".join(sorted(formats))
        return Judged("", f"noise of another format was learnt here: {known}")
    beyond = _beyond(seen, found, at) if seen is not None else ""
    return Judged("" if beyond else shape, beyond)


def _beyond(seen: Seen, found: Found, at: float) -> str:
    """Say how a value goes beyond what was learnt, or nothing."""
    measured = measure(found.new, at)
    if measured is None:
        return ""
    name, value = measured
    spread = seen.spreads.get(name)
    if spread is None or spread.count < (MIN_INSTANTS if name == FROM_NOW else MIN_VALUES):
        return _counted(seen, found) if name == NUMBER else ""
    if name == FROM_NOW:
        if spread.holds(value, margin=max(_SLACK_S, spread.width)):
            return ""
        return f"{value:+,.0f} s from now, learnt {spread.least:+,.0f} to {spread.greatest:+,.0f} s"
    if name == NUMBER and is_counter(seen):
        return _counted(seen, found)
    if spread.holds(value, margin=spread.width):
        return ""
    what = "characters long, learnt" if name == LENGTH else "is out of range, learnt"
    return f"{value:,.12g} {what} {spread.least:,.12g} to {spread.greatest:,.12g}"


def _counted(seen: Seen, found: Found) -> str:
    steps = seen.spreads.get(STEP)
    old, new = number_of(found.old), number_of(found.new)
    if steps is None or old is None or new is None or not is_counter(seen):
        return ""
    if new < old:
        return f"a counter that went back by {old - new:,.12g}"
    if new - old > _STEPS * max(steps.greatest, 1.0):
        return f"a counter that is {new - old:,.12g} ahead, learnt steps up to {steps.greatest:,.12g}"
    return ""
