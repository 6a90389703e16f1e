"""Rows of PostgreSQL's binary COPY of `record_send(ROW(...))`: one length-prefixed record a row, found in bulk.

Sources: the manual's "Binary Format" of COPY, and record_send in the server's rowtypes.c: a count of columns, then for
each its type, its length (-1 is NULL) and its bytes.
"""

from __future__ import annotations

import struct

import numpy as np

from shadow.errors import StoreError
from verify.columnar.words import Buffer, Ints

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEADER = struct.Struct(">11sII")
_ROW = struct.Struct(">hi")
_END = b"\xff\xff"


class Records:
    """Some rows: for each column where its value begins and how long it is (-1: NULL)."""

    __slots__ = ("at", "buffer", "length", "n", "starts")

    def __init__(self, data: bytes, starts: list[int], columns: int) -> None:
        self.buffer = buffer = Buffer(data)
        self.n = len(starts)
        self.starts = np.array(starts, np.int64)
        place = self.starts + 10  # behind the count and the length of the row, and the count of columns
        self.at: list[Ints] = []
        self.length: list[Ints] = []
        for _ in range(columns):
            length = buffer.net4(place + 4)
            place = place + 8
            self.at.append(place)
            self.length.append(length)
            place = place + np.maximum(length, 0)
        if self.n and not np.array_equal(place - self.starts - 6, buffer.net4(self.starts + 2)):
            raise _broken()


def split(data: bytes, is_first: bool) -> tuple[list[int], int]:
    """Return where the whole rows of a piece of COPY begin, and where the rest does. Raises StoreError."""
    at, end = 0, len(data)
    if is_first:
        if end < _HEADER.size:
            return [], 0  # not even the header is whole
        signature, _, extra = _HEADER.unpack_from(data)
        if signature != _SIGNATURE or extra:
            raise _broken()
        at = _HEADER.size
    starts: list[int] = []
    add, unpack = starts.append, _ROW.unpack_from
    while at + 6 <= end:
        count, size = unpack(data, at)
        if count != 1 or size < 4:
            raise _broken()
        after = at + 6 + size
        if after > end:
            break
        add(at)
        at = after
    return starts, at


def is_end(rest: bytes) -> bool:
    """Return whether what is left is the mark of the end and nothing else."""
    return rest == _END


def _broken() -> StoreError:
    return StoreError("The server sent rows in a form that is not understood.", "Look into the server's log.")
