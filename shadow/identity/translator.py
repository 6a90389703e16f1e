"""One shadow leg's map: its clients' later requests go out with the leg's own values, and its answers teach new ones.

All of it is in memory only. An exchange that has been answered by the primary announces what it will teach as soon as
it arrives: a request that uses such a value waits for it, whichever client sends it.
"""

from __future__ import annotations

import asyncio
from time import monotonic

import msgspec

from shadow.config.model import Config
from shadow.endpoints import EndpointMap
from shadow.identity.headers import COOKIE, ETAG
from shadow.identity.jar import Jars, set_cookies
from shadow.identity.kinds import UNIQUE_CHARS, is_secret
from shadow.identity.lessons import Lesson, lessons_of
from shadow.identity.marks import Marks
from shadow.identity.places import Places
from shadow.identity.store import Bond, Key, Store
from shadow.records import RequestCopy, ResponseCopy
from shadow.translation import Translation

_MOST_PAIRS = 5000


class Arrival(msgspec.Struct, kw_only=True):
    """An exchange from its arrival to the leg's answer: what the primary's answer teaches, and what was translated."""

    number: int
    client: str
    request: RequestCopy
    primary: ResponseCopy
    lessons: dict[str, Lesson]
    announced: tuple[Key, ...] = ()
    done: asyncio.Event
    used: list[tuple[str, str, str]] = []
    unsure_who: bool = False
    unsure_what: bool = False
    lost: bool = False

    def __repr__(self) -> str:
        return f"<Arrival {self.number}>"


