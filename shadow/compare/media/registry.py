"""Which reader for which media type."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from shadow.bodies.decode import Decoded, UndecodableError
from shadow.bodies.parse import NotJsonError, parse
from shadow.compare.media import csv, events, form, html, msgpack, multipart, ndjson, xml
from shadow.compare.media.charset import text_of
from shadow.compare.media.unreadable import UnreadableError
from shadow.compare.text import digest_of


class Reader(NamedTuple):
    """How bytes of a media type become a value. `is_tree`: what it gives is simplified pairwise (tree.py)."""

    word: str
    read: Callable[[Decoded], object]
    is_tree: bool = False


_NDJSON = Reader("NDJSON", ndjson.read)
_XML = Reader("XML", xml.read, is_tree=True)
_READERS = {
    **dict.fromkeys(
        (
            "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
            "application/jsonlines", "application/json-lines", "application/json-seq",
        ),
        _NDJSON,
    ),
    "application/x-www-form-urlencoded": Reader("a form", form.read),
    **dict.fromkeys(("application/xml", "text/xml"), _XML),
    "application/xhtml+xml": Reader("XHTML", xml.read, is_tree=True),
    "text/html": Reader("HTML", html.read, is_tree=True),
    **dict.fromkeys(("text/csv", "application/csv", "text/tab-separated-values"), Reader("CSV", csv.read)),
    **dict.fromkeys(
        ("application/msgpack", "application/x-msgpack", "application/vnd.msgpack"), Reader("MessagePack", msgpack.read)
    ),
    "text/event-stream": Reader("an event stream", events.read),
}  # fmt: skip


def reader_of(media: str) -> Reader | None:
    """Return the reader of a lower-case media type; None for JSON, text and bytes."""
    known = _READERS.get(media)
    if known is not None:
        return known
    if media.startswith("multipart/"):
        return _MULTIPART
    if media.endswith("+xml"):
        return _XML
    if media.endswith("+json-seq"):
        return _NDJSON
    return _READERS["application/msgpack"] if media.endswith("+msgpack") else None


def is_json_media(media: str) -> bool:
    """Tell whether a media type says JSON."""
    return media in ("application/json", "text/json") or media.endswith("+json")


def read_any(body: Decoded) -> object:
    """Return a value for any bytes: by reader, as JSON, as text, or as their digest. For parts of a whole.

    Raises UnreadableError where the bytes are not what they say they are.
    """
    reader = reader_of(body.media)
    try:
        if reader is not None:
            return reader.read(body)
        if is_json_media(body.media):
            return parse(body.data, body.charset)
        if body.media.startswith("text/") or not body.media:
            return text_of(body)
    except (NotJsonError, UndecodableError) as error:
        raise UnreadableError(str(error)) from error
    return digest_of(body.data)


_MULTIPART = Reader("multipart", lambda body: multipart.read(body, read_any))
