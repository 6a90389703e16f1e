"""A body that may be changed: decoded, and written again without its content-encoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shadow.compare.decode import TooLargeError, UndecodableError, decode
from shadow.compare.parse import NotJsonError, parse, to_text
from shadow.records import Headers

JSON = ("application/json", "text/json")
FORM = "application/x-www-form-urlencoded"


def change_body(
    headers: Headers, body: bytes, limit_bytes: int, *, json: Callable[[Any], Any], form: Callable[[bytes], bytes]
) -> tuple[Headers, bytes]:
    """Return headers and body after the change that fits its media type. What cannot be decoded or parsed, is of
    another type or is not changed stays as it is. Numbers are written as they were read."""
    if not body:
        return headers, body
    try:
        decoded = decode(headers, body, limit_bytes)
        if decoded.media == FORM:
            written = form(decoded.data)
            if written == decoded.data:
                return headers, body
        elif decoded.media in JSON or decoded.media.endswith("+json") or not decoded.media:
            before = to_text(parse(decoded.data, decoded.charset))
            after = to_text(json(parse(decoded.data, decoded.charset)))
            if after == before:
                return headers, body
            written = after.encode("utf-8", "surrogatepass")
        else:
            return headers, body
    except (UndecodableError, TooLargeError, NotJsonError, RecursionError):
        return headers, body
    kept = tuple(pair for pair in headers if pair[0].lower() != b"content-encoding")
    length = b"%d" % len(written)
    return tuple((name, length if name.lower() == b"content-length" else value) for name, value in kept), written
