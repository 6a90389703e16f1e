"""When a jsonb and a document or an array are certainly the same, for many of them at once.

PostgreSQL writes jsonb in one way only: `{"key": value, "key": value}`, keys by length and then by their bytes. So both
are walked in lockstep, member by member, each step for all rows that have the member. What would need an escape, a
number beyond 64 bits or with an exponent, and very long arrays are left to be looked at one by one.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from verify.columnar import documents as bson
from verify.columnar.documents import Templates
from verify.columnar.equality import Same, decimal_is_double
from verify.columnar.words import Buffer, Ints, Mask, Words, has_byte, same_bytes

_DEEPEST = 8
_LONGEST = 128
"""Items of an array that are walked in bulk."""
_ESCAPED = tuple(b'"\\')
_ZEROS = np.array([int.from_bytes(b"0" * (8 - n), "little") for n in range(9)], np.uint64)
_SHIFTS = np.array([8 * (8 - n) % 64 for n in range(9)], np.uint64)
_POWERS = 10 ** np.arange(1, 19, dtype=np.int64)
_TENS = 10 ** np.arange(19, dtype=np.int64)


class JsonWalk:
    """Compares jsonb with documents; keeps the templates of each place in them."""

    def __init__(self) -> None:
        self._templates: dict[str, Templates] = {}

    def same(self, kind: int, a: Buffer, at: Ints, length: Ints, b: Buffer, there: Ints) -> Mask:
        """Return where the jsonb is what the document or array (`kind`) is; the text begins behind a version byte."""
        cursor, good = self._value("$", kind, a, at + 1, b, there, _DEEPEST)
        known: Mask = good & (cursor == at + length)
        return known

    def _value(
        self, place: str, kind: int, a: Buffer, cursor: Ints, b: Buffer, there: Ints, depth: int
    ) -> tuple[Ints, Mask]:
        """Return where each text goes on behind the value, and where it was the same. Cursors of the others are of
        no meaning, and within the bytes."""
        if kind == bson.STRING:
            return _string(a, cursor, b, there)
        if kind in (bson.INT, bson.LONG):
            return _whole(a, cursor, b.int(there) if kind == bson.INT else b.long(there))
        if kind == bson.DOUBLE:
            return _number(a, cursor, b, there)
        if kind == bson.BOOLEAN:
            is_true = b.byte(there) != 0
            good = np.where(is_true, a.literal(cursor, b"true"), a.literal(cursor, b"false"))
            return cursor + np.where(is_true, 4, 5), good
        if kind == bson.NULL:
            return cursor + 4, a.literal(cursor, b"null")
        if depth and kind == bson.DOCUMENT:
            return self._document(place, a, cursor, b, there, depth - 1)
        if depth and kind == bson.ARRAY:
            return self._array(place, a, cursor, b, there, depth - 1)
        return cursor, np.zeros(len(cursor), np.bool_)

    def _values(
        self, place: str, kinds: NDArray[np.uint8], a: Buffer, cursor: Ints, b: Buffer, there: Ints, depth: int
    ) -> tuple[Ints, Mask]:
        """The same for values of several types."""
        first = int(kinds[0])
        if (kinds == first).all():
            return self._value(place, first, a, cursor, b, there, depth)
        after, good = cursor.copy(), np.zeros(len(cursor), np.bool_)
        for each in np.flatnonzero(np.bincount(kinds)).tolist():
            rows = np.flatnonzero(kinds == each)
            after[rows], good[rows] = self._value(place, each, a, cursor[rows], b, there[rows], depth)
        return after, good

    def _document(
        self, place: str, a: Buffer, cursor: Ints, b: Buffer, there: Ints, depth: int
    ) -> tuple[Ints, Mask]:
        fields, good = self._templates.setdefault(place, Templates()).places(b, there)
        good = good & (a.byte(cursor) == ord("{"))
        cursor = np.where(good, cursor + 1, cursor)
        began = np.zeros(len(cursor), np.bool_)
        for name in sorted(fields, key=lambda one: (len(one), one)):
            if not _is_plain(name):
                good = good & (fields[name].kind == bson.MISSING_FIELD)
                continue
            rows = np.flatnonzero(good & (fields[name].kind != bson.MISSING_FIELD))
            if len(rows):
                here, well = _expect(a, cursor[rows], began[rows], b'"%s": ' % name)
                if not well.all():
                    good[rows[~well]] = False
                    rows, here = rows[well], here[well]
                    if not len(rows):
                        continue
                kinds = fields[name].kind[rows]
                here, same = self._values(f"{place}.{name!r}", kinds, a, here, b, fields[name].at[rows], depth)
                _move(a, cursor, good, rows, here, same)
                began[rows] = True
        good = good & (a.byte(cursor) == ord("}"))
        return np.where(good, cursor + 1, cursor), good

    def _array(self, place: str, a: Buffer, cursor: Ints, b: Buffer, there: Ints, depth: int) -> tuple[Ints, Mask]:
        last = there + b.int(there) - 1
        good: Mask = (last >= there + 4) & (last < b.size) & (a.byte(cursor) == ord("["))
        cursor = np.where(good, cursor + 1, cursor)
        item = there + 4
        for number in range(_LONGEST):
            rows = np.flatnonzero(good & (item < last))
            if not len(rows):
                break
            name = b"%d\0" % number
            header = item[rows]
            well = b.literal(header + 1, name)
            kinds = b.byte(header)
            value = header + 1 + len(name)
            after, fits = bson.behind(b, kinds, value, last[rows], well)
            here, separated = _expect(a, cursor[rows], np.full(len(rows), number > 0), b"")
            usable = fits & separated
            some = np.flatnonzero(usable)
            if len(some):
                here_some, same = self._values(place + "[]", kinds[some], a, here[some], b, value[some], depth)
                here[some] = here_some
                usable[some] = same
            _move(a, cursor, good, rows, here, usable)
            item[rows] = after
        good = good & (item == last) & (a.byte(cursor) == ord("]"))
        return np.where(good, cursor + 1, cursor), good


def _is_plain(name: bytes) -> bool:
    """Return whether a key is written as it is."""
    return all(byte >= 32 and byte not in _ESCAPED for byte in name)


def _expect(a: Buffer, cursor: Ints, began: Mask, text: bytes) -> tuple[Ints, Mask]:
    """Return the places behind `, ` (where something came before) and the text, and where both stood."""
    if began.all():
        return cursor + 2 + len(text), a.literal(cursor, b", " + text)
    if not began.any():
        return cursor + len(text), a.literal(cursor, text)
    good = np.where(began, a.literal(cursor, b", " + text), a.literal(cursor, text))
    return cursor + len(text) + np.where(began, 2, 0), good


def _move(a: Buffer, cursor: Ints, good: Mask, rows: Ints, here: Ints, same: Mask) -> None:
    """Note where these rows stand now, and which of them are out."""
    same = same & (here <= a.size)
    good[rows] = same
    cursor[rows] = np.where(same, here, cursor[rows])


def _string(a: Buffer, cursor: Ints, b: Buffer, there: Ints) -> tuple[Ints, Mask]:
    length = b.int(there) - 1
    after = cursor + length + 2
    good: Mask = (length >= 0) & (after <= a.size) & (a.byte(cursor) == ord('"'))
    good[good] = a.byte(after[good] - 1) == ord('"')
    rows = np.flatnonzero(good)
    text, size = there[rows] + 4, length[rows]
    good[rows] = same_bytes(a, cursor[rows] + 1, b, text, size) & ~has_byte(b, text, size, *_ESCAPED)
    return np.where(good, after, cursor), good


def _whole(a: Buffer, cursor: Ints, value: Ints) -> tuple[Ints, Mask]:
    """Whole numbers: as many digits as the number has, then these digits."""
    small = (value > -(10**18)) & (value < 10**18)
    magnitude = np.where(small, np.abs(value), 0)
    is_negative = value < 0
    digits = 1 + np.searchsorted(_POWERS, magnitude, side="right")
    begin = cursor + is_negative
    good = small & (~is_negative | (a.byte(cursor) == ord("-")))
    good[good] = begin[good] + digits[good] <= a.size
    rows = np.flatnonzero(good)
    number, all_digits = _digits(a, begin[rows], digits[rows])
    good[rows] = all_digits & (number == magnitude[rows])
    # A fraction or an exponent that follows is no separator, which is what the walk expects next.
    return np.where(good, begin + digits, cursor), good


def _number(a: Buffer, cursor: Ints, b: Buffer, there: Ints) -> tuple[Ints, Mask]:
    """Numbers with or without a fraction, of at most 15 digits."""
    is_negative = a.byte(cursor) == ord("-")
    begin = cursor + is_negative
    whole = _run(a, begin)
    point = np.minimum(begin + whole, a.size)
    has_point = a.byte(point) == ord(".")
    fraction = np.where(has_point, _run(a, np.minimum(point + 1, a.size)), 0)
    after = point + np.where(has_point, 1 + fraction, 0)
    good: Mask = (whole > 0) & (whole + fraction <= 15) & (after <= a.size) & (~has_point | (fraction > 0))
    rows = np.flatnonzero(good)
    high, _ = _digits(a, begin[rows], whole[rows])
    low, _ = _digits(a, point[rows] + 1, np.maximum(fraction[rows], 1))
    scale = fraction[rows]
    number = np.where(scale > 0, high * _TENS[scale] + low, high)
    number = np.where(is_negative[rows], -number, number)
    good[rows] = decimal_is_double(number, scale, b.long(there[rows]).view(np.float64))
    return np.where(good, after, cursor), good


def _run(a: Buffer, at: Ints) -> Ints:
    """Return how many digits stand at each place, 16 at most."""
    first = _leading_digits(a.word(at))
    more = np.flatnonzero(first == 8)
    if len(more):
        first[more] += _leading_digits(a.word(np.minimum(at[more] + 8, a.size)))
    return first


def _leading_digits(word: Words) -> Ints:
    x = word ^ np.uint64(0x3030303030303030)
    wrong = (((x & np.uint64(0x7F7F7F7F7F7F7F7F)) + np.uint64(0x7676767676767676)) | x) & np.uint64(0x8080808080808080)
    lowest = wrong & (~wrong + np.uint64(1))
    # The exponent of the lowest bit that is set; without one all eight are digits.
    exponent = np.frexp(lowest.astype(np.float64))[1].astype(np.int64)
    return np.where(wrong == 0, 8, exponent // 8 - 1)


def _digits(a: Buffer, at: Ints, count: Ints) -> tuple[Ints, Mask]:
    """Return the numbers that so many digits stand for (1 to 18), and where they are digits."""
    most = int(count.max(initial=0))
    if most <= 8:
        word = (a.word(at) << _SHIFTS[count]) | _ZEROS[count]
        return _eight(word), _leading_digits(word) == 8
    rows = np.flatnonzero(count > 8)
    number, good = _digits(a, at, np.minimum(count, 8))
    rest, well = _digits(a, at[rows] + 8, count[rows] - 8)
    number[rows] = number[rows] * _TENS[count[rows] - 8] + rest
    good[rows] &= well
    return number, good


def _eight(word: Words) -> Ints:
    """Return the number of eight digits, the first of them in the lowest byte: pairs, then fours, then all."""
    word = (word & np.uint64(0x0F0F0F0F0F0F0F0F)) * np.uint64(2561) >> np.uint64(8)
    word = (word & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(6553601) >> np.uint64(16)
    word = (word & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(42949672960001) >> np.uint64(32)
    return word.view(np.int64)


def same_json() -> dict[int, Same]:
    """Return the comparisons of a jsonb column."""
    walk = JsonWalk()
    return {kind: partial(walk.same, kind) for kind in (bson.DOCUMENT, bson.ARRAY)}
