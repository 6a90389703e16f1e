"""The fixed patterns: which path segments are values of a parameter; how a target is cut into segments."""

from __future__ import annotations

import re
from urllib.parse import unquote

MAX_SEGMENT_CHARS = 40

_PLAIN = re.compile(r"[A-Za-z0-9._~:+-]+\Z")
_VALUE = re.compile(
    r"""
      -?\d+([.,:_]\d+)*                                   # 42, -1, 12.5, 1.2.3
    | [0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}  # uuid
    | (?=[a-fA-F]*[0-9])[0-9a-fA-F]{8,}                   # hash, at least one digit
    | [0-9a-fA-F]{16,}
    | [0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}            # ULID
    | \d{4}-\d{2}(-\d{2}([T_].*)?)?                       # date, month, instant
    | (?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_-]{20,}    # base64-like token
    """,
    re.VERBOSE,
)


def is_value(segment: str) -> bool:
    """Tell whether a segment looks like a value rather than a word of the API.

    Cannot see: short names used as keys (`/users/bob`); those need a configured route or an OpenAPI document.
    """
    if len(segment) > MAX_SEGMENT_CHARS:
        return True
    if segment.isascii():  # the two most frequent cases, without a regular expression
        if segment.isalpha():
            return False
        if segment.isdigit():
            return True
    if not _PLAIN.match(segment):
        return True
    if _VALUE.fullmatch(segment):
        return True
    digits = sum(map(str.isdigit, segment))
    return digits >= 4 or (digits >= 3 and 2 * digits >= len(segment))


def split_target(target: bytes) -> tuple[str, ...] | None:
    """Cut a request target into raw segments, without query, empty segments and origin.

    Returns None where a path cannot be told safely: asterisk form, dot segments, encoded separators.
    A backend may resolve those to another path than the one that was matched here.
    """
    path = target.split(b"?", 1)[0].split(b"#", 1)[0].decode("latin-1")
    if not path.startswith("/"):
        scheme, mark, rest = path.partition("://")
        if not mark or not scheme.isalnum():
            return None
        path = "/" + rest.partition("/")[2]
    segments = tuple([segment for segment in path.split("/") if segment])
    if "%" not in path and "/." not in path and "\\" not in path:
        return segments
    for segment in segments:
        if segment[0] in ".%" or "%" in segment or "\\" in segment:
            plain = segment.lower().replace("%2e", ".")
            if plain in (".", "..") or "%2f" in plain or "%5c" in plain or "\\" in plain or "%25" in plain:
                return None
    return segments


def resolve_segments(target: bytes) -> tuple[str, ...]:
    """Return the segments as the most obliging backend would see them: decoded, all separators, dots resolved."""
    text = target.split(b"?", 1)[0].decode("latin-1")
    text = unquote(unquote(text)).replace("\\", "/")
    resolved: list[str] = []
    for segment in text.partition("://")[2].partition("/")[2].split("/") if "://" in text else text.split("/"):
        if segment == "..":
            del resolved[-1:]
        elif segment not in ("", "."):
            resolved.append(segment)
    return tuple(resolved)
