"""The pairs of old and new values, both ways, bounded in number, bytes and time; and what is known to be lost."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from enum import Enum

import msgspec

from shadow.identity.kinds import UNIQUE_CHARS

# A pair's own cost beside its text: five dictionary entries and the record.
_PAIR_BYTES = 600
Key = tuple[str, str, str]


class Bond(Enum):
    """What became of a pair that was to be learnt."""

    new = "new"
    known = "known"
    broken_old = "the old value has another new one already"
    broken_new = "the new value belongs to another old one already"


class Pair(msgspec.Struct, kw_only=True):
    """An old value and the new one that stands for it. `volatile` ones may be given another partner at any time."""

    new: str | int
    volatile: bool
    used_at: float
    size_bytes: int

    def __repr__(self) -> str:
        return "<Pair>"


class Store:
    """Times are an argument. `scope` is a client, or "" for what clients share.

    Cannot see: whether a value that it does not know was never paired, or forgotten longer ago than it remembers.
    """

    def __init__(self, *, max_entries: int, max_bytes: int, expires_s: float) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._expires_s = expires_s
        self._pairs: OrderedDict[Key, Pair] = OrderedDict()
        self._olds: dict[Key, str] = {}
        self._unique: dict[str, Key] = {}
        self._unique_new: dict[str, Key] = {}
        self._lost: OrderedDict[int, None] = OrderedDict()
        self.size_bytes = 0

    def __contains__(self, key: Key) -> bool:
        return key in self._pairs

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return f"<Store {len(self._pairs)} pairs, {self.size_bytes} bytes>"

    def learn(self, key: Key, new: str | int, now: float, *, volatile: bool) -> Bond:
        """Remember that an old value (scope, kind, value) is `new` on the other side."""
        scope, kind, old = key
        known = self._pairs.get(key)
        text = str(new)
        if known is not None:
            if str(known.new) == text:
                if isinstance(new, int):
                    known.new = new  # told as text before, by a header
                self._touch(key, known, now)
                return Bond.known
            if not volatile:
                return Bond.broken_old
            self._forget(key, known)
        owner = self._olds.get((scope, kind, text))
        # A session may go on under another old name; an id belongs to one resource.
        if owner is not None and owner != old and not volatile:
            return Bond.broken_new
        size = _PAIR_BYTES + 2 * (len(old) + len(text))
        self._pairs[key] = Pair(new=new, volatile=volatile, used_at=now, size_bytes=size)
        self._olds[(scope, kind, text)] = old
        if len(old) >= UNIQUE_CHARS:
            self._unique[old] = key
        if len(text) >= UNIQUE_CHARS:
            self._unique_new[text] = key
        self.size_bytes += size
        self._lost.pop(hash(key), None)
        self._shrink(now)
        return Bond.new

    def new_of(self, key: Key, now: float) -> str | int | None:
        """Return what an old value is on the other side; one that no other can equal by chance, whatever its kind."""
        pair = self._pairs.get(key)
        if pair is None:
            other = self._unique.get(key[2])
            if other is None:
                return None
            key, pair = other, self._pairs[other]
        if now - pair.used_at > self._expires_s:
            self._lose(key, pair)
            return None
        self._touch(key, pair, now)
        return pair.new

    def old_of(self, scope: str, kind: str, new: str) -> str | None:
        """Return what a new value is on the old side."""
        old = self._olds.get((scope, kind, new))
        if old is None and (key := self._unique_new.get(new)) is not None:
            return key[2]
        return old

    def lose(self, key: Key) -> None:
        """Remember that the partner of an old value will never be known."""
        if key not in self._pairs:
            self._remember_lost(key)

    def is_lost(self, key: Key) -> bool:
        """Whether an old value had a partner, or should have got one, and it is not known any more."""
        return hash(key) in self._lost

    def expire(self, now: float) -> None:
        """Forget what was not used for too long."""
        for key in self._expired(now):
            self._lose(key, self._pairs[key])

    def _expired(self, now: float) -> Iterable[Key]:
        due = []
        for key, pair in self._pairs.items():
            if now - pair.used_at <= self._expires_s:
                break
            due.append(key)
        return due

    def _shrink(self, now: float) -> None:
        self.expire(now)
        while self._pairs and (len(self._pairs) > self._max_entries or self.size_bytes > self._max_bytes):
            key = next(iter(self._pairs))
            self._lose(key, self._pairs[key])

    def _touch(self, key: Key, pair: Pair, now: float) -> None:
        pair.used_at = now
        self._pairs.move_to_end(key)

    def _lose(self, key: Key, pair: Pair) -> None:
        self._forget(key, pair)
        self._remember_lost(key)

    def _remember_lost(self, key: Key) -> None:
        # Only a hash, which takes little and tells nothing: Python's, with the seed of this process.
        self._lost[hash(key)] = None
        self._lost.move_to_end(hash(key))
        if len(self._lost) > 4 * self._max_entries:
            self._lost.popitem(last=False)

    def _forget(self, key: Key, pair: Pair) -> None:
        scope, kind, old = key
        text = str(pair.new)
        del self._pairs[key]
        if self._olds.get((scope, kind, text)) == old:
            del self._olds[(scope, kind, text)]
        if self._unique.get(old) == key:
            del self._unique[old]
        if self._unique_new.get(text) == key:
            del self._unique_new[text]
        self.size_bytes -= pair.size_bytes
