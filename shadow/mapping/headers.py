"""Changes to the headers of a request or an answer."""

from __future__ import annotations

import re

from shadow.config.contract import HeaderMapping
from shadow.records import Headers

NOTHING = HeaderMapping()
# They frame the message or belong to one connection: the sender sets them itself.
FRAMING = frozenset(
    ("connection", "content-length", "expect", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
     "upgrade", "shadow-leg")
)  # fmt: skip
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 5.6.2
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110 5.5


def fault_in_name(name: str) -> str:
    """Return why a header of this name cannot be mapped, empty where it can."""
    if not _NAME.fullmatch(name):
        return "is not the name of a header"
    return "frames the message, and is the sender's own" if name.lower() in FRAMING else ""


def fault_in_value(value: str) -> str:
    """Return why this cannot be a header's value, empty where it can."""
    return "" if _VALUE.fullmatch(value) and value.strip() == value else "is not the value of a header"


def map_headers(headers: Headers, mapping: HeaderMapping) -> Headers:
    """Return headers with the changes of a mapping; the others stay, in order, with duplicates."""
    if mapping == NOTHING:
        return headers
    dropped = {name.lower() for name in mapping.drop}
    renamed = {old.lower(): new.encode("ascii") for old, new in mapping.rename.items()}
    given = {name.lower() for name in mapping.set}
    kept: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        low = name.decode("latin-1").lower()
        new = renamed.get(low, name)
        if low not in dropped and new.decode("latin-1").lower() not in given:
            kept.append((new, value))
    kept += [(name.encode("ascii"), value.encode("latin-1")) for name, value in mapping.set.items()]
    return tuple(kept)
