"""One JSON document per line (NDJSON, JSON Lines), or per record separator (RFC 7464)."""

from __future__ import annotations

from shadow.bodies.decode import Decoded
from shadow.bodies.parse import BOM, NotJsonError, parse
from shadow.compare.media.unreadable import UnreadableError

_SEPARATOR = b"\x1e"


def read(body: Decoded) -> object:
    """Return the documents as a list; blank lines are none. Raises UnreadableError naming the line.

    Cannot see: how the lines end, and blank ones.
    """
    data = body.data.removeprefix(BOM)
    between = _SEPARATOR if data.startswith(_SEPARATOR) else b"\n"
    documents: list[object] = []
    for number, line in enumerate(data.split(between), 1):
        if line.strip():
            try:
                documents.append(parse(line, body.charset))
            except NotJsonError as error:
                raise UnreadableError(f"line {number}: {error}") from error
    return documents
