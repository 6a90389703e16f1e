"""One value into another type. What cannot be converted stays as it is, and the comparison will tell.

JSON values are those of shadow.bodies.parse: integers as int, other numbers as the bytes of their literal.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import floor

from shadow.bodies.parse import number, scalar_text

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,400})(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,4})?")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,400})(?:\.0+)?")
_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")


def convert_json(value: object, conversion: str) -> object:
    """Return a scalar of a JSON document converted; objects, lists and null stay."""
    if not isinstance(value, str | int | bytes):
        return value
    if conversion == "text":
        return value if isinstance(value, str) else scalar_text(value)
    if conversion == "instant":
        return _instant(value)
    if isinstance(value, bool):
        return int(value) if conversion in ("integer", "number") else value
    if not isinstance(value, str) and conversion not in ("integer", "boolean"):
        return value
    text = value if isinstance(value, str) else scalar_text(value)
    changed = convert_text(text, conversion)
    if changed is None:
        return value
    if conversion in ("upper", "lower"):
        return changed
    if conversion == "boolean":
        return changed == "true"
    return int(changed) if _WHOLE.fullmatch(changed) and "." not in changed else changed.encode("ascii")


def convert_text(text: str, conversion: str) -> str | None:
    """Return the text of a field converted, None where it cannot be."""
    if conversion == "upper":
        return text.upper()
    if conversion == "lower":
        return text.lower()
    if conversion == "integer":
        return text.partition(".")[0] if _WHOLE.fullmatch(text) else None
    if conversion == "number":
        return text if _NUMBER.fullmatch(text) else None
    if conversion == "boolean":
        low = text.lower()
        return "true" if low in _TRUE else "false" if low in _FALSE else None
    if conversion == "instant":
        made = _instant(text.encode("utf-8", "replace") if _NUMBER.fullmatch(text) else text)
        return made if isinstance(made, str) and made != text else None
    return _epoch(text) if conversion == "epoch" else None


def _epoch(text: str) -> str | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = Decimal(int(at.replace(microsecond=0, tzinfo=at.tzinfo or UTC).timestamp()))
    exact = seconds + Decimal(at.microsecond) / 1_000_000
    return format(exact, "f")


def _instant(value: object) -> object:
    try:
        seconds = number(value)
    except InvalidOperation:
        return value
    if seconds is None or not seconds.is_finite() or not -62_135_596_800 <= seconds < 253_402_300_800:
        return value
    whole, micros = divmod(floor(seconds * 1_000_000), 1_000_000)
    at = datetime.fromtimestamp(whole, UTC).replace(microsecond=micros)
    return at.isoformat().replace("+00:00", "Z")
