"""MessagePack, as the values that JSON would hold."""

from __future__ import annotations

import base64
import math
from datetime import datetime

import msgspec

from shadow.bodies.decode import Decoded
from shadow.bodies.parse import NonFinite, scalar_text
from shadow.compare.media.unreadable import UnreadableError

_decoder = msgspec.msgpack.Decoder(strict=False)


def read(body: Decoded) -> object:
    """Return the value; binaries are texts that begin with `base64:`. Raises UnreadableError.

    Cannot see: how wide a number was written, single against double precision of equal numbers, duplicate keys, and a
    key that is a number beside the same text.
    """
    try:
        return _plain(_decoder.decode(body.data))
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError) as error:
        raise UnreadableError("not MessagePack") from error


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key if isinstance(key, str) else scalar_text(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        # A literal, as the parser of JSON would keep it.
        return repr(value).encode() if math.isfinite(value) else NonFinite(repr(value))
    if isinstance(value, bytes):
        return "base64:" + base64.b64encode(value).decode()
    if isinstance(value, msgspec.msgpack.Ext):
        return {"extension": value.code, "data": _plain(bytes(value.data))}
    return value.isoformat() if isinstance(value, datetime) else value
