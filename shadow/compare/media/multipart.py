"""Multipart bodies, part by part; the boundary means nothing."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message

from shadow.bodies.decode import Decoded, TooLargeError, UndecodableError, decode
from shadow.compare.media.unreadable import UnreadableError
from shadow.records import Headers

_MOST_PARTS = 10_000


def read(body: Decoded, nested: Callable[[Decoded], object]) -> object:
    """Return the parts as a list: name, file name, other headers, and the body as `nested` reads it.

    Raises UnreadableError where the boundary is missing or the last part is not closed.
    Cannot see: preamble and epilogue, and how a part's headers are folded and ordered.
    """
    boundary = body.boundary
    if not boundary:
        raise UnreadableError("no boundary")
    pieces = (b"\r\n" + body.data).split(b"\r\n--" + boundary.encode("latin-1"))
    if len(pieces) > _MOST_PARTS:
        raise UnreadableError(f"more than {_MOST_PARTS} parts")
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise UnreadableError("the last boundary is missing")
    return [_part(piece, nested) for piece in pieces[1:-1]]


def _part(piece: bytes, nested: Callable[[Decoded], object]) -> dict[str, object]:
    _, _, rest = piece.partition(b"\r\n")
    if rest.startswith(b"\r\n"):
        head, content = b"", rest[2:]
    else:
        head, _, content = rest.partition(b"\r\n\r\n")
    headers: Headers = tuple(
        (name.strip().lower(), value.strip())
        for name, _, value in (line.partition(b":") for line in head.replace(b"\r\n ", b" ").split(b"\r\n") if line)
    )
    part: dict[str, object] = {}
    others: dict[str, object] = {}
    for name, value in headers:
        if name == b"content-disposition":
            message = Message()
            message["content-disposition"] = value.decode("utf-8", "replace")
            for key in ("name", "filename"):
                said = message.get_param(key, header="content-disposition")
                if said is not None:
                    part[key] = said if isinstance(said, str) else str(said[2])
        elif name != b"content-length":
            others[name.decode("latin-1")] = value.decode("latin-1")
    part["headers"] = others
    try:
        part["body"] = nested(decode(headers, content, len(content) * 1000 + 1000))
    except (UndecodableError, TooLargeError) as error:
        raise UnreadableError(f"a part cannot be decoded: {error}") from error
    return part
