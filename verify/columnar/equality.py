"""When a PostgreSQL value and a BSON value are certainly the same, for many of them at once.

Each function takes where the values lie on both sides and returns where they are the same beyond doubt; False says
only that somebody has to look. What "the same" means is told in verify/equality/canonical.py.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from verify.columnar import documents as bson
from verify.columnar.words import Buffer, Ints, Mask, same_bytes
from verify.equality.values import FIRST_INSTANT, LAST_INSTANT
from verify.stores.postgres.values import DAY_SHIFT, EPOCH_SHIFT

Same = Callable[[Buffer, Ints, Ints, Buffer, Ints], Mask]
"""(PostgreSQL's bytes, where each value begins, its length, BSON's bytes, where each value begins)."""

_TENS = 10 ** np.arange(19, dtype=np.int64)
_EXACT_TENS = np.array([10.0**n for n in range(23)])
"""The powers of ten that a double holds exactly."""
_FIFTEEN = np.int64(10**15)
"""Decimals of at most 15 digits: each has a double of its own, so equal doubles are equal decimals."""

def integer(width: int) -> Callable[[Buffer, Ints], Ints]:
    """Return how PostgreSQL's integers of so many bytes are read."""

    def read(buffer: Buffer, at: Ints) -> Ints:
        if width == 8:
            return buffer.net8(at)
        if width == 4:
            return buffer.net4(at)
        return buffer.net2(at).astype(np.int16).astype(np.int64)

    return read


def oid(buffer: Buffer, at: Ints) -> Ints:
    """Read unsigned numbers of four bytes."""
    return buffer.net4(at) & 0xFFFFFFFF


