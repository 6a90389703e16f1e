"""Bytes seen as numbers at any offset, many offsets at once, and texts compared eight bytes at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Mask = NDArray[np.bool_]

_PAD = bytes(16)
_LONG = 256
"""Texts beyond this length are compared one by one: there are few, and a copy of each is cheap then."""
_LOW = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)
"""The mask of the first n bytes of a word."""
_ONES, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)


class Buffer:
    """Immutable bytes; `word(at)` and its like read little-endian numbers at an array of offsets, `net…` big-endian
    ones. An offset may lie at the very end: what is read beyond it are zeros."""

    __slots__ = ("_i4", "_net2", "_net4", "_net8", "_u1", "_u8", "raw", "size")

    def __init__(self, data: bytes) -> None:
        self.raw = data + _PAD
        self.size = len(data)
        self._u1 = np.frombuffer(self.raw, np.uint8)
        self._u8 = self._view("<u8")
        self._i4 = self._view("<i4")
        self._net2, self._net4, self._net8 = self._view(">u2"), self._view(">i4"), self._view(">i8")

    def _view(self, kind: str) -> Any:
        return np.ndarray((self.size + 8,), kind, self.raw, strides=(1,))

    def byte(self, at: Ints) -> NDArray[np.uint8]:
        """Return the byte at each offset."""
        return self._u1[at]

    def word(self, at: Ints) -> Words:
        """Return the eight bytes at each offset, the first of them the lowest."""
        found: Words = self._u8[at]
        return found

    def long(self, at: Ints) -> Ints:
        """Return the signed number of eight bytes at each offset."""
        return self.word(at).view(np.int64)

    def int(self, at: Ints) -> Ints:
        """Return the signed number of four bytes at each offset."""
        found: Ints = self._i4[at].astype(np.int64)
        return found

    def net2(self, at: Ints) -> Ints:
        """Return the unsigned big-endian number of two bytes at each offset."""
        found: Ints = self._net2[at].astype(np.int64)
        return found

    def net4(self, at: Ints) -> Ints:
        """Return the signed big-endian number of four bytes at each offset."""
        found: Ints = self._net4[at].astype(np.int64)
        return found

    def net8(self, at: Ints) -> Ints:
        """Return the signed big-endian number of eight bytes at each offset."""
        found: Ints = self._net8[at].astype(np.int64)
        return found

    def literal(self, at: Ints, text: bytes) -> Mask:
        """Return at which offsets this text stands."""
        found: Mask = np.ones(len(at), np.bool_)
        for start in range(0, len(text), 8):
            part = text[start : start + 8]
            wanted = np.uint64(int.from_bytes(part, "little"))
            # A long text may reach beyond the end: what is read there is none of it.
            found &= (self.word(np.minimum(at + start, self.size) if start else at) & _LOW[len(part)]) == wanted
        return found


def same_bytes(one: Buffer, at: Ints, other: Buffer, there: Ints, length: Ints) -> Mask:
    """Return where `length` bytes of both are the same."""
    equal: Mask = np.ones(len(at), np.bool_)
    left: Any = None  # the rows that are not decided yet, None for all of them
    for start in range(0, _LONG, 8):
        a, b, rest = (at, there, length) if left is None else (at[left], there[left], length[left])
        rest = rest - start
        wrong = one.word(a + start) ^ other.word(b + start)
        wrong &= _LOW[np.clip(rest, 0, 8)]
        good = wrong == 0
        if left is None:
            equal &= good
            left = np.flatnonzero(good & (rest > 8))
        else:
            equal[left[~good]] = False
            left = left[good & (rest > 8)]
        if not len(left):
            return equal
    for row in left.tolist():
        a, b, size = int(at[row]), int(there[row]), int(length[row])
        equal[row] = one.raw[a : a + size] == other.raw[b : b + size]
    return equal


def has_byte(buffer: Buffer, at: Ints, length: Ints, *wanted: int) -> Mask:
    """Return which texts hold one of some bytes."""
    found: Mask = np.zeros(len(at), np.bool_)
    rows = np.flatnonzero(length > 0)
    for start in range(0, _LONG, 8):
        if not len(rows):
            return found
        rest = length[rows] - start
        word = buffer.word(at[rows] + start)
        inside = _LOW[np.clip(rest, 0, 8)] & _HIGH
        for byte in wanted:
            # The usual trick: a byte of zeros is where a borrow comes from.
            other = word ^ (np.uint64(byte) * _ONES)
            found[rows[((other - _ONES) & ~other & inside) != 0]] = True
        rows = rows[rest > 8]
    for row in rows.tolist():
        text = buffer.raw[int(at[row]) : int(at[row]) + int(length[row])]
        found[row] = any(byte in text for byte in wanted)
    return found
