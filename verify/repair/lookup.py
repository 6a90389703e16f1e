"""The rows of some keys as a store holds them: looked up where it can be asked for keys, else found in a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verify.equality.canonical import encode_row
from verify.equality.reading import reader_of
from verify.rows.digest import ORDERED_TYPES
from verify.rows.settling import Rereads
from verify.store import Key, KeyRange, Row, Selection, Snapshot

MOST_RANGES = 1_000
"""Keys up to which each is a query of its own, where an index serves it; for more of them one scan is cheaper."""
BATCH_KEYS = 500

Found = dict[bytes, list[Row]]
"""Rows by the mark of their keys."""


def mark_of(key: Key) -> bytes:
    """Return what tells keys apart whatever the engine."""
    return encode_row(key)


async def rows_of_keys(
    snapshot: Snapshot, selection: Selection, keys: Mapping[bytes, Key], most_ranges: int = MOST_RANGES
) -> Found:
    """Return the rows of these keys, as the store holds them; as they are now where it can tell. Up to `most_ranges`
    keys are worth a query each. Raises StoreError."""
    read, width = reader_of(selection), selection.key_width
    found: Found = {}

    def take(rows: Sequence[Row]) -> None:
        for row in rows:
            mark = mark_of(read(row)[:width])
            if mark in keys:
                found.setdefault(mark, []).append(row)

    if isinstance(snapshot, Rereads) and all(map(snapshot.asks, keys.values())):
        wanted = list(keys.values())
        for at in range(0, len(wanted), BATCH_KEYS):
            take(await snapshot.now(selection, wanted[at : at + BATCH_KEYS]))
    elif len(keys) <= min(most_ranges, MOST_RANGES) and _has_ranges(selection, keys):
        for key in keys.values():
            async for batch in snapshot.rows(selection, KeyRange(low=key, high=_next(key)), ordered=False):
                take(batch)
    else:
        async for batch in snapshot.rows(selection, KeyRange(), ordered=False):
            take(batch)
    return found


def _has_ranges(selection: Selection, keys: Mapping[bytes, Key]) -> bool:
    readings = selection.readings[: selection.key_width]
    types = [ORDERED_TYPES.get(reading.kind) for reading in readings]
    plain = not any(reading.carried or reading.transformed for reading in readings)
    return plain and all(
        type(part) is kind and part != 2**63 - 1 for key in keys.values() for part, kind in zip(key, types, strict=True)
    )


def _next(key: Key) -> Key:
    """Return the key right behind this one."""
    last = key[-1]
    return (*key[:-1], last + 1 if isinstance(last, int) else last + ("\0" if isinstance(last, str) else b"\0"))
