"""Telling rows that are on their way from rows that differ: each mismatch is read again until it is clear.

Two stores that are written to are never seen at the same instant, so rows that were just changed differ. Each differing
key is read again from both sides, with growing pauses, outside of the snapshot:

    in_flight    both sides agree now, or the new side has arrived at a value that the old side had before
    converging   still different, and one side keeps changing
    stable       different, and neither side has changed for `settle_s`

Only stable rows are findings, each with its age: for how long at least the run has seen it different and unchanged. It
begins when the row is first read again, or before, when the comparison is done, where the row still is what that found.
Rows that keep changing to the end prove nothing either way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Protocol, runtime_checkable

import msgspec

from verify.classes import TypeClass
from verify.equality.canonical import encode_row
from verify.rows.digest import RowHasher
from verify.rows.rowdiff import RowDifference, Side, unmatched
from verify.store import Key, Row, Selection

FIRST_PAUSE_S = 0.25
_LONGEST = 3.0
"""After so many times `settle_s` a row that still changes is given up as converging."""
_LEAST_TIMES = 3
"""So many times a row is read again at least before it is given up, however short `settle_s` is."""
BATCH_KEYS = 1_000


@runtime_checkable
class Rereads(Protocol):
    """A snapshot whose store can be read as it is now, key by key."""

    def asks(self, key: Key) -> bool:
        """Return whether rows can be looked up by this key, which another engine may have given."""

    async def now(self, selection: Selection, keys: Sequence[Key]) -> list[Row]:
        """Return the rows that these keys have now, outside of the snapshot. Raises StoreError."""


@runtime_checkable
class Watermarked(Protocol):
    """A snapshot that knows its moment."""

    @property
    def watermark(self) -> str:
        """All writes up to here were seen, in the engine's own words; "" where that is not known."""


