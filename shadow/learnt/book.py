"""What was learnt of the builds that run now, place by place; it adds up, fades, and is bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from shadow.learnt.seen import Seen

MAX_GROUPS = 20_000
MAX_ENDPOINTS = 2_000
"""Per build."""
MAX_BUILDS = 3
"""Builds that are remembered: while a deploy rolls, the old and the new one answer in turn."""


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt at one endpoint of one build: as an increment between processes, or whole as it is stored.

    `pairs` is the weight of the pairs, `at` when the last of them began (Unix seconds), `clock` the half-lives since
    the first (0 in an increment)."""

    build: str
    endpoint: str
    pairs: float
    at: float
    clock: float = 0.0
    groups: dict[str, Seen] = {}


class Place:
    """One endpoint of one build."""

    __slots__ = ("at", "clock", "groups", "pairs")

    def __init__(self) -> None:
        self.pairs = 0.0
        self.at = 0.0
        self.clock = 0.0
        self.groups: OrderedDict[str, Seen] = OrderedDict()


class Book:
    """All of it. `half_life_pairs`, `half_life_s`: after so many pairs of an endpoint, or so many seconds, what was
    learnt there counts half; both together make its clock."""

    def __init__(self, *, half_life_pairs: float, half_life_s: float) -> None:
        self.half_life_pairs = half_life_pairs
        self.half_life_s = half_life_s
        self._builds: OrderedDict[str, OrderedDict[str, Place]] = OrderedDict()
        self._groups = 0

    def __len__(self) -> int:
        return self._groups

    @property
    def builds(self) -> tuple[str, ...]:
        """The builds that are remembered, the one seen last at the end."""
        return tuple(self._builds)

    def place(self, build: str, endpoint: str) -> Place | None:
        """Return what is known of an endpoint, or None."""
        places = self._builds.get(build)
        return places.get(endpoint) if places is not None else None

    def pass_time(self, build: str, endpoint: str, at: float, pairs: float) -> Place:
        """Let an endpoint's clock run on by some pairs and to this instant, and count them."""
        place = self._open(build, endpoint)
        passed = pairs / self.half_life_pairs
        if place.at and at > place.at:
            passed += (at - place.at) / self.half_life_s
        place.clock += passed
        place.pairs = place.pairs * 0.5**passed + pairs
        place.at = max(place.at, at)
        return place

    def group(self, place: Place, name: str, *, new_pairs: float = 1.0) -> Seen:
        """Return what was seen at a group, faded to now. A new one has not varied in the pairs before the last
        `new_pairs`."""
        seen = place.groups.get(name)
        if seen is None:
            seen = place.groups[name] = Seen(clock=place.clock, before=max(place.pairs - new_pairs, 0.0))
            self._groups += 1
            if self._groups > MAX_GROUPS:
                self._forget_one(place)
        else:
            seen.fade(place.clock)
        return seen

    def add(self, increment: Learnt) -> None:
        """Add what another process learnt."""
        place = self.pass_time(increment.build, increment.endpoint, increment.at, increment.pairs)
        for name, seen in increment.groups.items():
            self.group(place, name, new_pairs=increment.pairs).merge(seen)

    def replace(self, whole: Learnt) -> None:
        """Take over what was stored of an endpoint, instead of what is here."""
        place = self._open(whole.build, whole.endpoint)
        self._groups += len(whole.groups) - len(place.groups)
        place.pairs, place.at, place.clock = whole.pairs, whole.at, whole.clock
        place.groups = OrderedDict(whole.groups)

    def whole(self, build: str, endpoint: str) -> Learnt | None:
        """Return all that is known of an endpoint, as it is stored."""
        place = self.place(build, endpoint)
        if place is None:
            return None
        return Learnt(
            build=build, endpoint=endpoint, pairs=place.pairs, at=place.at, clock=place.clock,
            groups=dict(place.groups),
        )  # fmt: skip

    def __iter__(self) -> Iterator[Learnt]:
        for build, places in self._builds.items():
            for endpoint in places:
                whole = self.whole(build, endpoint)
                assert whole is not None
                yield whole

    def _open(self, build: str, endpoint: str) -> Place:
        places = self._builds.get(build)
        if places is None:
            places = self._builds[build] = OrderedDict()
            if len(self._builds) > MAX_BUILDS:
                _, gone = self._builds.popitem(last=False)
                self._groups -= sum(len(place.groups) for place in gone.values())
        elif next(reversed(self._builds)) != build:
            self._builds.move_to_end(build)
        place = places.get(endpoint)
        if place is None:
            place = places[endpoint] = Place()
            if len(places) > MAX_ENDPOINTS:
                _, oldest = places.popitem(last=False)
                self._groups -= len(oldest.groups)
        return place

    def _forget_one(self, here: Place) -> None:
        """Make room: the oldest build's groups go first, then the oldest of this endpoint."""
        for places in self._builds.values():
            for place in places.values():
                if place.groups and place is not here:
                    place.groups.popitem(last=False)
                    self._groups -= 1
                    return
        here.groups.popitem(last=False)
        self._groups -= 1