class Translator:
    """The map of one leg. `wait_s` bounds how long a request waits for what an earlier one teaches."""

    def __init__(self, config: Config, endpoints: EndpointMap, marks: Marks, *, wait_s: float) -> None:
        identity = config.identity
        self.store = Store(
            max_entries=identity.max_entries, max_bytes=identity.max_bytes, expires_s=identity.expires_s
        )
        self._marks = marks
        self._jars = Jars(identity.max_entries)
        self._arrivals = 0
        self._pending: dict[Key, Arrival] = {}
        self._pending_unique: dict[str, Arrival] = {}
        self.use(config, endpoints, wait_s=wait_s)

    def use(self, config: Config, endpoints: EndpointMap, *, wait_s: float) -> None:
        """Work by a configuration from now on; what was learnt stays."""
        self._places = places = Places(config, endpoints)
        secrets = [source for _, source in places.names.sources if is_secret(str((source.place.segments or ("",))[-1]))
                   or (source.place.segments or ("",))[0] == "set-cookie"]  # fmt: skip
        self._learns_who = places.names.inferred or bool(secrets)
        self._wait_s = wait_s

    def arrived(self, client: str, request: RequestCopy, primary: ResponseCopy) -> Arrival:
        """Announce what an exchange will teach. Every arrival ends in `answered` or `abandoned`."""
        self._arrivals += 1
        lessons = self._without_echoes(request, lessons_of(self._places, request, primary, known=False))
        arrival = Arrival(
            number=self._arrivals, client=client, request=request, primary=primary, lessons=lessons,
            done=asyncio.Event(),
        )
        keys = [self._key(client, one.kind, str(one.value)) for one in lessons.values()]
        # What is known already, a tag that many clients get, holds nobody up; nor does its second announcement.
        arrival.announced = tuple(key for key in keys if key not in self.store)
        for key in arrival.announced:
            self._pending.setdefault(key, arrival)
            if len(key[2]) >= UNIQUE_CHARS:
                self._pending_unique.setdefault(key[2], arrival)
        return arrival

    async def request(self, arrival: Arrival) -> RequestCopy:
        """Return the request in this leg's values; `arrival.lost` where one of them is known to be lost."""
        if self._pending:
            await self._wait_for_others(arrival)
        now = monotonic()
        used: dict[tuple[str, str, str], None] = {}

        def swap(kind: str, value: str) -> str | int | None:
            new = self.store.new_of(self._key(arrival.client, kind, value), now)
            if new is None:
                self._unknown(arrival, kind, value)
            else:
                used[(kind, value, str(new))] = None
            return new

        request = self._places.request(arrival.request, swap)
        arrival.used = list(used)
        asks = any(name.lower() in (b"cookie", b"authorization") for name, _ in request.headers)
        arrival.unsure_who = asks and self._learns_who and not any(_is_credential(kind) for kind, _, _ in used)
        headers = self._jars.fill(request.headers, self._jar_keys(arrival))
        return request if headers is request.headers else msgspec.structs.replace(request, headers=headers)

    def answered(self, arrival: Arrival, response: ResponseCopy | None) -> Translation:
        """Learn from the leg's answer (None: it gave none), in the terms of the old contract."""
        broken: list[tuple[str, str]] = []
        pairs: dict[tuple[str, str, str], None] = {}
        now = monotonic()
        if response is None or (arrival.primary.status < 400) != (response.status < 400):
            self._lose(arrival)
        else:
            broken = self._learn(arrival, response, now)
        if response is not None and len(self.store):

            def look(kind: str, value: str) -> None:
                old = self.store.old_of(self._scope(arrival.client, kind), kind, value)
                if old is not None and len(pairs) < _MOST_PAIRS:
                    pairs[(kind, old, value)] = None

            self._places.answer(arrival.request, response, look)
        self._finish(arrival)
        return Translation(
            pairs=tuple(pairs), broken=tuple(broken), unsure_who=arrival.unsure_who, unsure_what=arrival.unsure_what
        )

    def abandoned(self, arrival: Arrival) -> None:
        """Nothing more will be learnt from it: what it announced and did not teach is lost."""
        if not arrival.done.is_set():
            self._lose(arrival)
            self._finish(arrival)

    def _finish(self, arrival: Arrival) -> None:
        arrival.done.set()
        for key in arrival.announced:
            if self._pending.get(key) is arrival:
                del self._pending[key]
            if self._pending_unique.get(key[2]) is arrival:
                del self._pending_unique[key[2]]

    # -- learning

    def _learn(self, arrival: Arrival, response: ResponseCopy, now: float) -> list[tuple[str, str]]:
        request, client = arrival.request, arrival.client
        known = any(not _is_volatile(kind) for kind, _, _ in arrival.used)
        olds = arrival.lessons
        if known:
            olds = self._without_echoes(request, lessons_of(self._places, request, arrival.primary, known=True))
        news = lessons_of(self._places, request, response, known=known)
        broken = []
        for place, old in olds.items():
            new = news.get(place)
            if new is None:
                if not old.volatile:
                    self._lose_one(client, old)
                continue
            same = str(old.value) == str(new.value)
            if same and not (old.volatile or old.own or self._marks.is_made(old.kind)):
                continue
            if not old.volatile and (not same or (old.own and arrival.primary.status == 201)):
                self._marks.saw(old.kind, str(old.value))
            key = self._key(client, old.kind, str(old.value))
            bond = self.store.learn(key, new.value, now, volatile=old.volatile)
            if bond in (Bond.broken_old, Bond.broken_new):
                broken.append((place, bond.value))
                self._lose_one(client, old)
        self._learn_cookies(arrival, response, now)
        return broken

    def _learn_cookies(self, arrival: Arrival, response: ResponseCopy, now: float) -> None:
        """Cookies that only one side sets: a session goes on under the value that the other side keeps."""
        ours, theirs = set_cookies(response.headers), set_cookies(arrival.primary.headers)
        sent = {kind[len(COOKIE):]: (old, new) for kind, old, new in arrival.used if kind.startswith(COOKIE)}
        keys = [*self._jar_keys(arrival), *[str(one.value) for one in arrival.lessons.values() if one.volatile]]
        for name, value in ours.items():
            if name in theirs:
                continue
            if name in sent and value:
                self.store.learn(self._key(arrival.client, COOKIE + name, sent[name][0]), value, now, volatile=True)
            elif name not in sent:
                self._jars.keep(keys, name, value)
        for name, value in theirs.items():
            if name not in ours and name in sent and value:
                self.store.learn(self._key(arrival.client, COOKIE + name, value), sent[name][1], now, volatile=True)
        self._jars.follow(keys)

    def _without_echoes(self, request: RequestCopy, lessons: dict[str, Lesson]) -> dict[str, Lesson]:
        """Leave out what the request has said itself: such a value was not made by this exchange."""
        if all(one.volatile for one in lessons.values()):
            return lessons
        said: set[str] = set()
        self._places.request(request, lambda kind, value: said.add(value))
        return {place: one for place, one in lessons.items() if one.volatile or str(one.value) not in said}

    def _lose(self, arrival: Arrival) -> None:
        for one in arrival.lessons.values():
            self._lose_one(arrival.client, one)

    def _lose_one(self, client: str, one: Lesson) -> None:
        value = str(one.value)
        if one.volatile or one.own or (self._marks.was_made(one.kind, value) and not one.soft):
            self.store.lose(self._key(client, one.kind, value))

    # -- asking

    def _unknown(self, arrival: Arrival, kind: str, value: str) -> None:
        if not kind and len(value) < UNIQUE_CHARS:
            return
        exists = arrival.primary.status < 400
        if self.store.is_lost(self._key(arrival.client, kind, value)) or (self._marks.was_made(kind, value) and exists):
            arrival.lost = True
        elif self._marks.is_made(kind) and not self._marks.is_migrated(kind, value):
            arrival.unsure_what = True

    async def _wait_for_others(self, arrival: Arrival) -> None:
        waited: dict[int, Arrival] = {}

        def look(kind: str, value: str) -> None:
            other = self._pending.get(self._key(arrival.client, kind, value)) or self._pending_unique.get(value)
            if other is not None and other.number < arrival.number:
                waited[other.number] = other

        self._places.request(arrival.request, look)
        try:
            async with asyncio.timeout(self._wait_s):
                for other in waited.values():
                    await other.done.wait()
        except TimeoutError:
            arrival.lost = True

    def _jar_keys(self, arrival: Arrival) -> list[str]:
        return [arrival.client, *[old for kind, old, _ in arrival.used if _is_volatile(kind)]]

    def _scope(self, client: str, kind: str) -> str:
        return client if kind in self._places.names.private else ""

    def _key(self, client: str, kind: str, value: str) -> Key:
        return self._scope(client, kind), kind, value


def _is_credential(kind: str) -> bool:
    return kind.startswith(COOKIE) or is_secret(kind)


def _is_volatile(kind: str) -> bool:
    return kind.startswith(ETAG) or _is_credential(kind)
