"""MongoDB: one snapshot session per snapshot where the server can give one, documents read as rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal

from bson.binary import Binary

from shadow.errors import StoreError
from verify.catalogue import DbObject, SequenceState
from verify.classes import MONGO, Dialect
from verify.comparison import Comparison, Task
from verify.equality.canonical import MISSING
from verify.load.brake import Brake, Load
from verify.profiling import Profile
from verify.proof.handing import Handed
from verify.rows.digest import ORDERED_TYPES, is_ordered, streamed_digest
from verify.sharing import Shared
from verify.store import BucketDigest, Buckets, Key, KeyRange, Row, Scanned, Selection, Snapshot, TableSchema, Value
from verify.stores.mongo.batches import documents
from verify.stores.mongo.driver import Mongo, decode
from verify.stores.mongo.handing import handed_over
from verify.stores.mongo.objects import objects_of
from verify.stores.mongo.order import are_of_one_kind
from verify.stores.mongo.profile import pipeline, profile_of
from verify.stores.mongo.query import both, field, of_keys, query, selected
from verify.stores.mongo.schema import table_of
from verify.stores.mongo.shapes import fields_of
from verify.stores.mongo.values import places_of, row_of, spellings, value_of

BATCH_ROWS = 2000
_EXACT_DOCUMENTS = 200_000
"""Collections up to this size are cut at exact keys, larger ones at sampled ones."""
_SAMPLED = 20
"""Keys sampled per part, so that parts are about equal."""


class MongoStore:
    """One database. `label` is its URL without credentials and options."""

    def __init__(self, url: str) -> None:
        self._mongo = Mongo(url)
        self.label = self._mongo.label
        self.dialect: Dialect = MONGO
        self._tables: tuple[TableSchema, ...] | None = None

    async def describe(self) -> tuple[TableSchema, ...]:
        """Return the collections, ascending by name, with the fields that all their documents have. One scan of each.

        Raises StoreError."""
        if self._tables is None:
            self._tables = tuple([await self._describe(each) for each in await self._mongo.collections()])
        return self._tables

    async def _describe(self, collection: dict[str, Any]) -> TableSchema:
        name = str(collection["name"])
        fields = await fields_of(self._mongo, name, plain=collection["type"] == "collection")
        uuids = []
        for binary in fields.of_type("binData"):
            found = await self._mongo.aggregate(
                name,
                [
                    {"$project": {"v": field(binary)}},
                    {"$match": {"v": {"$type": "binData"}}},
                    {"$limit": 1},
                ],
            )
            if found and not isinstance(found[0]["v"], bytes | Binary):
                uuids.append(binary)
        return table_of(name, fields, await self._mongo.indexes(name), frozenset(uuids))

    def joined(self, token: str) -> AbstractAsyncContextManager[Snapshot]:
        """Read as of the cluster time of another process."""
        return self.snapshot(token)

    @asynccontextmanager
    async def snapshot(self, join: str = "") -> AsyncIterator[Snapshot]:
        """Hold one snapshot session, or one as of a cluster time. Raises StoreError."""
        async with self._mongo.session(join) as session:
            names = frozenset(str(each["name"]) for each in await self._mongo.collections())
            for name in sorted(names)[:1]:
                await self._mongo.begin(name, session)
            yield MongoSnapshot(self._mongo, session, names)

    async def load(self) -> Load:
        """Return how busy the server is. Raises StoreError."""
        return await self._mongo.load()

    async def close(self) -> None:
        """Let go of all connections; safe to call twice."""
        self._mongo.close()


class MongoSnapshot:
    """Reads one state of a database; of a server without a replica set, what it holds while it is read."""

    bulk: Literal["documents"] = "documents"

    def __init__(self, mongo: Mongo, session: Any, names: frozenset[str]) -> None:
        self.mongo = mongo
        self.session = session
        self._names = names

    async def share(self) -> Shared:
        """Return how to read as of the same cluster time."""
        time = await self.mongo.time_of(self.session, next(iter(sorted(self._names)), "_"))
        words = "one cluster time" if time else "each at its own time, as the server is no replica set"
        return Shared(token=time, words=words, is_server=True)

    @property
    def brake(self) -> Brake:
        """What reading waits for between two batches."""
        return self.mongo.brake

    @brake.setter
    def brake(self, brake: Brake) -> None:
        self.mongo.brake = brake

    def known(self, table: str) -> str:
        """Return the name. Raises StoreError where there is no such collection: MongoDB would read it as empty."""
        if table not in self._names:
            raise StoreError(f"{self.mongo.label} has no collection {table!r}.", "Name one of its collections.")
        return table

    async def objects(self) -> tuple[DbObject, ...]:
        """Return validators, options, indexes that have some, and views. Raises StoreError."""
        entries = await self.mongo.entries()
        indexes = {name: await self.mongo.index_entries(name) for name in self._names}
        return tuple(objects_of(entries, indexes))

    async def sequences(self) -> tuple[SequenceState, ...]:
        """Return nothing: MongoDB has no sequences."""
        return ()

    async def serves(self, selection: Selection) -> bool:
        """Return whether an index holds all documents in the order of the key."""
        for index in (await self.mongo.indexes(self.known(selection.table))).values():
            in_order = [(name, 1) for name in selection.key] == list(index["key"])[: selection.key_width]
            if in_order and not {"partialFilterExpression", "sparse", "collation"} & index.keys():
                return True
        return False

    async def estimate(self, table: str) -> int:
        """Return the collection's own counter."""
        return await self.mongo.estimate(self.known(table))

    async def count(self, table: str, where: str = "") -> int:
        """Return how many documents the collection has, or those of them that a query finds, exactly."""
        return await self.mongo.count(self.known(table), self.session, query(where))

    async def boundaries(self, selection: Selection, buckets: int) -> tuple[Key, ...] | None:
        """Return ascending keys that cut the collection into about equal parts, None where they have no order that
        other engines share."""
        readings = selection.readings[: selection.key_width]
        if not readings or any(each.kind not in ORDERED_TYPES or each.carried for each in readings):
            return None
        count = await self.count(selection.table, selection.where)
        keys = await self._keys(selection, 0 if count <= _EXACT_DOCUMENTS else buckets * 4)
        if not is_ordered(keys):
            return None
        step = max(1, -(-len(keys) // buckets))
        return tuple(dict.fromkeys(keys[step::step]))

    async def outside(self, selection: Selection, key: Key) -> bool:
        """Return whether a document's key is of another type than this one, and so in no range that begins or ends
        there: whether the first or the last of all is, by the index that the key has."""
        for direction in (1, -1):
            stages: list[dict[str, Any]] = [{"$sort": {selection.key[0]: direction}}, {"$limit": 1}]
            stages += [{"$project": {"_id": 0, "v": field(selection.key[0])}}]
            for found in await self.mongo.aggregate(self.known(selection.table), stages, self.session):
                if not are_of_one_kind(found.get("v"), key[0]):
                    return True
        return False

    async def cuts(self, selection: Selection, parts: int) -> tuple[Key, ...]:
        """Return values of `_id` as they are stored, ascending in MongoDB's own order, that cut the collection into
        about equal parts."""
        pipeline: list[dict[str, Any]] = [{"$match": query(selection.where)}] if selection.where else []
        pipeline += [{"$sample": {"size": parts * _SAMPLED}}, {"$project": {"_id": 1}}, {"$sort": {"_id": 1}}]
        found = await self.mongo.aggregate(self.known(selection.table), pipeline, self.session)
        keys = [(each["_id"],) for each in found[_SAMPLED::_SAMPLED]]
        return tuple(key for at, key in enumerate(keys) if not at or key != keys[at - 1])

    async def _keys(self, selection: Selection, sample: int) -> list[Key]:
        names = selection.key
        pipeline: list[dict[str, Any]] = [{"$match": query(selection.where)}] if selection.where else []
        pipeline += [{"$sample": {"size": sample}}] if sample else []
        project = {f"k{at}": field(name) for at, name in enumerate(names)}
        pipeline += [{"$project": {"_id": 0, **project}}, {"$sort": {f"k{at}": 1 for at in range(len(names))}}]
        found = await self.mongo.aggregate(selection.table, pipeline, self.session)
        return [tuple(value_of(row.get(f"k{at}")) for at in range(len(names))) for row in found]

    async def digest(
        self, selection: Selection, buckets: Buckets, salt: bytes, scanned: Scanned
    ) -> tuple[BucketDigest, ...]:
        """Return one digest per bucket from a single streaming scan, computed here: the one all engines share."""
        return await streamed_digest(self, selection, buckets, salt, scanned)

    async def rows(self, selection: Selection, keys: KeyRange, *, ordered: bool) -> AsyncIterator[list[Row]]:
        """Yield the documents of the range as rows; a field that a document lacks is MISSING."""
        sort = [(name, 1) for name in selection.key] if ordered else []
        places = places_of(selection)
        async for raw in self.mongo.raw_batches(
            self.known(selection.table), self.session, where=selected(selection, keys), sort=sort,
            batch=BATCH_ROWS,
        ):  # fmt: skip
            yield [row_of(decode(document), places) for document in documents(raw)]

    async def latest(self, selection: Selection) -> Row:
        """Return the greatest value of each field, None of an empty one; in the order of BSON where types mix."""
        group = {f"m{at}": {"$max": field(each.column)} for at, each in enumerate(selection.readings)}
        stages = [{"$match": query(selection.where)}, {"$group": {"_id": None, **group}}]
        found = await self.mongo.aggregate(self.known(selection.table), stages, self.session)
        return tuple(value_of(found[0][name]) if found else None for name in group)

    async def tally(self, selection: Selection, most: int) -> list[tuple[Value, int]]:
        """Return the values of a field with how many documents hold each: all of them, or `most` + 1 of more."""
        (reading,) = selection.readings
        stages: list[dict[str, Any]] = [
            {"$match": query(selection.where)},
            {"$group": {"_id": {"v": field(reading.column)}, "n": {"$sum": 1}}}, {"$limit": most + 1},
        ]  # fmt: skip
        absent = None if reading.missing_is_null else MISSING
        found = await self.mongo.aggregate(self.known(selection.table), stages, self.session)
        return [(value_of(each["_id"]["v"]) if "v" in each["_id"] else absent, int(each["n"])) for each in found]

    async def profile(self, selection: Selection) -> Profile:
        """Return the profile of every field. Raises StoreError."""
        table = self.known(selection.table)
        try:
            found = await self.mongo.aggregate(table, pipeline(selection), self.session)
        except StoreError:
            # A server that does not give out its hash; whatever else it was is raised now.
            found = await self.mongo.aggregate(table, pipeline(selection, sketched=False), self.session)
        return profile_of(selection, found[0] if found else None)

    @property
    def watermark(self) -> str:
        """The cluster time of the snapshot, "" without one."""
        return self.mongo.moment(self.session)

    async def handed_over(self, selection: Selection) -> list[Handed]:
        """Return made-up values of the fields' types, decoded as those of a run."""
        return handed_over(selection)

    def asks(self, key: Key) -> bool:
        """Return whether documents can be looked up by this key."""
        return all(spellings(part) for part in key)

    async def now(self, selection: Selection, keys: Sequence[Key]) -> list[Row]:
        """Return the documents that these keys have now, outside of the snapshot. Raises StoreError."""
        places = places_of(selection)
        where = both(of_keys(selection.key, keys), query(selection.where))
        found: list[Row] = []
        async for raw in self.mongo.raw_batches(self.known(selection.table), None, where=where):
            found += [row_of(decode(document), places) for document in documents(raw)]
        return found

    async def comparison(self, task: Task) -> Comparison | None:
        """Return the comparison by bytes with another MongoDB where the key is the `_id` of both; None elsewhere."""
        from verify.stores.mongo.changed import ChangedComparison
        from verify.stores.mongo.compare import RawComparison
        from verify.stores.mongo.hints import memory_of
        from verify.stores.mongo.proof import survivors

        other = task.new.snapshot
        if not isinstance(other, MongoSnapshot):
            return None
        if task.old.selection.key != ("_id",) or task.new.selection.key != ("_id",):
            return None
        if task.settings.mongo_digest == "server":
            from verify.stores.mongo.digest_compare import offer as offer_digest

            return await offer_digest(task, self, other)
        # A range is a part of a whole that was proved.
        unseen = await survivors(task) if task.keys == KeyRange() else ()
        memory = await memory_of(task, self, other)
        if memory is not None and memory.holds and not unseen:
            return ChangedComparison(task, self, other, memory)
        return RawComparison(task, self, other, memory=memory, survivors=unseen)