def same_integers(read: Callable[[Buffer, Ints], Ints]) -> dict[int, Same]:
    """Return the comparisons of an integer column."""

    def with_int(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
        known: Mask = read(a, at) == b.int(there)
        return known

    def with_long(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
        known: Mask = read(a, at) == b.long(there)
        return known

    def with_double(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
        whole = read(a, at)
        known: Mask = (np.abs(whole) < 2**53) & (whole.astype(np.float64) == _doubles(b, there))
        return known

    return {bson.INT: with_int, bson.LONG: with_long, bson.DOUBLE: with_double}


def _doubles(buffer: Buffer, at: Ints) -> NDArray[np.float64]:
    return buffer.word(at).view(np.float64)


def float8_with_double(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
    """The same number, or the same bits (NaN)."""
    one = a.net8(at)
    known: Mask = (one.view(np.float64) == _doubles(b, there)) | (one == b.long(there))
    return known


def float4_with_double(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
    """The same number."""
    one = a.net4(at).astype(np.int32).view(np.float32).astype(np.float64)
    known: Mask = one == _doubles(b, there)
    return known


def bool_with_bool(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
    """Both true or both false."""
    known: Mask = a.byte(at) == b.byte(there)
    return known


def text_with_string(a: Buffer, at: Ints, length: Ints, b: Buffer, there: Ints) -> Mask:
    """The same bytes; BSON counts the zero at the end, and PostgreSQL's are known to be UTF-8."""
    equal: Mask = length == b.int(there) - 1
    rows = np.flatnonzero(equal)
    if len(rows) == len(at):
        return same_bytes(a, at, b, there + 4, length)
    equal[rows] = same_bytes(a, at[rows], b, there[rows] + 4, length[rows])
    return equal


def bytea_with_binary(a: Buffer, at: Ints, length: Ints, b: Buffer, there: Ints) -> Mask:
    """The same bytes, of the general subtype."""
    equal: Mask = (length == b.int(there)) & (b.byte(there + 4) == 0)
    rows = np.flatnonzero(equal)
    equal[rows] = same_bytes(a, at[rows], b, there[rows] + 5, length[rows])
    return equal


def uuid_with_binary(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
    """The same 16 bytes, of subtype 4."""
    head: Mask = (b.word(there) & np.uint64(0xFF_FFFF_FFFF)) == np.uint64(0x04_0000_0010)
    known: Mask = head & (a.word(at) == b.word(there + 5)) & (a.word(at + 8) == b.word(there + 13))
    return known


def timestamp_with_date(step_us: int) -> Same:
    """Return the comparison of instants of which `step_us` are told apart; what is finer is cut on both sides."""

    def same(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
        one, milliseconds = a.net8(at), b.long(there)
        # Far and endless instants are never cut, and few: they are looked at one by one.
        near = (one >= FIRST_INSTANT - EPOCH_SHIFT) & (one <= LAST_INSTANT - EPOCH_SHIFT)
        near &= (milliseconds >= FIRST_INSTANT // 1000) & (milliseconds <= LAST_INSTANT // 1000)
        one = np.where(near, one, 0) + EPOCH_SHIFT
        other = np.where(near, milliseconds, 0) * 1000
        if step_us > 1:
            one, other = one // step_us, other // step_us
        equal: Mask = near & (one == other)
        return equal

    return same


def date_with_date(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
    """The day whose midnight the instant is; in the years that Python has."""
    days = a.net4(at) + DAY_SHIFT
    near = (days >= FIRST_INSTANT // 86_400_000_000) & (days <= LAST_INSTANT // 86_400_000_000)
    equal: Mask = near & (days * 86_400_000 == b.long(there))
    return equal


def _numeric(a: Buffer, at: Ints) -> tuple[Ints, Ints, Mask]:
    """Return (number, exponent of ten, whether that is all of it): up to four groups of four digits."""
    groups, sign = a.net2(at), a.net2(at + 4)
    weight = a.net2(at + 2).astype(np.int16).astype(np.int64)
    plain: Mask = (groups <= 4) & ((sign == 0) | (sign == 0x4000))
    digits = a.net8(at + 8).view(np.uint64)
    # The groups that a number does not have belong to whatever comes next.
    count = np.minimum(groups, 4)
    unused = (4 - count).astype(np.uint64) * np.uint64(16)
    digits = np.where(count == 0, np.uint64(0), digits >> (unused & np.uint64(63)))
    number: Ints = np.zeros(len(at), np.int64)
    for shift in (48, 32, 16, 0):
        number = number * 10_000 + ((digits >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.int64)
    return np.where(sign == 0x4000, -number, number), 4 * (weight - groups + 1), plain


def _same_scaled(one: Ints, exponent: Ints, other: Ints, scale: Ints) -> Mask:
    """Return where one * 10**exponent is other * 10**scale, as far as 64 bits say so."""
    apart = exponent - scale
    near = np.abs(apart) <= 18
    power = _TENS[np.where(near, np.abs(apart), 0)]
    fits = np.where(apart >= 0, np.abs(one), np.abs(other)) <= (2**63 - 1) // power
    left = np.where(fits & (apart > 0), one * power, one)
    right = np.where(fits & (apart < 0), other * power, other)
    known: Mask = ((one == 0) & (other == 0)) | (near & fits & (left == right))
    return known


def numeric_with_decimal(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
    """The same number without trailing zeros; finite, and of at most 18 digits."""
    number, exponent, plain = _numeric(a, at)
    low, high = b.long(there), b.word(there + 8)
    # The usual form of Decimal128: sign, 14 bits of exponent, and here no more than 63 bits of digits.
    small = (low >= 0) & (low < 10**18) & ((high & np.uint64(0x0001_FFFF_FFFF_FFFF)) == 0)
    small &= (high >> np.uint64(61)) & np.uint64(3) != np.uint64(3)
    scale = ((high >> np.uint64(49)) & np.uint64(0x3FFF)).astype(np.int64) - 6176
    signed = np.where((high >> np.uint64(63)) != 0, -low, low)
    known: Mask = plain & small & _same_scaled(number, exponent, np.where(small, signed, 0), scale)
    return known


def numeric_with_integer(read: Callable[[Buffer, Ints], Ints]) -> Same:
    """Return the comparison with whole numbers."""

    def same(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
        number, exponent, plain = _numeric(a, at)
        whole = read(b, there)
        small = (whole < 10**18) & (whole > -(10**18))
        return plain & small & _same_scaled(number, exponent, np.where(small, whole, 0), np.zeros_like(whole))

    return same


def numeric_with_double(a: Buffer, at: Ints, _length: Ints, b: Buffer, there: Ints) -> Mask:
    """The same decimal: where it has at most 15 digits it is the shortest that reads back as its double."""
    number, exponent, plain = _numeric(a, at)
    # Zeros at the end of a whole number are in the exponent.
    zeros = np.clip(exponent, 0, 15)
    fits = np.abs(number) < _FIFTEEN // _TENS[zeros]
    whole = np.where(fits, number * np.where(fits, _TENS[zeros], 1), _FIFTEEN)
    return plain & (exponent <= 15) & decimal_is_double(whole, np.maximum(-exponent, 0), _doubles(b, there))


def decimal_is_double(number: Ints, scale: Ints, double: NDArray[np.float64]) -> Mask:
    """Return where number / 10**scale, of at most 15 digits, is the decimal that a double stands for."""
    short = (np.abs(number) < _FIFTEEN) & (scale >= 0) & (scale <= 22)
    # Both are exact in a double, so their quotient is the double next to the decimal.
    known: Mask = short & (number / _EXACT_TENS[np.where(short, scale, 0)] == double)
    return known
