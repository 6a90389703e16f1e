"""MongoDB against MongoDB over a slow link: the servers hash their documents, and only sums per bucket travel.

One scan a side gives a count and the sum of the hashes for each bucket of keys. Of the buckets that differ `_id` and
hash of each document are fetched in a second scan, and of the documents whose hashes differ the documents themselves,
which are then compared by value. It costs the servers several times what sending the documents does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from shadow.errors import StoreError
from verify.comparison import Comparison, Task
from verify.equality.canonical import encode_row
from verify.rows.rowdiff import RowDifference, Side, unmatched
from verify.store import Row
from verify.stores.mongo import digest as mongo_digest
from verify.stores.mongo.compare import RawComparison
from verify.stores.mongo.order import order_of
from verify.stores.mongo.query import query
from verify.stores.mongo.values import places_of, row_of, value_of

if TYPE_CHECKING:
    from verify.stores.mongo.store import MongoSnapshot

_DOCUMENTS_PER_BUCKET = 256
_MOST_BUCKETS = 4_096
HELD_DOCUMENTS = 50_000
"""Documents whose hashes are held at a time."""
_FETCHED = 500
"""Documents fetched at a time."""

Digests = dict[int, tuple[int, str]]
"""Count and sum of the hashes by bucket."""


async def offer(task: Task, old: MongoSnapshot, new: MongoSnapshot) -> Comparison:
    """Return the comparison by the servers' digests, that of the raw documents where they cannot be had."""
    sides = ((old, task.old), (new, task.new))
    try:
        answers = await asyncio.gather(*(_probed(snapshot, task.salt) for snapshot, _ in sides))
        unseen = mongo_digest.survivors(answers[0])
        if unseen or answers[0] != answers[1]:
            why = f"does not tell {unseen[0]} apart" if unseen else "is not the same on both servers"
            return RawComparison(task, old, new, f"; the digest in the database {why}")
        estimate = max([await snapshot.estimate(side.selection.table) for snapshot, side in sides])
        buckets = max(16, min(_MOST_BUCKETS, estimate // _DOCUMENTS_PER_BUCKET))
        digests = await asyncio.gather(*(_digests(*each, buckets, task.salt) for each in sides))
    except StoreError as error:
        return RawComparison(task, old, new, f"; the digest in the database cannot be had: {error.message}")
    return DigestComparison(task, sides, buckets, (digests[0], digests[1]))


class DigestComparison:
    """One way of comparing one pair; see the module."""

    def __init__(
        self, task: Task, sides: Sequence[tuple[MongoSnapshot, Side]], buckets: int, digests: tuple[Digests, Digests]
    ) -> None:
        self._task = task
        self._sides = sides
        self._buckets = buckets
        self._digests = digests

    @property
    def how(self) -> str:
        """In words for the report: how rows were compared."""
        return f"digest in the database, 1 x 64 bits, {self._buckets} buckets of one scan"

    @property
    def rows(self) -> tuple[int, int]:
        """How many documents each side has."""
        old, new = (sum(count for count, _ in digests.values()) for digests in self._digests)
        return old, new

    @property
    def survivors(self) -> tuple[str, ...]:
        """None: where there are any this way is not offered."""
        return ()

    async def differences(self) -> AsyncIterator[RowDifference]:
        """Yield the documents that differ, within each group of buckets in the order of `_id`. Raises StoreError."""
        for rows, (_, side) in zip(self.rows, self._sides, strict=True):
            side.scanned(rows)
        old, new = self._digests
        group: list[int] = []
        held = 0
        for bucket in sorted(old.keys() | new.keys()):
            one, other = old.get(bucket, (0, "")), new.get(bucket, (0, ""))
            if one == other:
                continue
            if group and held + max(one[0], other[0]) > HELD_DOCUMENTS:
                async for difference in self._within(group):
                    yield difference
                group, held = [], 0
            group.append(bucket)
            held += max(one[0], other[0])
        if group:
            async for difference in self._within(group):
                yield difference

    async def _within(self, group: list[int]) -> AsyncIterator[RowDifference]:
        one, other = await asyncio.gather(
            *(_hashes(*each, self._buckets, group, self._task.salt) for each in self._sides)
        )
        keys = {mark: (one.get(mark) or other[mark])[0] for mark in one.keys() | other.keys()
                if one.get(mark, (0, 0))[1:] != other.get(mark, (0, 0))[1:]}  # fmt: skip
        marks = sorted(keys, key=lambda mark: order_of(keys[mark]))
        for start in range(0, len(marks), _FETCHED):
            some = marks[start : start + _FETCHED]
            old, new = await asyncio.gather(
                *(_rows(*each, [keys[mark] for mark in some]) for each in self._sides)
            )
            for mark in some:
                hashers = self._task.old.hasher, self._task.new.hasher
                for difference in unmatched(old.get(mark, []), new.get(mark, []), *hashers, keyed=True):
                    yield difference


async def _probed(snapshot: MongoSnapshot, salt: bytes) -> list[int]:
    return [int(each["h"]) for each in await snapshot.mongo.computed(mongo_digest.probe(salt))]


async def _digests(snapshot: MongoSnapshot, side: Side, buckets: int, salt: bytes) -> Digests:
    selection = side.selection
    found = await snapshot.mongo.aggregate(
        snapshot.known(selection.table),
        [
            {"$match": query(selection.where)},
            {
                "$group": {
                    "_id": mongo_digest.bucket_of("_id", buckets),
                    "n": {"$sum": 1},
                    # 34 digits: exact for 10**15 documents, where a sum of longs would become a double.
                    "s": {"$sum": {"$toDecimal": mongo_digest.row_hash(selection.readings, salt)}},
                }
            },
        ],
        snapshot.session,
    )
    return {int(each["_id"]): (int(each["n"]), str(each["s"])) for each in found}


async def _hashes(
    snapshot: MongoSnapshot, side: Side, buckets: int, group: list[int], salt: bytes
) -> dict[bytes, tuple[Any, int]]:
    """Return `_id` and hash of the documents in some buckets, by the canonical bytes of the `_id`."""
    selection = side.selection
    found = await snapshot.mongo.aggregate(
        snapshot.known(selection.table),
        [
            {"$match": query(selection.where)},
            {"$match": {"$expr": {"$in": [mongo_digest.bucket_of("_id", buckets), group]}}},
            {"$project": {"h": mongo_digest.row_hash(selection.readings, salt)}},
        ],
        snapshot.session,
    )
    return {_mark(each["_id"]): (each["_id"], int(each["h"])) for each in found}


async def _rows(snapshot: MongoSnapshot, side: Side, keys: list[Any]) -> dict[bytes, list[Row]]:
    """Return the documents of these keys as rows."""
    selection = side.selection
    found = await snapshot.mongo.aggregate(
        snapshot.known(selection.table),
        [{"$match": query(selection.where)}, {"$match": {"_id": {"$in": keys}}}],
        snapshot.session,
    )
    places = places_of(selection)
    rows: dict[bytes, list[Row]] = {}
    for document in found:
        rows.setdefault(_mark(document["_id"]), []).append(row_of(dict(document), places))
    return rows


def _mark(key: Any) -> bytes:
    return encode_row((value_of(key),))
