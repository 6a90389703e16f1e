"""One canonical encoding of values, so that equal means equal whatever the engine.

Every value becomes MessagePack: a tag byte, then fixed-width or length-prefixed bytes. What MessagePack lacks is
an extension type with a code of its own. Two values have the same bytes if and only if they are the same value:

    null, missing, ""     three things
    boolean               never a number: True is not 1
    numbers               one class for int, integral float and integral Decimal: 1, 1.0 and Decimal("1.00") are the
                          same. Other decimals without trailing zeros. A float with a fraction is the shortest
                          decimal that reads back as the same float, so 0.1 is Decimal("0.1"). -0 is 0, there is one
                          NaN. An integral float is its exact integer, so 2**53 + 1 is not float(2**53)
    text                  UTF-8, byte for byte; "1" is not 1; composed and decomposed accents differ
    bytes                 never text
    timestamp             microseconds since 1970 in UTC; without a zone it counts as UTC; two that are endless
    date, time            days, two that are endless; microseconds (with the offset, where there is one)
    interval              months, days and microseconds, each for itself; without the first two microseconds only
    uuid                  16 bytes
    list, mapping         in order; by key
    JSON's null           never NULL
    ObjectId              12 bytes, never text
    what one engine has   its name and its bytes
"""

from __future__ import annotations

import math
import struct
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import msgspec
from msgspec.msgpack import Ext

from verify.equality.values import JSON_NULL, Endless, FarDay, FarInstant, Foreign, Interval, ObjectKey


class Missing(Enum):
    """The type of MISSING."""

    missing = "missing"


MISSING: Final = Missing.missing
"""Where a document has no such field: neither null nor empty."""

_MISSING = Ext(1, b"")
_NAN = Ext(2, b"")
_INFINITY = Ext(3, b"+")
_NEGATIVE_INFINITY = Ext(3, b"-")
_NUMBER = 4
_TIMESTAMP = 5
_DATE = 6
_TIME = 7
_INTERVAL = 8
_UUID = 9
_MAPPING = 10
_BROKEN_TEXT = 11
_JSON_NULL = Ext(12, b"")
_OBJECT_KEY = 14
_FOREIGN = 15
_ENDLESS = {Endless.before: Ext(13, b"-"), Endless.after: Ext(13, b"+")}

_PLAIN = frozenset({type(None), bool, int, str, bytes})
"""Exact types that MessagePack already encodes canonically (integers within 64 bits, text without surrogates)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (the other half of a subtraction between timestamps without a zone)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()

_LONGEST = 20_000
"""Exponents up to which a decimal is written out; PostgreSQL's numeric ends at 16,383 digits after the point."""

_pack = struct.Struct(">q").pack
_encode = msgspec.msgpack.Encoder().encode


TOO_DEEP = "a document is nested too deeply to be compared"


class CanonicalError(TypeError):
    """Raised when a value is of a type that has no canonical form; the message names the type, never the value."""


def encode_row(values: Iterable[object]) -> bytes:
    """Return the canonical bytes of a row. Raises CanonicalError for a type without a canonical form, and for documents
    that are nested more deeply than about 150 levels."""
    try:
        plain = [value if value.__class__ in _PLAIN else _plain(value) for value in values]
        return _encode(plain)
    except RecursionError:
        raise CanonicalError(TOO_DEEP) from None
    except (OverflowError, UnicodeEncodeError):
        # Integers beyond 64 bits and text that is not Unicode are too rare to look for in every value.
        return _encode([_plain(value) for value in plain])


def encode(value: object) -> bytes:
    """Return the canonical bytes of one value. Raises CanonicalError for a type without a canonical form."""
    return encode_row((value,))[1:]


