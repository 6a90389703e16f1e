"""Documents that were equal in the last run, and that neither side has written since, need not be read again.

`changed_column: change_stream` asks both servers' change streams for every write between the snapshot of the last run
and that of this one. Nothing is taken on trust: the documents that were written or that differed are compared anew,
and the number of documents has to be the one that the writes lead to. Every `full_every_days` all are read.

Cannot see: a server whose disk was set back to an older image and then lived on.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import bson
import msgspec
from bson import MinKey

from shadow.config.model import TablePair
from verify.comparison import Task
from verify.equality.values import ObjectKey
from verify.rows.rowdiff import RowDifference
from verify.stopping import at_once
from verify.stores.mongo.changes import Changes, Moment, Untold, changes, moment, written
from verify.stores.mongo.driver import CODEC
from verify.stores.mongo.order import order_of
from verify.stores.mongo.values import spellings

if TYPE_CHECKING:
    from verify.stores.mongo.store import MongoSnapshot

CHANGE_STREAM = "change_stream"
MOST_DIFFERING = 10_000
"""Differing documents that are kept for the next run; it reads all where there are more."""
_ALL = {"_id": {"$gte": MinKey()}}
"""Every document, told through the index of `_id`."""


class Seen(msgspec.Struct, frozen=True):
    """A side when it was compared: which collection it was, at which cluster time, with how many documents."""

    identity: str
    at: Moment
    rows: int


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a run for the next one; `differing`: the `_id` of documents that were not equal, as BSON."""

    compared: bytes
    sides: tuple[Seen, Seen]
    full_at: float
    differing: bytes


class Memory:
    """The hints of one pair: which documents have to be read, and what to keep of this run."""

    def __init__(self, task: Task, wanted: TablePair, old: MongoSnapshot, new: MongoSnapshot) -> None:
        self._task, self._wanted, self._snapshots = task, wanted, (old, new)
        selections = task.old.selection, task.new.selection
        told = repr((wanted.changed_column, old.mongo.label, new.mongo.label, selections))
        self._compared = hashlib.blake2b(told.encode(), digest_size=16).digest()
        self._now: tuple[tuple[str, Moment], ...] = ()
        self._kept: Kept | None = None
        self._full_at = time()
        self._why_not = ""
        self._differing: list[Any] | None = []
        self.ids: list[Any] = []
        self.rows = (0, 0)

    @property
    def holds(self) -> bool:
        """Whether only `ids` have to be read, of `rows` documents."""
        return self._kept is not None

    def words(self, unread: int = 0) -> str:
        """Return what the result has to say of it, so many documents of the old side not having been read."""
        if self._kept is None:
            return f"; all documents read: {self._why_not}"
        old, new = (written(one.at) for one in self._kept.sides)
        return (
            f"; {unread:,} documents not read: equal as of clusterTime {old} (old) and {new} (new), and neither change"
            " stream names a write to them since;"
            f" all were read on {datetime.fromtimestamp(self._full_at, UTC):%Y-%m-%d %H:%M} UTC"
        )

    async def recall(self) -> None:
        """Find out what of the last run still holds. Raises StoreError."""
        try:
            found = [await self._look(at) for at in (0, 1)]
            self._now = tuple(found)
            kept = self._last(self._now)
            told = await at_once(self._changes(0, kept.sides[0]), self._changes(1, kept.sides[1]))
        except Untold as why:
            self._why_not = str(why)
            return
        self._kept, self._full_at = kept, kept.full_at
        self.rows = kept.sides[0].rows + told[0].grown, kept.sides[1].rows + told[1].grown
        again = [*told[0].ids, *told[1].ids, *bson.decode(kept.differing, CODEC)["ids"]]
        self.ids = sorted({bson.encode({"": one}, codec_options=CODEC): one for one in again}.values(), key=order_of)

    async def _look(self, at: int) -> tuple[str, Moment]:
        """Return which collection a side reads, and as of when. Raises Untold where that is not one moment."""
        snapshot, table = self._snapshots[at], (self._task.old, self._task.new)[at].selection.table
        entry = next((one for one in await snapshot.mongo.entries() if one["name"] == table), {})
        identity = entry.get("info", {}).get("uuid")
        if identity is None or entry["type"] != "collection" or entry["options"].get("capped"):
            raise Untold(f"{table} is no ordinary collection")
        if not snapshot.mongo.is_replica_set:
            raise Untold("a server is no replica set")
        return str(identity), moment(await snapshot.mongo.time_of(snapshot.session, table))

    def _last(self, now: tuple[tuple[str, Moment], ...]) -> Kept:
        """Return what is kept of the last run. Raises Untold where that is of no use."""
        if any(side.selection.where for side in (self._task.old, self._task.new)):
            raise Untold("with `where` a document may come and go without a change")
        content = self._task.checkpoint.remembered()
        try:
            kept = msgspec.msgpack.decode(content, type=Kept) if content else None
        except msgspec.MsgspecError:
            kept = None  # of another engine
        if kept is None:
            raise Untold("nothing is kept of an earlier run")
        if kept.compared != self._compared:
            raise Untold("the last run compared something else")
        for (identity, at), then in zip(now, kept.sides, strict=True):
            if identity != then.identity or at < then.at:
                raise Untold("a collection or its server is another one than in the last run")
        if time() - kept.full_at >= self._wanted.full_every_days * 86_400:
            raise Untold(f"the last time was {datetime.fromtimestamp(kept.full_at, UTC):%Y-%m-%d %H:%M} UTC")
        return kept

    async def _changes(self, at: int, then: Seen) -> Changes:
        """Return what was written to a side since. Raises Untold where that does not fit to what is there."""
        snapshot, table = self._snapshots[at], (self._task.old, self._task.new)[at].selection.table
        told = await changes(snapshot.mongo, table, then.at, self._now[at][1])
        if await snapshot.mongo.count(table, snapshot.session, _ALL) != then.rows + told.grown:
            raise Untold(f"{table} has another number of documents than the changes lead to")
        return told

    def took(self, difference: RowDifference) -> None:
        """Note a document that differs, for the next run to read again."""
        row = difference.old if difference.old is not None else difference.new
        if self._differing is None or row is None:
            return
        # Other keys may be anybody's address: they are not written down, and the next run reads everything.
        spelled = spellings(row[0]) if row[0].__class__ in (int, UUID, ObjectKey) else []
        if not spelled or len(self._differing) >= MOST_DIFFERING:
            self._differing = None
            return
        self._differing += spelled

    def keep(self, rows: tuple[int, int]) -> None:
        """Keep what this run found out for the next one."""
        if not self._now or self._differing is None:
            return
        sides = tuple(Seen(identity, at, n) for (identity, at), n in zip(self._now, rows, strict=True))
        differing = bson.encode({"ids": self._differing}, codec_options=CODEC)
        kept = Kept(
            compared=self._compared, sides=(sides[0], sides[1]), full_at=self._full_at, differing=differing
        )
        self._task.checkpoint.remember(msgspec.msgpack.encode(kept))


async def memory_of(task: Task, old: MongoSnapshot, new: MongoSnapshot) -> Memory | None:
    """Return the hints of a pair, None where its configuration wants none. Raises StoreError."""
    wanted = next((one for one in task.settings.tables if one.old == task.old.selection.table), None)
    if wanted is None or wanted.changed_column != CHANGE_STREAM:
        return None
    memory = Memory(task, wanted, old, new)
    await memory.recall()
    return memory