def moments(old: object, new: object) -> str:
    """Return of which moment each side was seen, "" where nobody knows."""
    marks = [one.watermark if isinstance(one, Watermarked) else "" for one in (old, new)]
    parts = [f"{side} as of {mark}" for side, mark in zip(("old", "new"), marks, strict=True) if mark]
    return ", ".join(parts)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the mismatches: the stable ones as they are now, each with its age, and the least of these; how
    many rows were in flight or keep changing, of which `missing` and `extra` were on one side only when first seen."""

    stable: tuple[RowDifference, ...] = ()
    age_s: float = 0.0
    in_flight: int = 0
    converging: int = 0
    missing: int = 0
    extra: int = 0


class _Watched:
    """One key under observation."""

    def __init__(
        self, key: Key, old: list[Row], new: list[Row], hashers: tuple[RowHasher, RowHasher]
    ) -> None:
        self.key = key
        self.first = (len(old), len(new))
        self.sides = _marked(map(hashers[0].hash_read, old)), _marked(map(hashers[1].hash_read, new))
        self.was_old = {self.sides[0]}
        self.since = monotonic()
        self.rows: tuple[list[Row], list[Row]] = ([], [])

    def seen(self, old: list[Row], new: list[Row], hashers: tuple[RowHasher, RowHasher]) -> bool:
        """Take in what both sides hold now; return whether the row was only in flight."""
        sides = _marked(map(hashers[0].hash, old)), _marked(map(hashers[1].hash, new))
        self.rows = (old, new)
        moved = self.sides[1] != sides[1]
        if sides[0] == sides[1] or (moved and sides[1] in self.was_old):
            return True
        if self.sides != sides:
            self.since = monotonic()
            self.sides = sides
        self.was_old.add(sides[0])
        return False


async def settle(differences: Iterable[RowDifference], old: Side, new: Side, settle_s: float) -> Settled:
    """Read differing keys again until it is clear what became of them. Raises StoreError.

    Both snapshots must be `Rereads`; the differences must have their values and a key.
    """
    assert isinstance(old.snapshot, Rereads) and isinstance(new.snapshot, Rereads)
    width, hashers = old.selection.key_width, (old.hasher, new.hasher)
    pending = _watched(differences, width, hashers)
    stable: list[tuple[float, _Watched]] = []
    in_flight: list[_Watched] = []
    began, pause, times = monotonic(), FIRST_PAUSE_S, 0
    while pending and (times < _LEAST_TIMES or monotonic() - began < _LONGEST * settle_s):
        times += 1
        await asyncio.sleep(min(pause, settle_s))
        pause *= 2
        still: dict[bytes, _Watched] = {}
        marks = list(pending)
        for start in range(0, len(marks), BATCH_KEYS):
            part = marks[start : start + BATCH_KEYS]
            keys = [pending[mark].key for mark in part]
            found = await asyncio.gather(
                old.snapshot.now(old.selection, keys), new.snapshot.now(new.selection, keys)
            )
            grouped = [_by_key(rows, hasher, width) for rows, hasher in zip(found, hashers, strict=True)]
            for mark in part:
                watched = pending[mark]
                if watched.seen(grouped[0].get(mark, []), grouped[1].get(mark, []), hashers):
                    in_flight.append(watched)
                elif (age := monotonic() - watched.since) >= settle_s:
                    stable.append((age, watched))
                else:
                    still[mark] = watched
        pending = still
    unsettled = [*in_flight, *pending.values()]
    return Settled(
        stable=tuple(
            msgspec.structs.replace(one, age_s=age)
            for age, watched in stable
            for one in unmatched(*watched.rows, *hashers, keyed=True)
        ),
        age_s=min((age for age, _ in stable), default=0.0),
        in_flight=len(in_flight),
        converging=len(pending),
        missing=sum(max(0, one.first[0] - one.first[1]) for one in unsettled),
        extra=sum(max(0, one.first[1] - one.first[0]) for one in unsettled),
    )


_SHARED = frozenset(
    {TypeClass.integer, TypeClass.text, TypeClass.bytes, TypeClass.uuid, TypeClass.objectid, TypeClass.timestamp,
     TypeClass.date, TypeClass.boolean}
)  # fmt: skip
"""Classes of keys that one engine can be asked for in the values of another."""


def can_be_asked_for(old: Selection, new: Selection) -> bool:
    """Return whether rows can be looked up by the keys of differences, which are as both sides read them."""
    width = old.key_width
    keys = [*old.readings[:width], *new.readings[:width]]
    return width > 0 and not any(one.transformed or one.step_us > 1 for one in keys)


def can_settle(old: Side, new: Side) -> bool:
    """Return whether both stores can be read as they are now, by the keys that both have."""
    if not isinstance(old.snapshot, Rereads) or not isinstance(new.snapshot, Rereads):
        return False
    keys = [one.kind for side in (old, new) for one in side.selection.readings[: side.selection.key_width]]
    shared = type(old.snapshot) is type(new.snapshot) or _SHARED.issuperset(keys)
    return shared and can_be_asked_for(old.selection, new.selection)


def is_asked_for(difference: RowDifference, old: Side, new: Side) -> bool:
    """Return whether a row that differs can be looked up by its key on both sides."""
    row = difference.old if difference.old is not None else difference.new
    assert row is not None
    key = row[: old.selection.key_width]
    return all(isinstance(one.snapshot, Rereads) and one.snapshot.asks(key) for one in (old, new))


def _watched(
    differences: Iterable[RowDifference], width: int, hashers: tuple[RowHasher, RowHasher]
) -> dict[bytes, _Watched]:
    groups: dict[bytes, tuple[Key, list[Row], list[Row]]] = {}
    for one in differences:
        row = one.old if one.old is not None else one.new
        assert row is not None and one.detailed
        _, old, new = groups.setdefault(encode_row(row[:width]), (row[:width], [], []))
        old += [one.old] if one.old is not None else []
        new += [one.new] if one.new is not None else []
    return {mark: _Watched(*group, hashers) for mark, group in groups.items()}


def _by_key(rows: Iterable[Row], hasher: RowHasher, width: int) -> dict[bytes, list[Row]]:
    found: dict[bytes, list[Row]] = {}
    for row in rows:
        found.setdefault(encode_row(hasher.read(row)[:width]), []).append(row)
    return found


def _marked(hashes: Iterable[bytes]) -> bytes:
    return b"".join(sorted(hashes))
