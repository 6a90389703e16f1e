"""Families of causes: what a note of `causes` belongs to, and what may vary within it (a length, an offset)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

from verify.equality.canonical import MISSING
from verify.store import Value


class Family(NamedTuple):
    """A kind of cause, and its parameter in words, "" where nothing varies."""

    kind: str
    parameter: str = ""


UNEXPLAINED = Family("unexplained")
OFFSET, NUMBER_OFFSET = "time_offset", "number_offset"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"cut at .*", "truncation"),
        (r"(cut|rounded) to (milliseconds|seconds|minutes)", "time_precision"),
        (r"(cut|rounded) to \d+ decimals?", "number_precision"),
        (r"precision of .*|floating-point precision", "number_precision"),
        (r"time offset .*|shifted by .*", OFFSET),
        (r"trailing blanks .*", "trailing_blanks"),
        (r"leading or trailing whitespace|whitespace", "whitespace"),
        (r"case", "case"),
        (r"another Unicode normal form", "normal_form"),
        (r"UTF-8 read as another character set", "mojibake"),
        (r"(NULL became empty text|empty text became NULL|text became empty)", "null_and_empty"),
        (r".*missing field.*", "missing_field"),
        (r"value became NULL", "value_lost"),
        (r"NULL became a value", "null_filled"),
        (r"scaled by .*", "scale"),
        (r"sign", "sign"),
        (r"same .*, written differently", "spelling"),
        (r".*(text became|became text|became another type|another type|became a timestamp|time of day).*", "type"),
    )
)

KINDS = frozenset(kind for _, kind in _PATTERNS) | {
    UNEXPLAINED.kind, NUMBER_OFFSET, "remap", "constant", "missing_rows", "extra_rows", "missing_since",
    "extra_since", "key_gap", "one_value", "not_shown", "other",
}  # fmt: skip
"""Every kind of cause there is."""

REMAPPED = frozenset({UNEXPLAINED.kind, NUMBER_OFFSET, "case", "type", "scale", "sign"})
"""Families whose differences may as well be a mapping of few values to few others."""


def family_of(note: str, old: Value, new: Value) -> Family:
    """Return the family of a difference of two values with this note."""
    return _named(note) if note else _offset(old, new)


@lru_cache(maxsize=1024)
def _named(note: str) -> Family:
    for pattern, kind in _PATTERNS:
        if pattern.fullmatch(note):
            return Family(kind, note)
    return UNEXPLAINED


def _offset(old: Value, new: Value) -> Family:
    """Return the distance of two instants, days or numbers, which is a cause only where it is the same for many."""
    if isinstance(old, bool) or isinstance(new, bool) or old is MISSING or new is MISSING:
        return UNEXPLAINED
    match old, new:
        case datetime(), datetime():
            distance = _aware(new) - _aware(old)
            return Family(OFFSET, f"shifted by {_seconds(distance)} s")
        case date(), date():
            return Family(OFFSET, f"shifted by {(new - old).days:+d} days")
        case (int() | Decimal()), (int() | Decimal()):
            one, other = Decimal(old), Decimal(new)
            if one.is_finite() and other.is_finite() and max(abs(one.adjusted()), abs(other.adjusted())) < 40:
                with localcontext(Context(prec=100)):
                    return Family(NUMBER_OFFSET, f"changed by {(other - one).normalize():+f}")
    return UNEXPLAINED


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _seconds(distance: timedelta) -> str:
    microseconds = distance // timedelta(microseconds=1)
    sign = "-" if microseconds < 0 else "+"
    whole, rest = divmod(abs(microseconds), 1_000_000)
    return f"{sign}{whole}" + (f".{rest:06d}".rstrip("0") if rest else "")
