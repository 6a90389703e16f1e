"""Text from bytes: by byte order mark, declared charset, what the document says of itself, else UTF-8, else Latin-1."""

from __future__ import annotations

import codecs
import re

from shadow.bodies.decode import Decoded, UndecodableError

# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
_META_BYTES = 1024


def text_of(body: Decoded) -> str:
    """Decode text. Raises UndecodableError for a charset that is unknown, or that the bytes are not in.

    Cannot see: bytes that are valid in a charset other than the one declared.
    """
    for mark, name in _MARKS:
        if body.data.startswith(mark):
            return _decoded(body.data[len(mark) :], name)
    if body.charset:
        return _decoded(body.data, body.charset)
    if body.media in ("text/html", "application/xhtml+xml"):
        said = _META.search(body.data[:_META_BYTES])
        if said is not None:
            return _decoded(body.data, said[1].decode("ascii"))
    try:
        return body.data.decode("utf-8")
    except UnicodeDecodeError:
        return body.data.decode("latin-1")


def _decoded(data: bytes, charset: str) -> str:
    try:
        if not codecs.lookup(charset)._is_text_encoding:
            raise UndecodableError(f"unknown charset {charset[:20]!r}")
        return data.decode(charset)
    except LookupError as error:
        raise UndecodableError(f"unknown charset {charset[:20]!r}") from error
    except UnicodeDecodeError as error:
        raise UndecodableError(f"not {charset}") from error
