"""Batches of raw documents, one after the other as the server sends them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shadow.errors import StoreError


def starts_of(raw: bytes) -> list[int]:
    """Return where each document of a batch begins. Raises StoreError for a batch that ends within one."""
    starts, at, end, read = [], 0, len(raw), int.from_bytes
    while at < end:
        size = read(raw[at : at + 4], "little")
        if size < 5 or at + size > end:
            raise no_bson()
        starts.append(at)
        at += size
    return starts


def documents(raw: bytes) -> Iterator[bytes]:
    """Yield the documents of a batch. Raises StoreError for a batch that ends within one."""
    for start, end in pairwise([*starts_of(raw), len(raw)]):
        yield raw[start:end]


def no_bson() -> StoreError:
    """Return what is raised of a batch in which documents do not follow upon each other."""
    return StoreError("The server sent a batch that is no BSON.", "Look into the server's log.")
