"""Recognising in words why two values differ. Notes carry numbers, never contents."""

from __future__ import annotations

import re
import struct
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext

from verify.equality.canonical import MISSING, encode
from verify.equality.carriers import read_decimal, read_timestamp
from verify.store import Value

_SPACE = re.compile(r"\s+")
_LONGEST_NUMBER = 60
"""Digits up to which causes are looked for; more exact arithmetic would cost more than the word is worth."""


def cause_of(old: Value, new: Value) -> str:
    """Return the cause of a difference between two values, "" where none is recognised."""
    if old is MISSING or new is MISSING:
        return _missing(old, new)
    if old is None or new is None:
        return _null(old, new)
    if isinstance(old, bool) or isinstance(new, bool):
        return "boolean became another type" if isinstance(old, bool) != isinstance(new, bool) else ""
    match old, new:
        case str(), str():
            return _texts(old, new)
        case datetime(), datetime():
            return _instants(old, new)
        case ((int() | float() | Decimal()), (int() | float() | Decimal())):
            return _numbers(old, new)
        case bytes(), bytes():
            return f"cut at {len(new)} bytes" if new and old.startswith(new) else ""
        case date(), date() if isinstance(old, datetime) != isinstance(new, datetime):
            return "time of day dropped" if isinstance(old, datetime) else "day became a timestamp"
    return _types(old, new)


def _missing(old: Value, new: Value) -> str:
    if old is MISSING:
        return "missing field became NULL" if new is None else "missing field became a value"
    return "NULL became a missing field" if old is None else "value became a missing field"


def _null(old: Value, new: Value) -> str:
    if new == "" or old == "":
        return "NULL became empty text" if old is None else "empty text became NULL"
    return "value became NULL" if new is None else "NULL became a value"


def _texts(old: str, new: str) -> str:
    one, other = read_timestamp(old), read_timestamp(new)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return _instants(one, other) or "same instant, written differently"
    number, other_number = read_decimal(old), read_decimal(new)
    if isinstance(number, Decimal) and number == other_number:
        return "same number, written differently"
    if new and len(new) < len(old) and old.startswith(new):
        return f"cut at {len(new)} characters" if old[len(new) :].strip() else "trailing blanks lost"
    if old and new.startswith(old) and not new[len(old) :].strip():
        return "trailing blanks added"
    if old.strip() == new.strip():
        return "leading or trailing whitespace"
    if _SPACE.sub("", old) == _SPACE.sub("", new):
        return "whitespace"
    if old.casefold() == new.casefold():
        return "case"
    if unicodedata.normalize("NFC", old) == unicodedata.normalize("NFC", new):
        return "another Unicode normal form"
    if _mojibake(old, new):
        return "UTF-8 read as another character set"
    if not new:
        return "text became empty"
    if isinstance(number, Decimal) and isinstance(other_number, Decimal):
        return _numbers(number, other_number)
    return ""


def _mojibake(old: str, new: str) -> bool:
    for charset in ("cp1252", "latin-1"):
        if old.encode("utf-8", "replace").decode(charset, "replace") == new:
            return True
    return len(new) == len(old) and "?" in new and old.encode("ascii", "replace").decode() == new


def _instants(old: datetime, new: datetime) -> str:
    old, new = (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC) for at in (old, new))
    if old == new:
        return ""
    shift = new - old
    for unit, name in ((1000, "milliseconds"), (1_000_000, "seconds"), (60_000_000, "minutes")):
        cut = old - timedelta(microseconds=(old.second * 1_000_000 + old.microsecond) % unit)
        if new == cut:
            return f"cut to {name}"
        even = new.microsecond % unit == 0 if unit <= 1_000_000 else False
        if even and abs(shift) * 2 <= timedelta(microseconds=unit):
            return f"rounded to {name}"
    if shift % timedelta(minutes=15) == timedelta(0) and abs(shift) <= timedelta(hours=14):
        minutes = int(abs(shift).total_seconds()) // 60
        return f"time offset {'+' if shift > timedelta(0) else '-'}{minutes // 60:02d}:{minutes % 60:02d}"
    if shift % timedelta(days=1) == timedelta(0):
        return f"shifted by {shift.days:+d} days"
    return ""


def _numbers(old: int | float | Decimal, new: int | float | Decimal) -> str:
    one, other = _exact(old), _exact(new)
    if one is None or other is None:
        return ""
    with localcontext(Context(prec=4 * _LONGEST_NUMBER)):
        return _exact_numbers(old, new, one, other)


def _exact_numbers(old: int | float | Decimal, new: int | float | Decimal, one: Decimal, other: Decimal) -> str:
    if one == -other:
        return "sign"
    if isinstance(old, int) and abs(old) > 2**53 and float(old) == new:
        return "precision of a float beyond 2**53"
    if _float32(one) == other:
        return "precision of a 32-bit float"
    if one and isinstance(old, float) | isinstance(new, float) and abs((one - other) / one) < Decimal("1e-12"):
        return "floating-point precision"
    places = max(0, -_exponent(other))
    if places < -_exponent(one):
        unit = Decimal(1).scaleb(-places)
        word = "decimal" if places == 1 else "decimals"
        if other in (one.quantize(unit, ROUND_HALF_UP), one.quantize(unit, ROUND_HALF_EVEN)):
            return f"rounded to {places} {word}"
        if other == one.quantize(unit, ROUND_DOWN):
            return f"cut to {places} {word}"
    for power in (2, 3, 6, 9):
        if other == one.scaleb(power) or one == other.scaleb(power):
            return f"scaled by 10**{power if other == one.scaleb(power) else -power}"
    return ""


def _exact(number: int | float | Decimal) -> Decimal | None:
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if not exact.is_finite() or abs(exact.adjusted()) + len(exact.as_tuple().digits) > _LONGEST_NUMBER:
        return None
    return exact


def _exponent(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def _float32(number: Decimal) -> Decimal | None:
    try:
        return Decimal(repr(struct.unpack("<f", struct.pack("<f", float(number)))[0]))
    except OverflowError:
        return None


def _types(old: Value, new: Value) -> str:
    """Return a cause for values of two types: the same content in another type, or another type."""
    for text, other, word in ((old, new, "text became"), (new, old, "became text, was")):
        if not isinstance(text, str):
            continue
        if isinstance(other, bytes) and text.encode("utf-8", "surrogatepass") == other:
            return f"{word} bytes"
        if isinstance(other, int | float | Decimal):
            number = read_decimal(text)
            if isinstance(number, Decimal) and encode(number) == encode(other):
                return f"{word} a number"
        if isinstance(other, datetime):
            return f"{word} a timestamp"
    # A driver may have a class of its own for a type (asyncpg's UUID).
    return "" if isinstance(old, type(new)) or isinstance(new, type(old)) else "another type"
