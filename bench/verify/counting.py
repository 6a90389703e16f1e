"""Counting what clients ask of a server, in the bytes that they send it."""

from __future__ import annotations

import struct

_LENGTH = struct.Struct(">i")
_SIZE = struct.Struct("<i")
_UNTYPED = {80877102, 80877103, 80877104}
"""Codes of PostgreSQL's first messages after which another first message comes: cancel, SSL, GSS."""


class PostgresCounter:
    """Counts simple queries and executions of prepared ones in one connection's stream to PostgreSQL."""

    def __init__(self) -> None:
        self.asked = 0
        self._rest = b""
        self._has_begun = False

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        data = self._rest + data
        at = 0
        # Only the first message has no type; it has a code behind its length.
        while len(data) - at >= (5 if self._has_begun else 8):
            head = 1 if self._has_begun else 0
            (length,) = _LENGTH.unpack_from(data, at + head)
            if at + head + length > len(data):
                break
            if self._has_begun:
                self.asked += data[at] in b"QE"
            elif _LENGTH.unpack_from(data, at + 4)[0] not in _UNTYPED:
                self._has_begun = True
            at += head + length
        self._rest = data[at:]


class MongoCounter:
    """Counts commands in one connection's stream to MongoDB; what monitors a server asks too."""

    def __init__(self) -> None:
        self.asked = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        data = self._rest + data
        at = 0
        while at + 4 <= len(data):
            (size,) = _SIZE.unpack_from(data, at)
            if at + size > len(data):
                break
            self.asked += 1
            at += size
        self._rest = data[at:]
