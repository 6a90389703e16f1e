"""A body that may be changed: decoded, and written again without its content-encoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shadow.bodies.decode import TooLargeError, UndecodableError, decode
from shadow.bodies.parse import NotJsonError, parse, to_text
from shadow.records import Headers

JSON = ("application/json", "text/json")
FORM = "application/x-www-form-urlencoded"


def change_body(
    headers: Headers, body: bytes, limit_bytes: int, *, json: Callable[[Any], Any], form: Callable[[bytes], bytes]
) -> tuple[Headers, bytes]:
    """Return headers and body after the change that fits its media type; `json` returns None where it changes nothing.
    What cannot be decoded or parsed or is of another type stays as it is. Numbers are written as they were read."""
    if not body:
        return headers, body
    try:
        decoded = decode(headers, body, limit_bytes)
        if decoded.media == FORM:
            written = form(decoded.data)
            if written == decoded.data:
                return headers, body
        elif decoded.media in JSON or decoded.media.endswith("+json") or not decoded.media:
            document = json(parse(decoded.data, decoded.charset))
            if document is None:
                return headers, body
            written = to_text(document).encode("utf-8", "surrogatepass")
        else:
            return headers, body
    except (UndecodableError, TooLargeError, NotJsonError, RecursionError):
        return headers, body
    kept = tuple(pair for pair in headers if pair[0].lower() != b"content-encoding")
    length = b"%d" % len(written)
    return tuple((name, length if name.lower() == b"content-length" else value) for name, value in kept), written
