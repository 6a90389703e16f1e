"""Where the fields of many BSON documents lie, found by templates: the order of fields learnt from a document.

A template goes through all documents at once, field by field: where the next element has the name of the field its type
and place are noted, where it has not the field is missing. A document fits when that ends exactly at its end. Those
that do not are tried with the next template, and in the end decoded one by one.

Source: the BSON specification, version 1.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from verify.columnar.words import Buffer, Ints, Mask

MAX_TEMPLATES = 16
_LEARNT_FROM = 50
"""Documents that a template is learnt from: optional fields are seen in some of them only."""
_WORTHWHILE = 0.02
"""Share of documents without a template from which on another one is learnt."""

DOUBLE, STRING, DOCUMENT, ARRAY, BINARY, OBJECT_ID, BOOLEAN, DATE, NULL, INT, LONG, DECIMAL = (
    1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 18, 19,
)  # fmt: skip
MISSING_FIELD = 0

_FIXED = {
    DOUBLE: 8, OBJECT_ID: 12, BOOLEAN: 1, DATE: 8, NULL: 0, INT: 4, LONG: 8, DECIMAL: 16,
    6: 0, 17: 8, 127: 0, 255: 0,  # undefined, timestamp, the greatest and the least key
}  # fmt: skip
_COUNTED = {STRING: 4, DOCUMENT: 0, ARRAY: 0, BINARY: 5, 13: 4, 14: 4}  # code and symbol are like text
"""Types that begin with their length, and how many bytes that length leaves out."""


class Field:
    """One field in some documents: its BSON type (0: missing) and where its value begins."""

    __slots__ = ("at", "kind")

    def __init__(self, kind: NDArray[np.uint8], at: Ints) -> None:
        self.kind, self.at = kind, at


class Templates:
    """The templates learnt so far, for one level of documents; `names` are the fields that are wanted, None for all."""

    def __init__(self, names: Sequence[bytes] | None = None) -> None:
        self._names = names
        self._orders: list[tuple[bytes, ...]] = []
        self._limit = MAX_TEMPLATES

    def places(self, buffer: Buffer, starts: Ints) -> tuple[dict[bytes, Field], Mask]:
        """Return the wanted fields of the documents, and which documents fitted a template."""
        n = len(starts)
        found: dict[bytes, Field] = {}
        fits: Mask = np.zeros(n, np.bool_)
        ends = starts + buffer.int(starts)
        rows: Ints | None = None  # all of them
        for at in range(self._limit):
            left = n if rows is None else len(rows)
            is_new = at == len(self._orders)
            if is_new:
                if left < max(1, n * _WORTHWHILE):
                    break
                self._learn(buffer, starts if rows is None else starts[rows])
            some = (starts, ends) if rows is None else (starts[rows], ends[rows])
            fields, good = walk(buffer, *some, self._orders[at], self._names)
            if rows is None:
                found, fits = fields, good
            else:
                _scatter(found, fields, rows, n)
                fits[rows] = good
            if good.all():
                break
            if is_new and not good.any():
                # These have something in them that no template can have.
                self._orders.pop()
                self._limit = at
                break
            rows = np.flatnonzero(~fits)
        if self._names is not None:
            for name in self._names:
                found.setdefault(name, Field(np.zeros(n, np.uint8), np.zeros(n, np.int64)))
        return found, fits

    def _learn(self, buffer: Buffer, starts: Ints) -> None:
        """Learn the order of fields from the first documents, as far as they agree on it."""
        order: list[bytes] = []
        for start in starts[:_LEARNT_FROM].tolist():
            names = names_of(buffer, start)
            known = [name for name in names if name in order]
            if known != sorted(known, key=order.index):
                continue
            at = 0
            for name in names:
                if name in order:
                    at = order.index(name) + 1
                else:
                    order.insert(at, name)
                    at += 1
        self._orders.append(tuple(order))


def walk(
    buffer: Buffer, starts: Ints, ends: Ints, order: Sequence[bytes], names: Sequence[bytes] | None
) -> tuple[dict[bytes, Field], Mask]:
    """Go through the documents in one order of fields; see the module."""
    place = starts + 4
    last = ends - 1  # where the mark of the end is
    found: dict[bytes, Field] = {}
    fits: Mask = last < buffer.size
    for name in order:
        header = buffer.word(place)
        kind = (header & np.uint64(0xFF)).astype(np.uint8)
        wanted = name + b"\0"
        first = np.uint64(int.from_bytes(wanted[:7], "little"))
        is_here = ((header >> np.uint64(8)) & np.uint64((1 << 8 * len(wanted[:7])) - 1)) == first
        if len(wanted) > 7:
            is_here &= buffer.literal(np.minimum(place + 8, last), wanted[7:])
        is_here &= place < last
        after = place + (1 + len(wanted))
        if is_here.all():
            place, fits = behind(buffer, kind, after, last, fits)
        else:
            kind[~is_here] = MISSING_FIELD
            rows = np.flatnonzero(is_here)
            if len(rows):
                place = place.copy()
                place[rows], fits[rows] = behind(buffer, kind[rows], after[rows], last[rows], fits[rows])
        if names is None or name in names:
            found[name] = Field(kind, after)
    return found, fits & (place == last) & (buffer.byte(np.minimum(last, buffer.size)) == 0)


def behind(buffer: Buffer, kind: NDArray[np.uint8], at: Ints, last: Ints, fits: Mask) -> tuple[Ints, Mask]:
    """Return where the next element begins, and which documents still fit; of the others a harmless place."""
    first = int(kind[0])
    if (kind == first).all():
        if first in _FIXED:
            place = at + _FIXED[first]
        elif first in _COUNTED:
            place = at + buffer.int(np.minimum(at, last)) + _COUNTED[first]
        else:
            return last, np.zeros(len(at), np.bool_)
    else:
        place = np.full(len(at), -1, np.int64)
        for each in np.flatnonzero(np.bincount(kind)).tolist():
            rows = np.flatnonzero(kind == each)
            if each in _FIXED:
                place[rows] = at[rows] + _FIXED[each]
            elif each in _COUNTED:
                place[rows] = at[rows] + buffer.int(np.minimum(at[rows], last[rows])) + _COUNTED[each]
    inside = (place >= at) & (place <= last)
    if inside.all():
        return place, fits
    return np.where(inside, place, last), fits & inside


def names_of(buffer: Buffer, start: int) -> list[bytes]:
    """Return the names of the fields of one document, as far as they can be read."""
    raw = buffer.raw
    at, last = start + 4, start + int.from_bytes(raw[start : start + 4], "little") - 1
    names: list[bytes] = []
    while at < last <= buffer.size:
        kind = raw[at]
        end = raw.index(b"\0", at)
        names.append(raw[at + 1 : end])
        at = end + 1
        if kind in _FIXED:
            at += _FIXED[kind]
        elif kind in _COUNTED:
            at += int.from_bytes(raw[at : at + 4], "little") + _COUNTED[kind]
        else:
            break
    return names


def _scatter(found: dict[bytes, Field], fields: dict[bytes, Field], rows: Ints, n: int) -> None:
    """Put the fields of some of n documents into those of all; a field that they lack is missing there."""
    for name in found:
        if name not in fields:
            found[name].kind[rows] = MISSING_FIELD
    for name, field in fields.items():
        if name not in found:
            found[name] = Field(np.zeros(n, np.uint8), np.zeros(n, np.int64))
        found[name].kind[rows] = field.kind
        found[name].at[rows] = field.at
