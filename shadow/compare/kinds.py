"""Recognise from two differing scalars what kind of difference it is, and say the cause in words."""

from __future__ import annotations

import html
import json
import unicodedata
from datetime import timedelta
from decimal import Decimal
from urllib.parse import unquote, urlsplit

from shadow.bodies.parse import NonFinite, number
from shadow.compare.found import ABSENT
from shadow.compare.instants import Instant, parse_instant
from shadow.records import Kind

_MAX_NORMALISED = 4000

Named = tuple[Kind, str]


def type_name(value: object) -> str:
    """Return the JSON type of a parsed value in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, bytes):
        return "decimal"
    if isinstance(value, NonFinite):
        return "not-a-number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


def name_presence(old: object, new: object) -> Named:
    """Name a difference where one side has nothing (ABSENT)."""
    there = new if old is ABSENT else old
    gone = "only the new side has it" if old is ABSENT else "the new side lacks it"
    if there is None:
        return Kind.null_vs_missing, f"null against missing: {gone}"
    if there in ("", [], {}) and isinstance(there, str | list | dict):
        return Kind.empty_vs_missing, f"empty {type_name(there)} against missing: {gone}"
    return (Kind.extra if old is ABSENT else Kind.missing), gone


def name_scalars(old: object, new: object) -> Named | None:
    """Name the difference of two values of which at most one is a container; None where both mean the same."""
    if isinstance(old, str) and isinstance(new, str):
        return name_texts(old, new)
    a, b = number(old), number(new)
    if a is not None and b is not None:
        return _name_numbers(a, b, type_name(old), type_name(new))
    if type(old) is type(new):
        return Kind.value, ""
    return Kind.type, _type_note(old, new, a, b)


def name_texts(old: str, new: str) -> Named | None:
    """Name the difference of two texts; None where they are equal."""
    if old == new:
        return None
    first, second = parse_instant(old), parse_instant(new)
    if first is not None and second is not None:
        return _name_instants(first, second)
    decimals = _decimal_text(old), _decimal_text(new)
    if decimals[0] is not None and decimals[1] is not None:
        named = _name_numbers(decimals[0], decimals[1], "decimal text", "decimal text")
        if named is not None and named[0] is Kind.precision:
            return named
    if "".join(old.split()) == "".join(new.split()):
        return Kind.whitespace, "only white space differs"
    if _same_url(old, new):
        return Kind.url_host, "same URL, other scheme or host"
    # Sorting combining marks takes time that grows with the square of their number, in one call into C.
    if max(len(old), len(new)) <= _MAX_NORMALISED and (
        unicodedata.normalize("NFC", old) == unicodedata.normalize("NFC", new)
    ):
        return Kind.encoding, "same text, other Unicode normal form"
    for unescape, what in ((html.unescape, "HTML"), (unquote, "percent"), (_unescape_json, "backslash")):
        if unescape(old) == unescape(new):
            return Kind.encoding, f"same text, other {what} escaping"
    if _mojibake(old) == new or _mojibake(new) == old:
        return Kind.encoding, "UTF-8 read as another charset"
    if old.casefold() == new.casefold():
        return Kind.case, "only upper and lower case differ"
    if len(new) >= 8 and old.startswith(new):
        return Kind.value, f"cut at {len(new)} characters"
    if len(old) >= 8 and new.startswith(old):
        return Kind.value, f"old side is cut at {len(old)} characters"
    return Kind.value, ""


def _name_numbers(old: Decimal, new: Decimal, old_type: str, new_type: str) -> Named | None:
    try:
        return _name_finite(old, new, old_type, new_type)
    except ArithmeticError:  # exponents beyond what decimals reckon with
        return Kind.value, ""


def _name_finite(old: Decimal, new: Decimal, old_type: str, new_type: str) -> Named | None:
    if old == new:
        if old_type != new_type:
            return Kind.type, f"same number, {old_type} became {new_type}"
        if old.as_tuple() == new.as_tuple():
            return None  # 1E5 and 1e5
        return Kind.precision, "same number, written with other digits"
    places_old, places_new = _places(old), _places(new)
    if places_old != places_new:
        short, long = (old, new) if places_old < places_new else (new, old)
        places = min(places_old, places_new)
        step = Decimal(1).scaleb(-places)
        off = abs(short - long)
        if off <= step / 2 and (places or old_type == new_type or off < Decimal("1e-6")):
            return Kind.precision, f"equal when rounded to {places} decimals"
        if off < step and places:
            return Kind.precision, f"equal when cut after {places} decimals"
    if (places_old or places_new) and abs(old - new) <= Decimal("1e-9") * max(abs(old), abs(new)):
        return Kind.precision, "equal to nine significant digits"
    if old_type == new_type == "integer" and abs(old) > 2**53 and float(old) == float(new):
        return Kind.precision, "integer beyond 2^53 lost digits"
    return Kind.value, "" if old_type == new_type else f"{old_type} became {new_type}"


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _name_instants(old: Instant, new: Instant) -> Named:
    apart = abs(old.wall - new.wall)
    if old.offset_s != new.offset_s:
        apart = abs(old.wall - new.wall - timedelta(seconds=(old.offset_s or 0) - (new.offset_s or 0)))
    zone_differs = old.offset_s != new.offset_s
    digits_differ = len(old.fraction) != len(new.fraction)
    shared = min(len(old.fraction), len(new.fraction))
    same_fraction = old.fraction[:shared] == new.fraction[:shared]
    digits = f"{len(old.fraction)} against {len(new.fraction)} digits of a second"
    also = f"; {digits}" if digits_differ else ""
    if same_fraction and not apart:
        if zone_differs and None in (old.offset_s, new.offset_s):
            return Kind.timezone, f"same reading, {'old' if old.offset_s is None else 'new'} side names no zone{also}"
        if zone_differs:
            return Kind.timezone, f"same instant, other offset{also}"
        if digits_differ:
            return Kind.precision, f"same instant, {digits}"
        if old.style.rsplit(" ", 1)[0] == new.style.rsplit(" ", 1)[0]:
            return Kind.timezone, "same instant, zone written otherwise"
        return Kind.encoding, "same instant, other format"
    if same_fraction and zone_differs and old.wall == new.wall:
        return Kind.timezone, f"same clock reading, other zone: {_hours(apart)} apart{also}"
    close = digits_differ and abs(_seconds(old) - _seconds(new)) <= Decimal(1).scaleb(-shared)
    if close and old.offset_s == new.offset_s:
        return Kind.precision, f"same instant when rounded, {digits}"
    if same_fraction and apart <= timedelta(hours=14) and apart.seconds % 900 == 0:
        return Kind.value, f"exactly {_hours(apart)} apart, as a local time would be"
    return Kind.value, ""


def _seconds(instant: Instant) -> Decimal:
    return Decimal(int(instant.utc.timestamp())) + Decimal(f"0.{instant.fraction or 0}")


def _hours(apart: timedelta) -> str:
    return f"{apart.total_seconds() / 3600:g} h"


def _type_note(old: object, new: object, a: Decimal | None, b: Decimal | None) -> str:
    note = f"{type_name(old)} became {type_name(new)}"
    text, figure = (old, b) if isinstance(old, str) else (new, a)
    if isinstance(text, str) and figure is not None:
        written = _decimal_text(text)
        if written is None:
            return note
        if written == figure:
            return note + ", same number"
        if abs(written - figure) <= Decimal("1e-6") * max(abs(written), abs(figure)):
            return note + ", nearly the same number"
    return note


def _decimal_text(text: str) -> Decimal | None:
    body = text[1:] if text[:1] == "-" else text
    whole, _, rest = body.partition(".")
    if not (text.isascii() and whole.isdigit() and (rest.isdigit() or not rest) and len(text) <= 40):
        return None
    return Decimal(text)


def _same_url(old: str, new: str) -> bool:
    if "//" not in old[:16] and "//" not in new[:16]:
        return False
    try:
        a, b = urlsplit(old), urlsplit(new)
    except ValueError:
        return False
    same = (a.path or "/", a.query, a.fragment) == (b.path or "/", b.query, b.fragment)
    return same and bool(a.netloc or b.netloc) and (old.startswith("/") or bool(a.netloc)) and (
        new.startswith("/") or bool(b.netloc)
    )


def _unescape_json(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _mojibake(text: str) -> str | None:
    if text.isascii():
        return None
    try:
        return text.encode("utf-8").decode("cp1252")
    except UnicodeError:
        return None