def microseconds(at: datetime) -> int:
    """Return the instant in microseconds since 1970 UTC; a timestamp without a zone counts as UTC."""
    since = at - (_NAIVE_EPOCH if at.tzinfo is None else _EPOCH)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _plain(value: object) -> object:
    """Return what MessagePack encodes canonically for any value."""
    usual = _USUAL.get(value.__class__)
    if usual is not None:
        return usual(value)
    match value:
        case None | bool() | bytes() | Ext():
            return value
        case int():
            return _integer(int(value))
        case float():
            return _float(value)
        case Decimal():
            return _decimal(value)
        case str():
            return _text(str(value))
        case datetime():
            return _timestamp(value)
        case date():
            return Ext(_DATE, _pack(value.toordinal() - _EPOCH_DAY))
        case time():
            return _time(value)
        case timedelta():
            return Ext(_INTERVAL, _pack(value // _MICROSECOND))
        case uuid.UUID():
            return Ext(_UUID, value.bytes)
        case bytearray() | memoryview():
            return bytes(value)
        case Missing():
            return _MISSING
        case FarInstant():
            return Ext(_TIMESTAMP, str(value.microseconds).encode())
        case FarDay():
            return Ext(_DATE, _pack(value.days))
        case Interval():
            return _interval(value)
        case ObjectKey():
            return Ext(_OBJECT_KEY, value.binary)
        case Foreign():
            return Ext(_FOREIGN, _encode([value.type, value.content]))
        case Endless():
            return _ENDLESS[value]
        case _ if value is JSON_NULL:
            return _JSON_NULL
        case list() | tuple():
            return [_plain(item) for item in value]
        case Mapping():
            pairs = sorted((encode(key), encode(item)) for key, item in value.items())
            return Ext(_MAPPING, _encode(pairs))
        case _:
            raise CanonicalError(f"values of type {type(value).__name__} have no canonical form")


def _integer(number: int) -> object:
    if -(2**63) <= number < 2**64:
        return number
    return Ext(_NUMBER, _positional(Decimal(number)).encode())


def _float(number: float) -> object:
    if number.is_integer():
        return _integer(int(number))
    if math.isnan(number):
        return _NAN
    if math.isinf(number):
        return _INFINITY if number > 0 else _NEGATIVE_INFINITY
    text = repr(number)
    return Ext(_NUMBER, (_positional(Decimal(text)) if "e" in text else text).encode())


def _decimal(number: Decimal) -> object:
    if number.is_nan():
        return _NAN
    if number.is_infinite():
        return _INFINITY if number > 0 else _NEGATIVE_INFINITY
    text = _positional(number)
    if text.lstrip("-").isdigit() and len(text) <= 20:
        return _integer(int(text))
    return Ext(_NUMBER, text.encode())


def _positional(number: Decimal) -> str:
    """Return the exact digits without trailing zeros; normalize() would round to the precision of the context."""
    sign, digits, exponent = number.as_tuple()
    if not any(digits):
        return "0"
    assert isinstance(exponent, int)
    if abs(exponent) > _LONGEST:
        # A short literal can stand for gigabytes of zeros; such numbers are written as digits and exponent instead.
        stripped = "".join(map(str, digits)).rstrip("0")
        return f"{'-' * sign}{stripped}e{exponent + len(digits) - len(stripped)}"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(text: str) -> object:
    try:
        text.encode()
    except UnicodeEncodeError:
        return Ext(_BROKEN_TEXT, text.encode("utf-8", "surrogatepass"))
    return text


def _timestamp(at: datetime) -> Ext:
    return Ext(_TIMESTAMP, _pack(microseconds(at)))


def _interval(span: Interval) -> Ext:
    packed = _pack(span.microseconds)
    return Ext(_INTERVAL, packed + _pack(span.months) + _pack(span.days) if span.months or span.days else packed)


def _time(at: time) -> Ext:
    offset = at.utcoffset()
    since_midnight = ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond
    packed = _pack(since_midnight)
    return Ext(_TIME, packed if offset is None else packed + _pack(offset // _MICROSECOND))


_USUAL: dict[type, Callable[[Any], object]] = {float: _float, Decimal: _decimal, datetime: _timestamp}
"""The types that most values beyond the plain ones have; looking them up is cheaper than matching."""
