"""Say what a value looks like, so that a volatile one can still be held to its type and format."""

from __future__ import annotations

import re

from shadow.compare.found import ABSENT
from shadow.compare.instants import parse_instant
from shadow.compare.kinds import type_name

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{8,}\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TOKEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9._~+/=-]{12,}\Z")


def format_of(value: object) -> str:
    """Return the type of a value, for text also how it is written: `integer`, `uuid`, `hex32`, `timestamp ...`.

    Cannot see: ranges, lengths of text, and what the text says.
    """
    if value is ABSENT:
        return "absent"
    if not isinstance(value, str):
        return type_name(value)
    if not value:
        return "empty"
    instant = parse_instant(value)
    if instant is not None:
        return f"timestamp {instant.style}"
    if value.isascii() and value.isdigit():
        return "digits"
    if _DATE.match(value):
        return "date"
    for letters, test in (("", value), (" upper", value.lower())):
        if _UUID.match(test):
            return "uuid" + letters
        if _HEX.match(test):
            return f"hex{len(value)}{letters}"
    if "://" in value[:12]:
        return "url"
    if _TOKEN.match(value):
        return "token"
    return "text" if any(map(str.isspace, value)) else "word"
