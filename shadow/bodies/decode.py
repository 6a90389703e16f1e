"""From a raw answer to the bytes, media type and charset to compare; on a copy, with a limit against bombs."""

from __future__ import annotations

import io
import zlib
from functools import lru_cache

import msgspec

from shadow.records import Headers

_MESSAGE_KEYS = ("messagetype", "message", "proto")
_LENGTHS = (len(b"content-type"), len(b"content-encoding"))


class UndecodableError(Exception):
    """Raised when a body is not what its headers say; the text says why, without any of the body.

    `digests` are those of both sides, where they are all that could be compared.
    """

    digests: tuple[str, str] | None = None


class TooLargeError(Exception):
    """Raised when a body would exceed the limit once decoded."""


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """A decoded body. `media` is lower-case (`application/json`), empty where none was given; `charset` likewise.

    `boundary` is that of a multipart body, `message` the name of a protobuf message that the content type says.
    """

    data: bytes
    media: str = ""
    charset: str = ""
    boundary: str = ""
    message: str = ""


def header_values(headers: Headers, name: bytes) -> list[bytes]:
    """Return the values of a header by its lower-case name, in order."""
    return [value for key, value in headers if key.lower() == name]


def media_of(headers: Headers) -> tuple[str, str]:
    """Return media type and charset of the first Content-Type, lower-case, empty where there is none."""
    values = header_values(headers, b"content-type")
    return _media_of(values[0])[:2] if values else ("", "")


@lru_cache(maxsize=1024)
def _media_of(value: bytes) -> tuple[str, str, str, str]:
    media, _, parameters = value.decode("latin-1").partition(";")
    charset = boundary = message = ""
    for parameter in parameters.split(";"):
        key, _, text = parameter.partition("=")
        if key.strip().lower() == "charset":
            charset = text.strip().strip("\"'").lower()
        elif key.strip().lower() == "boundary":
            boundary = text.strip().strip('"')
        elif key.strip().lower() in _MESSAGE_KEYS:
            message = text.strip().strip('"')
    return media.strip().lower(), charset, boundary, message


def decode(headers: Headers, body: bytes, limit_bytes: int) -> Decoded:
    """Undo the content-encodings. Raises UndecodableError, or TooLargeError beyond `limit_bytes`.

    Cannot see: transfer-encodings (the wire undoes them) and encodings that no header names.
    """
    media = charset = boundary = message = ""
    is_typed = False
    codings: list[str] = []
    for name, value in headers:
        if len(name) not in _LENGTHS:
            continue
        low = name.lower()
        if low == b"content-type" and not is_typed:
            is_typed = True
            media, charset, boundary, message = _media_of(value)
        elif low == b"content-encoding":
            codings += [part.strip().lower() for part in value.decode("latin-1").split(",") if part.strip()]
    if len(codings) > 4:
        raise UndecodableError(f"{len(codings)} content-encodings")
    if body:
        for coding in reversed(codings):
            body = undo(coding, body, limit_bytes)
    if len(body) > limit_bytes:
        raise TooLargeError(f"more than {limit_bytes} bytes")
    return Decoded(data=body, media=media, charset=charset, boundary=boundary, message=message)


def undo(coding: str, body: bytes, limit_bytes: int) -> bytes:
    """Undo one content-encoding. Raises UndecodableError for an unknown, corrupt or cut one."""
    if coding == "identity":
        return body
    try:
        if coding in ("gzip", "x-gzip"):
            return _inflate(body, 31, limit_bytes, many=True)
        if coding == "deflate":
            return _deflate(body, limit_bytes)
        if coding == "br":
            return _brotli(body, limit_bytes)
        if coding == "zstd":
            return _zstd(body, limit_bytes)
    except zlib.error as error:
        raise UndecodableError(f"corrupt {coding}") from error
    raise UndecodableError(f"unknown content-encoding {coding[:20]!r}")


def _inflate(body: bytes, window: int, limit: int, *, many: bool) -> bytes:
    parts: list[bytes] = []
    room = limit + 1
    while body:
        stream = zlib.decompressobj(window)
        part = stream.decompress(body, room)
        room -= len(part)
        parts.append(part)
        if room <= 0:
            raise TooLargeError(f"more than {limit} bytes")
        if not stream.eof:
            raise UndecodableError("compressed stream is cut")
        body = stream.unused_data.lstrip(b"\0")  # readers of RFC 1952 allow zeros after a member
        if body and not many:
            raise UndecodableError("data after the compressed stream")
    return b"".join(parts)


def _deflate(body: bytes, limit: int) -> bytes:
    # RFC 9110 means the zlib format, many servers send a raw deflate stream instead.
    try:
        return _inflate(body, 15, limit, many=False)
    except zlib.error:
        return _inflate(body, -15, limit, many=False)


def _brotli(body: bytes, limit: int) -> bytes:
    import brotli  # type: ignore[import-untyped]  # only bodies that need it pay for loading it

    stream = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    chunk = body
    try:
        while not stream.is_finished():
            part = stream.process(chunk, output_buffer_limit=65536)
            size += len(part)
            if size > limit:
                raise TooLargeError(f"more than {limit} bytes")
            if not part and not chunk and stream.can_accept_more_data():
                raise UndecodableError("compressed stream is cut")
            parts.append(part)
            chunk = b""
    except brotli.error as error:
        raise UndecodableError("corrupt br") from error
    return b"".join(parts)


def _zstd(body: bytes, limit: int) -> bytes:
    import zstandard  # only bodies that need it pay for loading it

    parts: list[bytes] = []
    room = limit + 1
    try:
        while body:
            # The reader alone would take a cut stream for a short one; the object knows whether a frame ended.
            stream = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(io.BytesIO(body))
            part = stream.read(room)
            room -= len(part)
            if room <= 0:
                raise TooLargeError(f"more than {limit} bytes")
            whole = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
            whole.decompress(body)
            if not whole.eof:
                raise UndecodableError("compressed stream is cut")
            parts.append(part)
            body = whole.unused_data
    except zstandard.ZstdError as error:
        raise UndecodableError("corrupt zstd") from error
    return b"".join(parts)
