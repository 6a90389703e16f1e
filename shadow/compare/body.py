"""Compare two bodies: as JSON where both are, as text, or as bytes."""

from __future__ import annotations

import codecs

import msgspec

from shadow.compare.decode import Decoded, UndecodableError, decode
from shadow.compare.deep import compare_remainders
from shadow.compare.found import ABSENT, Found
from shadow.compare.opened import Opened, Opener
from shadow.compare.parse import BOM, NotJsonError, parse
from shadow.compare.spans import compare_documents
from shadow.compare.text import compare_binary, compare_text, digest_of, presence
from shadow.compare.walk import Walk
from shadow.config.model import Compare
from shadow.records import Kind, ResponseCopy

MAX_FOUND = 10_000
_SNIFFED_BYTES = 4096
_TEXT_MEDIA = ("text/", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


class BodyDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What the comparison of two bodies found. `full` tells that there was more than could be kept."""

    found: list[Found] = []
    full: bool = False


def compare_bodies(
    old: ResponseCopy, new: ResponseCopy, limits: Compare, opener: Opener | None = None
) -> BodyDiff:
    """Compare two bodies, content-encodings undone.

    Raises UndecodableError where the old body cannot be decoded, TooLargeError, LimitError and RecursionError where
    a limit ends the comparison. A new body that cannot be decoded while the old one can is a difference.
    Cannot see: NDJSON, multipart and event streams as what they are; they are compared as text.
    """
    opener = opener or Opener(limits.max_decoded_bytes)
    first = opener.open(old)
    a = first.body
    try:
        second = opener.open(new)
    except UndecodableError as error:
        if not old.body:
            raise
        note = f"the new body cannot be decoded: {error}"
        return BodyDiff(
            found=[Found(kind=Kind.encoding, area="body", old=digest_of(a.data), new=digest_of(new.body), note=note)]
        )
    b = second.body
    if a.data == b.data:
        return BodyDiff()
    if not a.data or not b.data:
        return BodyDiff(found=[presence(_shown(a), _shown(b))])
    if is_json(a) and is_json(b):
        return _compare_json(first, second, limits)
    if is_binary(a) or is_binary(b):
        return BodyDiff(found=compare_binary(a.data, b.data))
    return BodyDiff(found=compare_text(text_of(a), text_of(b)))


def is_json(body: Decoded) -> bool:
    """Tell whether a body is to be read as JSON: by media type, or by its first byte where none says otherwise."""
    if body.media in ("application/json", "text/json") or body.media.endswith("+json"):
        return True
    return body.media in ("", "text/plain", "application/octet-stream") and body.data.lstrip()[:1] in (b"{", b"[")


def is_binary(body: Decoded) -> bool:
    """Tell whether a body is neither text by its type nor by its bytes."""
    if body.media.startswith(_TEXT_MEDIA) or body.media.endswith(("+xml", "json")):
        return False
    return not _is_plain(body.data)


def text_of(body: Decoded) -> str:
    """Decode text by its charset, else UTF-8, else Latin-1. Raises UndecodableError for a charset that is wrong."""
    data = body.data.removeprefix(BOM)
    try:
        if body.charset and codecs.lookup(body.charset)._is_text_encoding:
            return data.decode(body.charset)
        if body.charset:
            raise UndecodableError(f"unknown charset {body.charset[:20]!r}")
    except LookupError as error:
        raise UndecodableError(f"unknown charset {body.charset[:20]!r}") from error
    except UnicodeDecodeError as error:
        raise UndecodableError(f"not {body.charset}") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def show_body(response: ResponseCopy, limits: Compare) -> object:
    """Return a body as a difference may show it: a parsed value, text or a digest, ABSENT where it is empty."""
    return _shown(decode(response.headers, response.body, limits.max_decoded_bytes))


def _compare_json(first: Opened, second: Opened, limits: Compare) -> BodyDiff:
    a, b = first.body, second.body
    walk = Walk(max_depth=limits.max_depth, max_found=MAX_FOUND, rest=compare_remainders)
    try:
        compare_documents(first.document, second.document, walk)
    except NotJsonError:
        return BodyDiff(found=[_not_json(a, b)])
    found = walk.found
    if a.data.startswith(BOM) != b.data.startswith(BOM):
        side = "old" if a.data.startswith(BOM) else "new"
        found.append(Found(kind=Kind.encoding, area="body", note=f"only the {side} body has a byte order mark"))
    return BodyDiff(found=found, full=walk.full)


def _not_json(a: Decoded, b: Decoded) -> Found:
    (_, old_fault), (_, new_fault) = _parsed(a), _parsed(b)
    if old_fault and new_fault:
        # Shown by digest: what cannot be parsed cannot be redacted by path.
        note = f"neither body is JSON: {old_fault}"
        return msgspec.structs.replace(compare_binary(a.data, b.data)[0], note=note)
    note = f"the {'old' if old_fault else 'new'} body is no JSON: {old_fault or new_fault}"
    return Found(kind=Kind.type, area="body", old=_shown(a), new=_shown(b), note=note)


def _parsed(body: Decoded) -> tuple[object, str]:
    try:
        return parse(body.data, body.charset), ""
    except NotJsonError as error:
        return None, str(error)


def _shown(body: Decoded) -> object:
    if not body.data:
        return ABSENT
    if is_json(body):
        value, fault = _parsed(body)
        return digest_of(body.data) if fault else value
    if is_binary(body):
        return digest_of(body.data)
    try:
        return text_of(body)[:2000]
    except UndecodableError:
        return digest_of(body.data)


def _is_plain(data: bytes) -> bool:
    head = data[:_SNIFFED_BYTES]
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(data) > _SNIFFED_BYTES and error.start > _SNIFFED_BYTES - 4  # a character across the cut
    return True

