"""From raw findings and answers to what may be stored: redacted, decoded, bounded."""

from __future__ import annotations

from shadow.bodies.decode import Decoded, TooLargeError, UndecodableError, decode
from shadow.bodies.parse import NotJsonError, parse
from shadow.compare.body import is_binary, is_json
from shadow.compare.found import ABSENT, Found
from shadow.compare.media.charset import text_of
from shadow.compare.text import digest_of
from shadow.compare.writer import clean, shorten, write_json, write_text
from shadow.records import Difference, Disposition, Headers, Message, RequestCopy, ResponseCopy
from shadow.redact import Redactor

MAX_VALUE_CHARS = 200
MAX_PATH_CHARS = 300
MAX_BODY_CHARS = 4096
_MAX_HEADERS = 100
_MAX_HEADER_CHARS = 1000


def store_difference(redactor: Redactor, found: Found, disposition: Disposition, by: str = "") -> Difference:
    """Return the difference as it may be stored."""
    return Difference(
        kind=found.kind,
        path=shorten(clean(redactor.text(found.path)), MAX_PATH_CHARS),
        group=shorten(clean(redactor.text(found.group)), MAX_PATH_CHARS),
        old=_value(redactor, found, found.old),
        new=_value(redactor, found, found.new),
        note=shorten(clean(redactor.text(found.note)), MAX_VALUE_CHARS),
        disposition=disposition,
        by=by,
    )


def store_signature(redactor: Redactor, found: Found, disposition: Disposition, by: str = "") -> Difference:
    """Return no more of a difference than what it counts for: kind, path without indexes, and what covered it."""
    group = shorten(clean(redactor.text(found.group)), MAX_PATH_CHARS)
    return Difference(kind=found.kind, path=group, group=group, disposition=disposition, by=by)


def store_request(redactor: Redactor, request: RequestCopy, limit_bytes: int) -> Message:
    """Return a request as it may be stored."""
    start = shorten(clean(f"{request.method} {redactor.target(request.target)}"), 2000)
    return _message(redactor, start, request.headers, request.body, request.complete, limit_bytes)


def store_response(redactor: Redactor, response: ResponseCopy, limit_bytes: int) -> Message:
    """Return an answer as it may be stored."""
    start = str(response.status)
    return _message(redactor, start, response.headers, response.body, response.complete, limit_bytes)


def _message(
    redactor: Redactor, start: str, headers: Headers, body: bytes, complete: bool, limit_bytes: int
) -> Message:
    kept = redactor.headers(headers[:_MAX_HEADERS])
    shown = tuple((clean(name), shorten(clean(value), _MAX_HEADER_CHARS)) for name, value in kept)
    text = _body_text(redactor, headers, body, limit_bytes) if body else ""
    cut = len(text) > MAX_BODY_CHARS
    return Message(start=start, headers=shown, body=shorten(text, MAX_BODY_CHARS), cut=cut or not complete)


def _body_text(redactor: Redactor, headers: Headers, body: bytes, limit_bytes: int) -> str:
    try:
        decoded = decode(headers, body, limit_bytes)
    except (UndecodableError, TooLargeError) as error:
        return f"[{digest_of(body)}: {error}]"
    if is_json(decoded):
        try:
            value = parse(decoded.data, decoded.charset)
            return write_json(redactor, (), value, MAX_BODY_CHARS, pretty=True)
        except (NotJsonError, RecursionError):
            if redactor.has_paths:  # what cannot be parsed cannot be redacted by path
                return f"[{digest_of(decoded.data)}: no JSON]"
    if is_binary(decoded):
        return f"[{digest_of(decoded.data)}]"
    return _plain_text(redactor, decoded)


def _plain_text(redactor: Redactor, decoded: Decoded) -> str:
    try:
        text = text_of(decoded)
    except UndecodableError as error:
        return f"[{digest_of(decoded.data)}: {error}]"
    if decoded.media == "application/x-www-form-urlencoded":
        return clean(redactor.form(text[: 4 * MAX_BODY_CHARS]))
    return write_text(redactor, text, MAX_BODY_CHARS)


def _value(redactor: Redactor, found: Found, value: object) -> str | None:
    if value is ABSENT:
        return None
    if found.area == "status":
        return str(value)
    if found.area == "header" and found.segments is not None and len(found.segments) == 1:
        name = str(found.segments[0]).encode("latin-1", "replace")
        text = redactor.header(name, str(value).encode("latin-1", "replace"))
    elif isinstance(value, str) and (found.segments is None or found.area != "body"):
        text = write_text(redactor, value, MAX_VALUE_CHARS)
    else:
        text = write_json(redactor, found.segments or (), value, MAX_VALUE_CHARS)
    return shorten(clean(text), MAX_VALUE_CHARS)
